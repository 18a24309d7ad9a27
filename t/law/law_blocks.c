/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ranges that ipBlocks come to hold exactly the addresses that the policies mean (C6), address by address: nested,
 * adjacent and equal blocks, exceptions that overlap what another peer allows.  "except is a slice of CIDRs that should
 * not be included within an ipBlock", that one and no other.
 *
 * usage: law_blocks [POLICIES [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/compile/blocks.h"
#include "fresh.h"
#include "rng.h"
#include "tap.h"

#define POLICIES (100000 / LAW_SCALE)
#define ADDRESSES 100
#define PEERS 4
#define EXCEPTS 3

/* An address near 10.0.0.0 or fd00::, whose last 8 bits are random; now and then anywhere. */
static struct ip random_ip(struct rng *rng, enum family family)
{
	struct ip ip = {.family = (uint8_t)family};
	unsigned size = ip_size(family);

	if (rng_one_in(rng, 10)) {
		for (unsigned i = 0; i < size; i++)
			ip.b[i] = (uint8_t)(rng_one_in(rng, 2) ? 0xff * rng_below(rng, 2) : rng_below(rng, 256));
		return ip;
	}
	ip.b[0] = family == FAMILY_4 ? 10 : 0xfd;
	ip.b[size - 1] = (uint8_t)rng_below(rng, 256);
	return ip;
}

static struct cidr random_cidr(struct rng *rng, enum family family, unsigned least)
{
	unsigned most = 8 * ip_size(family),
		 bits = rng_one_in(rng, 12) ? rng_below(rng, most + 1) : most - rng_below(rng, 9);
	struct cidr cidr = {random_ip(rng, family), (uint8_t)(bits < least ? least : bits)};

	for (unsigned i = cidr.bits; i < most; i++)
		cidr.addr.b[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	return cidr;
}

static void random_peer(struct rng *rng, struct peer *peer, struct cidr *excepts)
{
	enum family family = (enum family)rng_below(rng, FAMILY_COUNT);

	*peer = (struct peer){.kind = PEER_BLOCK, .block = random_cidr(rng, family, 0), .except = excepts};
	for (unsigned i = rng_below(rng, EXCEPTS + 1); i > 0; i--) {
		struct cidr except = random_cidr(rng, family, peer->block.bits);

		for (unsigned bit = 0; bit < peer->block.bits; bit++) {
			uint8_t mask = (uint8_t)(0x80 >> bit % 8);
			except.addr.b[bit / 8] =
				(uint8_t)((except.addr.b[bit / 8] & ~mask) | (peer->block.addr.b[bit / 8] & mask));
		}
		excepts[peer->n_except++] = except;
	}
}

/* Bit by bit. */
static bool in_prefix(const struct cidr *cidr, const struct ip *ip)
{
	if (cidr->addr.family != ip->family)
		return false;
	for (unsigned i = 0; i < cidr->bits; i++)
		if ((cidr->addr.b[i / 8] ^ ip->b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static bool meant(const struct peer *peers, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++) {
		bool held = in_prefix(&peers[i].block, ip);

		for (size_t k = 0; k < peers[i].n_except; k++)
			held = held && !in_prefix(&peers[i].except[k], ip);
		if (held)
			return true;
	}
	return false;
}

/* Known bad: exceptions taken out of what all peers allow together. */
static bool meant_by_a_careless_reader(const struct peer *peers, size_t n, const struct ip *ip)
{
	bool held = false;

	for (size_t i = 0; i < n; i++)
		held = held || in_prefix(&peers[i].block, ip);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < peers[i].n_except; k++)
			held = held && !in_prefix(&peers[i].except[k], ip);
	return held;
}

/* Sorted, disjoint, and nothing touches: what the kernel takes. */
static bool canonical(const struct ip_ranges *ranges)
{
	for (size_t i = 0; i < ranges->n; i++) {
		struct ip behind = ranges->at[i].hi;

		if (ip_cmp(&ranges->at[i].lo, &ranges->at[i].hi) > 0)
			return false;
		if (i + 1 < ranges->n && ip_next(&behind) && ip_cmp(&behind, &ranges->at[i + 1].lo) >= 0)
			return false;
	}
	return true;
}

/* The first or last address of some block or exception, or a neighbour, or any other. */
static struct ip some_address(struct rng *rng, const struct peer *peers, size_t n)
{
	const struct peer *peer = n ? &peers[rng_below(rng, (unsigned)n)] : NULL;
	struct ip_range range;

	if (!peer || rng_one_in(rng, 2))
		return random_ip(rng, (enum family)rng_below(rng, FAMILY_COUNT));
	range = cidr_range(peer->n_except && rng_one_in(rng, 2) ? &peer->except[0] : &peer->block);
	switch (rng_below(rng, 4)) {
	case 0:
		ip_prev(&range.lo);
		return range.lo;
	case 1:
		ip_next(&range.hi);
		return range.hi;
	case 2:
		return range.lo;
	default:
		return range.hi;
	}
}

struct totals {
	unsigned long samples, inside;
	unsigned long wrong, careless, untidy;
};

static void policy_check(struct rng *rng, struct totals *totals)
{
	struct cidr excepts[PEERS][EXCEPTS];
	struct peer peers[PEERS];
	size_t n = rng_below(rng, PEERS + 1);
	struct ip_ranges ranges = {0};

	for (size_t i = 0; i < n; i++) {
		random_peer(rng, &peers[i], excepts[i]);
		block_add(&peers[i], &ranges);
	}
	ip_ranges_normalise(&ranges);
	totals->untidy += !canonical(&ranges);
	for (unsigned i = 0; i < ADDRESSES; i++) {
		struct ip ip = some_address(rng, peers, n);
		bool is = meant(peers, n, &ip);

		totals->samples++;
		totals->inside += is;
		totals->wrong += is != ip_ranges_has(&ranges, &ip);
		totals->careless += is != meant_by_a_careless_reader(peers, n, &ip);
	}
	vec_free(&ranges);
}

int main(int argc, char **argv)
{
	unsigned policies = argc > 1 ? (unsigned)atoi(argv[1]) : POLICIES;
	struct rng rng = {argc > 2 ? strtoull(argv[2], NULL, 0) : 3};
	struct totals totals = {0};
	struct tap tap = {0};

	for (unsigned i = 0; i < policies; i++)
		policy_check(&rng, &totals);
	printf("# %lu samples, %lu of them inside; a careless reader is wrong about %lu\n", totals.samples,
	       totals.inside, totals.careless);
	tap_ok(&tap, totals.inside > totals.samples / 10 && totals.inside < totals.samples && !totals.wrong,
	       "C6: ranges hold exactly the addresses that the blocks mean");
	tap_ok(&tap, !totals.untidy, "C6, E7: ranges are sorted and disjoint, as the kernel wants them");
	tap_ok(&tap, totals.careless > 0, "known bad: taking exceptions out of another peer's block is noticed");
	return tap_end(&tap);
}
