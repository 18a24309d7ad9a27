/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a dropped packet holds: what is read of it is within it, and what is printed of it no terminal obeys. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/drop_print.h>
#include <selvage/drops.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
	if (!truth)
		abort();
}

static void print(const struct drop *drop, const char *name)
{
	struct drop_said said = {
		.when = 1,
		.chain = drop->chain,
		.packet = &drop->packet,
		.from_port = drop->from_port,
		.icmp = drop->icmp,
		.type = drop->type,
		.code = drop->code,
		.from = name,
		.isolating = &name,
		.n_isolating = 1,
	};
	json_t *json = drop_json(&said);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	demand(json && out);
	drop_print(json, out);
	fclose(out);
	for (size_t i = 0; i < size; i++)
		demand((unsigned char)text[i] >= ' ' && text[i] != '\177');
	free(text);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct drop drop = {.chain = "in-1"};
	char name[64];
	size_t n = size < sizeof name ? size : sizeof name - 1;

	memcpy(name, data, n);
	name[n] = '\0';
	if (!drop_parse(data, size, &drop))
		return 0;
	snprintf(drop.chain, sizeof drop.chain, "%.*s", (int)sizeof drop.chain - 1, name);
	demand(drop.packet.from.family == drop.packet.to.family);
	demand(size >= (drop.packet.from.family == FAMILY_4 ? 20u : 40u));
	print(&drop, name);
	return 0;
}
