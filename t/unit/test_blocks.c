/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is an ipBlock the disjoint ranges that it means, in sets that are shared by content? */
#include "kit.h"

/* One reference to the blocks of an ipBlock. */
static struct blocks *blocks_of(struct kit *kit, const char *block, const char *except)
{
	struct policy *policy = make_policy("shop", "db");
	struct peer *peer = make_peer_block(make_rule(policy), block, except);
	struct ip_ranges ranges = {0};
	struct blocks *blocks;

	block_add(peer, &ranges);
	blocks = blocks_get(&kit->blocks, &ranges);
	cr_assert_eq(ranges.n, 0);
	object_free(&policy->object);
	return blocks;
}

static void ranges_print(const struct ip_ranges *ranges, FILE *out)
{
	char lo[IP_TEXT], hi[IP_TEXT];

	for (size_t i = 0; i < ranges->n; i++)
		fprintf(out, "%s%s-%s", i ? " " : "", ip_print(&ranges->at[i].lo, lo), ip_print(&ranges->at[i].hi, hi));
}

UNIT(blocks, exceptions_are_taken_out)
{
	struct kit kit;
	struct blocks *blocks;

	kit_init(&kit);
	blocks = blocks_of(&kit, "10.0.0.0/24", "10.0.0.64/26");
	UNIT_PRINTS("10.0.0.0-10.0.0.63 10.0.0.128-10.0.0.255", ranges_print(&blocks->ranges, out));
	assert_wanted(kit.wanted, "1 set cidr4, 2 element cidr4");
	blocks_put(&kit.blocks, blocks);
	assert_wanted(kit.wanted, "");
	kit_fini(&kit);
}

UNIT(blocks, an_exception_of_everything_leaves_nothing)
{
	struct policy *policy = make_policy("shop", "db");
	struct ip_ranges ranges = {0};

	block_add(make_peer_block(make_rule(policy), "10.0.0.0/8", "10.0.0.0/8"), &ranges);
	cr_assert_eq(ranges.n, 0);
	vec_free(&ranges);
	object_free(&policy->object);
}

UNIT(blocks, an_exception_holds_for_its_own_block_only)
{
	struct policy *policy = make_policy("shop", "db");
	struct rule *rule = make_rule(policy);
	struct ip_ranges ranges = {0};

	block_add(make_peer_block(rule, "10.0.0.0/8", "10.1.0.0/16"), &ranges);
	block_add(make_peer_block(rule, "10.1.2.0/24", NULL), &ranges);
	ip_ranges_normalise(&ranges);
	UNIT_PRINTS("10.0.0.0-10.0.255.255 10.1.2.0-10.1.2.255 10.2.0.0-10.255.255.255", ranges_print(&ranges, out));
	vec_free(&ranges);
	object_free(&policy->object);
}

UNIT(blocks, each_family_has_a_set_and_none_where_it_has_no_range)
{
	struct kit kit;
	struct blocks *four, *six;

	kit_init(&kit);
	four = blocks_of(&kit, "0.0.0.0/0", NULL);
	cr_assert_not_null(four->name[FAMILY_4]);
	cr_assert_null(four->name[FAMILY_6]);
	six = blocks_of(&kit, "fd00::/8", NULL);
	cr_assert_null(six->name[FAMILY_4]);
	cr_assert_not_null(six->name[FAMILY_6]);
	assert_wanted(kit.wanted, "1 set cidr4, 1 set cidr6, 1 element cidr4, 1 element cidr6");
	blocks_put(&kit.blocks, four);
	blocks_put(&kit.blocks, six);
	kit_fini(&kit);
}

UNIT(blocks, a_set_says_its_ranges_to_the_kernel)
{
	struct kit kit;
	struct blocks *blocks;
	struct facts facts = {0};
	const struct fact *set, *element;

	kit_init(&kit);
	blocks = blocks_of(&kit, "192.0.2.0/25", NULL);
	factset_all(kit.wanted, &facts);
	facts_sort(&facts);
	set = only_fact(&facts, FACT_SET, "cidr4-");
	cr_assert(set->set.key == KEY_IP4 && set->set.interval && !set->set.map);
	element = only_fact(&facts, FACT_ELEMENT, "cidr4-");
	cr_assert_eq(element->element.size, 4);
	cr_assert_arr_eq(element->element.lo, ((uint8_t[]){192, 0, 2, 0}), 4);
	cr_assert_arr_eq(element->element.hi, ((uint8_t[]){192, 0, 2, 127}), 4);
	facts_free(&facts);
	blocks_put(&kit.blocks, blocks);
	kit_fini(&kit);
}

