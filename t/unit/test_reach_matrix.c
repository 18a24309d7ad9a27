/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may all, what may some, and what may none of a namespace reach in another? */
#include <selvage/reach.h>

#include "shop.h"

struct printing {
	const struct reach *reach;
	FILE *out;
};

/* "shop>prod every/some": a line for each cell with anything but all. */
static void cell_print(void *ctx, size_t from, size_t to, const struct reach_cell *cell)
{
	struct printing *printing = ctx;
	size_t n;
	const struct reach_ns *ns = reach_namespaces(printing->reach, &n);

	if (cell->pairs && portset_is_all(cell->every))
		return;
	fprintf(printing->out, "%s>%s ", ns[from].name ? ns[from].name : "outside",
		ns[to].name ? ns[to].name : "outside");
	if (!cell->pairs)
		fputs("no pairs", printing->out);
	if (cell->pairs)
		portset_print(cell->every, printing->out);
	if (cell->some != cell->every) {
		fputs(" / ", printing->out);
		portset_print(cell->some, printing->out);
	}
	if (cell->maybe != cell->some) {
		fputs(" / perhaps ", printing->out);
		portset_print(cell->maybe, printing->out);
	}
	fputc('\n', printing->out);
}

static void assert_matrix(const struct store *store, const char *expected)
{
	struct reach *reach = reach_new(store, NULL);
	struct printing printing = {.reach = reach};

	UNIT_PRINTS(expected, (printing.out = out, reach_matrix(reach, REACH_BEFORE, cell_print, &printing)));
	reach_free(reach);
}

UNIT(reach_matrix, one_pod_is_no_pair_with_itself)
{
	struct store *store = cluster();

	assert_matrix(store, "ghost>ghost no pairs\n");
	store_free(store);
}

UNIT(reach_matrix, cells_say_what_all_and_what_some_pairs_may)
{
	struct store *store = cluster();
	struct policy *policy = make_policy_for("shop", "p", "", "ingress");
	struct rule *metrics = make_rule(policy);

	make_peer_pods(metrics, "team=y", "");
	make_port(metrics, PROTO_TCP, 9090, 9090);
	make_peer_pods(make_rule(policy), "team=y", "app=web");
	store_put(store, &policy->object);
	assert_matrix(store, "ghost>ghost no pairs\nghost>shop none\nprod>shop TCP 9090 / all\nshop>shop none\n"
			     "outside>shop none\n");
	store_free(store);
}

UNIT(reach_matrix, pending_pods_may_be_allowed)
{
	struct store *store = cluster();
	struct policy *policy = make_policy_for("shop", "p", "", "ingress");

	make_peer_block(make_rule(policy), "10.0.1.0/24", NULL);
	store_put(store, &policy->object);
	store_put(store, &make_pod("wait", "pending")->object);
	assert_matrix(store, "ghost>ghost no pairs\nghost>shop none\nshop>shop none\nwait>shop none / perhaps all\n"
			     "wait>wait no pairs\noutside>shop none / all\n");
	store_free(store);
}
