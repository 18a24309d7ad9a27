/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and prefixes of laws, which are written down and therefore right. */
#ifndef SELVAGE_LAW_ADDRESS_H
#define SELVAGE_LAW_ADDRESS_H

#include <stdlib.h>

#include <selvage/ip.h>

static inline struct ip ip_of(const char *text)
{
	struct ip ip;
	struct err err;

	if (ip_parse(text, &ip, &err))
		abort();
	return ip;
}

static inline struct cidr cidr_of(const char *text)
{
	struct cidr cidr;
	struct err err;

	if (cidr_parse(text, &cidr, &err))
		abort();
	return cidr;
}

#endif
