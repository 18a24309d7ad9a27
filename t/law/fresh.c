/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would an agent want that starts now? */
#include "fresh.h"

#include "../lib/compile_usual.h"

void fresh_facts(const struct store *store, const char *node, struct facts *out)
{
	struct compile *fresh = compile_new_usual(store, node);
	struct patch patch;

	compile_update(fresh, &patch);
	patch_free(&patch);
	compile_facts(fresh, out);
	compile_free(fresh);
}

static void differ(const struct fact *a, const struct fact *b)
{
	printf("# these differ:\n");
	fact_print(a, stdout);
	fact_print(b, stdout);
}

bool facts_same(const struct facts *a, const struct facts *b, bool say)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (fact_eq(&a->at[i], &b->at[i]))
			continue;
		if (say)
			differ(&a->at[i], &b->at[i]);
		return false;
	}
	if (a->n != b->n && say)
		printf("# %zu facts, not %zu\n", a->n, b->n);
	return a->n == b->n;
}
