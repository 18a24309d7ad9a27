/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP addresses, prefixes and ranges of both families, and exact arithmetic on sets of them. */
#ifndef SELVAGE_IP_H
#define SELVAGE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include <selvage/err.h>
#include <selvage/vec.h>

#define IP_TEXT 46 /* bytes that any address takes as text, with its NUL */

enum family { FAMILY_4, FAMILY_6, FAMILY_COUNT };

struct ip {
	uint8_t b[16];  /* network order; IPv4 uses the first 4 bytes, the rest is 0 */
	uint8_t family; /* enum family */
};

struct cidr {
	struct ip addr; /* host bits cleared */
	uint8_t bits;
};

struct prefixes {
	VEC(struct cidr);
};

struct ip_range {
	struct ip lo, hi; /* both included, one family */
};

struct ip_ranges {
	VEC(struct ip_range);
};

/* Bytes of an address of this family: 4 or 16. */
unsigned ip_size(enum family family);

/* Parses "10.0.0.1" or "fd00::1", nothing else.  An IPv4-mapped IPv6 address ("::ffff:10.0.0.1") becomes the IPv4
 * address that packets carry.  -1 with ERR_INPUT. */
int ip_parse(const char *text, struct ip *out, struct err *err) __attribute__((warn_unused_result));

/* Writes the canonical text (RFC 5952); returns buf. */
const char *ip_print(const struct ip *ip, char buf[static IP_TEXT]);

/* Does it stand for many?  Multicast, IPv4's limited broadcast, and 0.0.0.0/8, which kernels take for that; the broadcast
 * address of a subnet is not known by itself. */
bool ip_is_many(const struct ip *ip);

/* memcmp order, IPv4 before IPv6. */
int ip_cmp(const struct ip *a, const struct ip *b);

/* Parses "10.0.0.0/8"; host bits are cleared, as the Kubernetes API does.  -1 with ERR_INPUT. */
int cidr_parse(const char *text, struct cidr *out, struct err *err) __attribute__((warn_unused_result));

bool cidr_has(const struct cidr *cidr, const struct ip *ip);

/* Is every address of `inner` in `outer`? */
bool cidr_covers(const struct cidr *outer, const struct cidr *inner);

struct ip_range cidr_range(const struct cidr *cidr);

/* Steps to the neighbouring address; false at the end of the address space. */
bool ip_next(struct ip *ip);
bool ip_prev(struct ip *ip);

/* Sorts, merges what overlaps or touches: the one canonical form of the same set of addresses. */
void ip_ranges_normalise(struct ip_ranges *set);

/* set := set without `holes`.  Both must be normalised; so is the result. */
void ip_ranges_subtract(struct ip_ranges *set, const struct ip_ranges *holes);

/* Appends the fewest prefixes that are these addresses together. */
void ip_range_cidrs(const struct ip_range *range, struct prefixes *out);

/* Is the address in a normalised set? */
bool ip_ranges_has(const struct ip_ranges *set, const struct ip *ip);

#endif
