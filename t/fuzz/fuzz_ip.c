/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever text an address is given as: what we take, we print, and what we print, we take as the same address. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/ip.h>

#define TEXT_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
	if (!truth)
		abort();
}

static void address(const char *text)
{
	struct ip ip, again;
	struct err err;
	char buf[IP_TEXT];

	if (ip_parse(text, &ip, &err) < 0)
		return;
	demand(!ip_parse(ip_print(&ip, buf), &again, &err));
	demand(!ip_cmp(&ip, &again));
}

static void prefix(const char *text)
{
	struct cidr cidr;
	struct err err;

	if (cidr_parse(text, &cidr, &err) < 0)
		return;
	struct ip_range range = cidr_range(&cidr);

	demand(ip_cmp(&range.lo, &range.hi) <= 0);
	demand(cidr_has(&cidr, &range.lo) && cidr_has(&cidr, &range.hi));
	demand(!ip_next(&range.hi) || !cidr_has(&cidr, &range.hi));
	demand(!ip_prev(&range.lo) || !cidr_has(&cidr, &range.lo));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX];

	if (size >= sizeof text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	address(text);
	prefix(text);
	return 0;
}
