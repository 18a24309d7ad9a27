/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what is wrong with objects known exactly while it is so? */
#include "../../src/agent/flaws.h"

#include "unit.h"

static struct problem problem(char *message)
{
	return (struct problem){.message = message};
}

static char unknown_operator[] = "networkpolicy shop/db: unknown operator \"Like\"",
	    bad_port[] = "networkpolicy shop/db: port 70000", other[] = "networkpolicy shop/a: \033[1mbold";

UNIT(flaws, a_flaw_is_news_once_and_once_more_when_it_ends)
{
	struct flaws flaws = {0};
	struct problem one = problem(unknown_operator);

	cr_expect_not(flaws_set(&flaws, OBJECT_POLICY, "shop", "db", NULL, 0));
	cr_expect(flaws_set(&flaws, OBJECT_POLICY, "shop", "db", &one, 1));
	cr_expect_not(flaws_set(&flaws, OBJECT_POLICY, "shop", "db", &one, 1));
	cr_expect_eq(flaws.n[OBJECT_POLICY], 1);
	cr_expect(flaws_set(&flaws, OBJECT_POLICY, "shop", "db", NULL, 0));
	cr_expect_not(flaws_set(&flaws, OBJECT_POLICY, "shop", "db", NULL, 0));
	cr_expect_eq(flaws.n[OBJECT_POLICY], 0);
	UNIT_PRINTS("", flaws_print(&flaws, 9, out));
	flaws_fini(&flaws);
}

UNIT(flaws, another_problem_of_the_same_object_takes_the_place_of_the_first)
{
	struct flaws flaws = {0};
	struct problem both[] = {problem(unknown_operator), problem(bad_port)};

	cr_expect(flaws_set(&flaws, OBJECT_POLICY, "shop", "db", both, 2));
	cr_expect(flaws_set(&flaws, OBJECT_POLICY, "shop", "db", both, 1));
	cr_expect(flaws_set(&flaws, OBJECT_POLICY, "shop", "db", both + 1, 1));
	cr_expect_eq(flaws.n[OBJECT_POLICY], 1);
	UNIT_PRINTS("networkpolicy shop/db: port 70000\n", flaws_print(&flaws, 9, out));
	flaws_fini(&flaws);
}

UNIT(flaws, objects_of_other_kinds_and_namespaces_are_others)
{
	struct flaws flaws = {0};
	struct problem one = problem(unknown_operator);

	flaws_set(&flaws, OBJECT_POLICY, "shop", "db", &one, 1);
	flaws_set(&flaws, OBJECT_POLICY, "mall", "db", &one, 1);
	flaws_set(&flaws, OBJECT_POD, "shop", "db", &one, 1);
	flaws_set(&flaws, OBJECT_NAMESPACE, NULL, "db", &one, 1);
	cr_expect(flaws_set(&flaws, OBJECT_POLICY, "shop", "db", NULL, 0));
	cr_expect_eq(flaws.n[OBJECT_POLICY], 1);
	cr_expect_eq(flaws.n[OBJECT_POD], 1);
	cr_expect_eq(flaws.n[OBJECT_NAMESPACE], 1);
	flaws_fini(&flaws);
}

UNIT(flaws, the_lines_are_sorted_safe_and_not_more_than_asked_for)
{
	struct flaws flaws = {0};
	struct problem first = problem(other), second = problem(unknown_operator);

	flaws_set(&flaws, OBJECT_POLICY, "shop", "db", &second, 1);
	flaws_set(&flaws, OBJECT_POLICY, "shop", "a", &first, 1);
	UNIT_PRINTS("networkpolicy shop/a: \\x1b[1mbold\nnetworkpolicy shop/db: unknown operator \"Like\"\n",
		    flaws_print(&flaws, 2, out));
	UNIT_PRINTS("networkpolicy shop/a: \\x1b[1mbold\nand 1 more\n", flaws_print(&flaws, 1, out));
	flaws_fini(&flaws);
}
