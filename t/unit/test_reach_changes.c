/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between whom does a change make a difference? */
#include <selvage/reach.h>

#include "shop.h"

struct printing {
	const struct reach *reach;
	FILE *out;
};

static void class_print(const struct reach *reach, size_t class, FILE *out)
{
	size_t n;
	const struct reach_class *at = &reach_classes(reach, &n)[class];

	if (at->ns)
		fprintf(out, "%s/%s+%zu", at->ns, at->pods[0].in[REACH_BEFORE]->object.name, at->n - 1);
	else
		fputs("outside", out);
}

/* "shop/web+0>shop/db+0 BEFORE -> AFTER" of both ends together. */
static void change_print(void *ctx, size_t from, size_t to, enum family family, const struct reach_link *before,
			 const struct reach_link *after)
{
	struct printing *printing = ctx;

	class_print(printing->reach, from, printing->out);
	fputs(">", printing->out);
	class_print(printing->reach, to, printing->out);
	fputs(family == FAMILY_6 ? " v6 " : " ", printing->out);
	portset_print(before->both.open, printing->out);
	fputs(" -> ", printing->out);
	portset_print(after->both.open, printing->out);
	fputc('\n', printing->out);
}

static void assert_changes(struct store *before, struct store *after, const char *expected)
{
	struct reach *reach = reach_new(before, after);
	struct printing printing = {.reach = reach};

	UNIT_PRINTS(expected, (printing.out = out, reach_changes(reach, change_print, &printing)));
	reach_free(reach);
	store_free(before);
	store_free(after);
}

static struct policy *opens(uint16_t port)
{
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);

	make_peer_pods(&policy->rules[0], NULL, "app=web");
	make_port(&policy->rules[0], PROTO_TCP, port, port);
	return policy;
}

UNIT(reach_changes, the_same_twice_is_no_change)
{
	struct store *before = cluster(), *after = cluster();

	store_put(before, &opens(80)->object);
	store_put(after, &opens(80)->object);
	assert_changes(before, after, "");
}

UNIT(reach_changes, a_port_that_moves_is_one_pair)
{
	struct store *before = cluster(), *after = cluster();

	store_put(before, &opens(80)->object);
	store_put(after, &opens(81)->object);
	assert_changes(before, after, "shop/web+0>shop/db+0 TCP 80 -> TCP 81\n");
}

UNIT(reach_changes, one_end_that_opens_is_visited_though_the_other_stays_closed)
{
	struct store *before = cluster(), *after = cluster();
	struct policy *out = make_policy_for("shop", "out", "app=web", "egress");

	store_put(before, &make_policy_for("shop", "p", "app=db", "ingress")->object);
	store_put(after, &make_policy_for("shop", "p", "app=db", "ingress")->object);
	store_put(before, &make_policy_for("shop", "out", "app=web", "egress")->object);
	make_peer_pods(make_egress(out), NULL, "app=db");
	store_put(after, &out->object);
	assert_changes(before, after, "shop/web+0>shop/db+0 none -> none\n");
}

UNIT(reach_changes, a_namespaces_label_makes_a_difference_to_its_pods)
{
	struct store *before = cluster(), *after = cluster();
	struct policy *policies[2];

	for (size_t i = 0; i < 2; i++) {
		policies[i] = db_policy("p", DIRECTION_INGRESS);
		make_peer_pods(&policies[i]->rules[0], "team=y", "");
		store_put(i ? after : before, &policies[i]->object);
	}
	put_namespace(after, "prod", "team=z");
	assert_changes(before, after, "prod/job+1>shop/db+0 all -> none\n");
}

UNIT(reach_changes, pods_that_come_or_go_are_no_change_of_policy)
{
	struct store *before = cluster(), *after = cluster();

	store_put(before, &opens(80)->object);
	store_put(after, &opens(80)->object);
	put_pod(after, "shop", "web2", "app=web", "10.0.0.77");
	store_del(after, OBJECT_POD, "prod", "job");
	assert_changes(before, after, "");
}
