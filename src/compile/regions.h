/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address space cut into regions: addresses that every set of ranges treats alike. */
#ifndef SELVAGE_REGIONS_H
#define SELVAGE_REGIONS_H

#include <selvage/ip.h>

#define REGION_NONE UINT32_MAX

/* Neighbouring addresses of one region. */
struct piece {
	struct ip lo, hi;
	uint32_t region; /* REGION_NONE: link-local addresses, which nothing is forwarded for */
};

struct regions {
	VEC(struct piece) pieces; /* sorted; together the whole address space of both families */
	uint32_t n;               /* regions, numbered in the order of their first addresses: IPv4 before IPv6 */
	uint32_t n_family[FAMILY_COUNT];
};

/* Region numbers, ascending. */
struct region_list {
	VEC(uint32_t);
};

/* Overwrites `out`, yours to regions_fini().  The sets are normalised. */
void regions_cut(const struct ip_ranges *sets, size_t n, struct regions *out);

/* The piece that has an address. */
const struct piece *regions_piece(const struct regions *regions, const struct ip *ip);

/* Overwrites `out` with the regions of one of the sets that were cut by. */
void regions_of(const struct regions *regions, const struct ip_ranges *set, struct region_list *out);

/* The family of a region. */
enum family regions_family(const struct regions *regions, uint32_t region);

/* "Routers must not forward any packets with Link-Local source or destination addresses to other links."  (RFC 4291) */
bool regions_link_local(const struct ip *ip);

void regions_fini(struct regions *regions);

#endif
