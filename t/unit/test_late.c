/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deletes that wait a moment. */
#include <stdio.h>

#include "../../src/input/late.h"

#include "unit.h"

struct told {
	char text[64];
};

static void tell(void *ctx, const char *ns, const char *name)
{
	struct told *told = ctx;
	size_t n = strlen(told->text);

	snprintf(told->text + n, sizeof told->text - n, "%s/%s ", ns, name);
}

static struct mono at(double seconds)
{
	return (struct mono){(int64_t)(seconds * 1e9)};
}

UNIT(late, a_delete_is_told_when_it_has_waited)
{
	struct late late = {VEC_EMPTY};
	struct told told = {""};

	late_add(&late, "n", "a", at(1));
	late_add(&late, "n", "b", at(2));
	late_release(&late, at(2.5), 1, tell, &told);
	cr_expect_str_eq(told.text, "n/a ");
	late_release(&late, at(3.5), 1, tell, &told);
	cr_expect_str_eq(told.text, "n/a n/b ");
	late_release(&late, at(9), 1, tell, &told);
	cr_expect_str_eq(told.text, "n/a n/b ");
	late_fini(&late);
}

UNIT(late, what_lives_again_is_not_deleted)
{
	struct late late = {VEC_EMPTY};
	struct told told = {""};

	late_add(&late, "n", "a", at(1));
	late_add(&late, "m", "a", at(1));
	late_drop(&late, "n", "a");
	late_drop(&late, "n", "unknown");
	late_release(&late, at(9), 1, tell, &told);
	cr_expect_str_eq(told.text, "m/a ");
	late_fini(&late);
}

UNIT(late, a_second_delete_waits_anew)
{
	struct late late = {VEC_EMPTY};
	struct told told = {""};

	late_add(&late, "n", "a", at(1));
	late_add(&late, "n", "a", at(5));
	late_release(&late, at(5.5), 1, tell, &told);
	cr_expect_str_eq(told.text, "");
	late_release(&late, at(6), 1, tell, &told);
	cr_expect_str_eq(told.text, "n/a ");
	late_fini(&late);
}