UNIT(blocks, equal_ranges_are_shared_however_they_were_written)
{
	struct kit kit;
	struct blocks *whole, *halves;
	struct cidr low = make_cidr("10.0.0.0/25"), high = make_cidr("10.0.0.128/25");
	struct ip_ranges ranges = {0};

	kit_init(&kit);
	whole = blocks_of(&kit, "10.0.0.0/24", NULL);
	*vec_add(&ranges) = cidr_range(&high);
	*vec_add(&ranges) = cidr_range(&low);
	halves = blocks_get(&kit.blocks, &ranges);
	cr_assert_eq(whole, halves);
	blocks_put(&kit.blocks, whole);
	assert_wanted(kit.wanted, "1 set cidr4, 1 element cidr4");
	blocks_put(&kit.blocks, halves);
	assert_wanted(kit.wanted, "");
	kit_fini(&kit);
}

UNIT(blocks, a_family_whose_ranges_are_equal_is_one_set_with_what_another_adds)
{
	struct kit kit;
	struct blocks *four, *both;
	struct cidr a = make_cidr("10.0.0.0/24"), b = make_cidr("fd00::/8");
	struct ip_ranges ranges = {0};

	kit_init(&kit);
	four = blocks_of(&kit, "10.0.0.0/24", NULL);
	*vec_add(&ranges) = cidr_range(&a);
	*vec_add(&ranges) = cidr_range(&b);
	both = blocks_get(&kit.blocks, &ranges);
	cr_assert_neq(four, both);
	cr_assert_eq(four->name[FAMILY_4], both->name[FAMILY_4]);
	blocks_put(&kit.blocks, four);
	assert_wanted(kit.wanted, "1 set cidr4, 1 set cidr6, 1 element cidr4, 1 element cidr6");
	blocks_put(&kit.blocks, both);
	kit_fini(&kit);
}

/* Every second address from 10.0.0.0 on. */
static struct blocks *many_blocks(struct kit *kit, unsigned n)
{
	struct ip_ranges ranges = {0};

	for (unsigned i = 0; i < n; i++) {
		struct ip ip = {.family = FAMILY_4,
				.b = {10, (uint8_t)(i >> 15), (uint8_t)(i >> 7), (uint8_t)(i << 1)}};

		*vec_add(&ranges) = (struct ip_range){ip, ip};
	}
	return blocks_get(&kit->blocks, &ranges);
}

static size_t sets_in_common(const struct blocks *a, const struct blocks *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->sets.n; i++)
		for (size_t j = 0; j < b->sets.n; j++)
			n += a->sets.at[i].name == b->sets.at[j].name;
	return n;
}

UNIT(blocks, what_fits_one_set_is_in_one_and_has_its_name)
{
	struct kit kit;
	struct blocks *blocks;

	kit_init(&kit);
	blocks = many_blocks(&kit, BLOCK_SET_MAX);
	cr_assert_eq(blocks->sets.n, 1);
	cr_assert_eq(blocks->sets.at[0].name, blocks->name[FAMILY_4]);
	blocks_put(&kit.blocks, blocks);
	kit_fini(&kit);
}

UNIT(blocks, what_is_large_is_in_several_sets_each_range_in_one)
{
	struct kit kit;
	struct blocks *blocks;

	kit_init(&kit);
	blocks = many_blocks(&kit, 3 * BLOCK_SET_MAX + 1);
	cr_assert_eq(blocks->sets.n, 4);
	for (size_t i = 0, at = 0; i < blocks->sets.n; at = blocks->sets.at[i++].end) {
		cr_assert_eq(blocks->sets.at[i].first, at);
		cr_assert_leq(blocks->sets.at[i].end - at, BLOCK_SET_MAX);
	}
	cr_assert_eq(blocks->sets.at[3].end, blocks->ranges.n);
	assert_wanted(kit.wanted, "4 set cidr4, 196609 element cidr4");
	blocks_put(&kit.blocks, blocks);
	assert_wanted(kit.wanted, "");
	kit_fini(&kit);
}

UNIT(blocks, one_range_more_changes_one_set)
{
	struct kit kit;
	struct blocks *before, *after;

	kit_init(&kit);
	before = many_blocks(&kit, 3 * BLOCK_SET_MAX + 1);
	after = many_blocks(&kit, 3 * BLOCK_SET_MAX + 2);
	cr_assert_neq(before->name[FAMILY_4], after->name[FAMILY_4]);
	cr_assert_eq(sets_in_common(before, after), 3);
	blocks_put(&kit.blocks, before);
	blocks_put(&kit.blocks, after);
	kit_fini(&kit);
}
