/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the kernel's memory for a patch estimated from above, and not from too far? */
#include <selvage/atom.h>
#include <selvage/cost.h>

#include "unit.h"

#define COMMENT "production/backend-123456789012345678901234"

/* The cost of one fact, which is given back. */
static double cost_one(struct fact fact)
{
	struct patch patch = {0};
	double bytes;

	*vec_add(&patch.add) = fact;
	bytes = (double)cost_of(&patch);
	patch_free(&patch);
	return bytes;
}

static double element(uint8_t size, bool map, const char *comment)
{
	struct fact f = {.kind = FACT_ELEMENT, .name = atom("peers"), .comment = comment ? atom(comment) : NULL};

	f.element.size = size;
	if (map)
		f.element.action = (struct action){VERDICT_GOTO, atom("chain")};
	return cost_one(f);
}

/* At least a quarter above what was measured, and below twice that (cost.h). */
static void close_to(double cost, double measured)
{
	cr_assert(cost >= 1.25 * measured && cost < 2 * measured, "%.0f for %.0f measured", cost, measured);
}

UNIT(cost, elements_are_near_what_was_measured)
{
	close_to(element(4, false, "x"), 72);
	close_to(element(4, false, COMMENT), 104);
	close_to(element(4, true, COMMENT), 136);
	close_to(element(16, false, COMMENT), 136);
}

UNIT(cost, elements_of_interval_sets_count_twice)
{
	struct fact set = {.kind = FACT_SET, .name = atom("peers"), .set.interval = true};
	struct fact e = {.kind = FACT_ELEMENT, .name = atom("peers"), .comment = atom(COMMENT)};
	struct patch patch = {0};
	double alone = cost_one((struct fact){.kind = FACT_SET, .name = atom("peers")});

	e.element.size = 4;
	*vec_add(&patch.add) = set;
	*vec_add(&patch.add) = e;
	close_to((double)cost_of(&patch) - alone, 218);
	patch_free(&patch);

	e = (struct fact){.kind = FACT_ELEMENT, .name = atom("peers"), .comment = atom(COMMENT)};
	e.element.size = 4;
	e.element.hi[3] = 7;
	close_to(cost_one(e), 218);
}

UNIT(cost, containers_are_near_what_was_measured)
{
	const char *name = "in-00000000000000000000000000000000";

	close_to(cost_one((struct fact){.kind = FACT_SET, .name = atom(name), .set.key = KEY_IP4}), 593);
	close_to(cost_one((struct fact){.kind = FACT_COUNTER,
					.name = atom(name),
					.comment = atom("production/backend-1")}),
		 441);
	close_to(cost_one((
			 struct fact){.kind = FACT_CHAIN, .name = atom(name), .comment = atom("production/backend-1")}),
		 320);
}

UNIT(cost, rules_are_near_what_was_measured)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = atom("allow")};
	double empty = cost_one((struct fact){.kind = FACT_CHAIN, .name = atom("allow")});

	for (int i = 0; i < 10; i++) {
		struct chain_rule *rule = fact_add_rule(&chain);
		rule->comment = atom("production/backend-1234567890");
		rule->steps[rule->n++] = (struct step){.kind = STEP_ADDR_IN, .source = true, .name = atom("peers")};
		rule->steps[rule->n++] = (struct step){.kind = STEP_ACTION, .action = {.kind = VERDICT_ACCEPT}};
	}
	close_to((cost_one(chain) - empty) / 10, 463);
}

UNIT(cost, what_goes_costs_nothing)
{
	struct patch patch = {0};

	*vec_add(&patch.del) = (struct fact){.kind = FACT_SET, .name = atom("peers")};
	cr_assert_eq(cost_of(&patch), 0);
	patch_free(&patch);
}
