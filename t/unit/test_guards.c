/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does each option change the frame around the policies as it says, and is the rest as it was? */
#include "node.h"

#define CIDRS "10.244.1.0/24,fd00:10:244:1::/64"

static struct compile_config usual_with_cidrs(void)
{
	struct compile_config config = compile_usual("n0");
	struct err err;

	cr_assert_eq(cidrs_parse(CIDRS, &config.pod_cidrs, &err), 0);
	return config;
}

/* A node of this frame, with what it holds at first taken in. */
static void node_begin(struct node *node, const struct compile_config *config)
{
	node->store = store_new();
	node->compile = compile_new(node->store, config);
	node_first(node);
}

static void rules_print(const struct facts *facts, const char *chain, FILE *out)
{
	const struct fact *f = only_fact(facts, FACT_CHAIN, chain);

	for (size_t i = 0; i < f->chain.n; i++) {
		for (size_t k = 0; k < f->chain.rules[i].n; k++) {
			const struct step *step = &f->chain.rules[i].steps[k];

			fputs(k ? " " : "", out);
			if (step->kind == STEP_COUNTER || step->kind == STEP_LOG)
				fprintf(out, "%s %.*s", step->kind == STEP_LOG ? "log" : "count", name_stem(step->name),
					step->name);
			else
				step_print(step, out);
		}
		fputc('\n', out);
	}
}

static void assert_chain(const struct node *node, const char *chain, const char *expected)
{
	struct facts facts;

	compile_facts(node->compile, &facts);
	UNIT_PRINTS(expected, rules_print(&facts, chain, out));
	facts_free(&facts);
}

static void assert_ends(const struct compile_config *config, const char *expected)
{
	struct node node;

	node_begin(&node, config);
	put_pod(&node, "n0", "db", "app=db", "10.244.1.5");
	store_put(node.store, &make_policy_for("shop", "deny", "app=db", "ingress")->object);
	node_settle(&node);
	assert_chain(&node, "in-", expected);
	node_fini(&node);
}

UNIT(guards, a_pods_frames_are_told_by_link_and_address)
{
	struct compile_config config = usual_with_cidrs();
	struct node node;

	node_begin(&node, &config);
	assert_chain(&node, "input", "meta l4proto udp th dport @overlay goto injected\n");
	assert_chain(&node, "injected",
		     "ip daddr 10.244.1.0/24 goto overlay\n"
		     "ip saddr 10.244.1.0/24 goto overlay\n"
		     "ip6 daddr fd00:10:244:1::/64 goto overlay\n"
		     "ip6 saddr fd00:10:244:1::/64 goto overlay\n"
		     "fib daddr . iif type local accept\n"
		     "fib daddr type multicast accept\n"
		     "meta iifkind \"bridge\" goto overlay\n"
		     "meta iifkind \"veth\" goto overlay\n"
		     "meta iifkind \"vxlan\" goto overlay\n");
	assert_chain(&node, "overlay", "count overlay drop\n");
	node_fini(&node);
}

UNIT(guards, without_ports_there_is_no_overlay)
{
	struct compile_config config = compile_usual("n0");
	struct node node;

	config.overlay.n = 0;
	node_begin(&node, &config);
	assert_holds(&node, "1 counter multicast, 1 counter untracked, 1 set cut4, 1 set cut6, 1 set egress4, 1 set "
			    "egress6, 1 set ingress4, "
			    "1 set ingress6, 1 chain egress, 1 chain ingress, 1 chain many-4, 1 chain many-6, 1 chain "
			    "multicast, 1 chain untracked");
	node_fini(&node);
}

UNIT(guards, a_chain_ends_as_it_is_told)
{
	struct compile_config config = compile_usual("n0");

	assert_ends(&config, "ip saddr 10.244.1.5 accept\ncount in drop\n");
	config.log_group = 7;
	assert_ends(&config, "ip saddr 10.244.1.5 accept\n"
			     "limit rate 10/second burst 20 packets log in\n"
			     "count in drop\n");
	config.reject = true;
	assert_ends(&config, "ip saddr 10.244.1.5 accept\n"
			     "limit rate 10/second burst 20 packets log in\n"
			     "count in goto refuse\n");
}

UNIT(guards, what_nobody_honest_sent_is_never_answered)
{
	struct compile_config config = usual_with_cidrs();
	struct node node;

	config.reject = config.deny_unknown = true;
	node_begin(&node, &config);
	assert_chain(&node, "refuse", "meta l4proto tcp reject with tcp reset\nreject with icmpx admin-prohibited\n");
	assert_chain(&node, "overlay", "count overlay drop\n");
	assert_chain(&node, "unknown-in", "count unknown-in drop\n");
	assert_chain(&node, "unknown-out", "count unknown-out drop\n");
	node_fini(&node);
}

UNIT(guards, a_pod_that_becomes_known_opens_by_one_element_for_each_direction)
{
	struct compile_config config = usual_with_cidrs();
	struct node node;

	config.deny_unknown = true;
	node_begin(&node, &config);
	put_pod(&node, "n0", "web", "app=web", "10.244.1.5");
	assert_patch(&node, "+1 element egress4, +1 element ingress4");
	store_put(node.store, &make_policy_for("shop", "deny", "app=web", "ingress")->object);
	assert_patch(&node,
		     MANY_DEL "-1 element ingress4, +1 counter in, +1 chain in, " MANY_ADD "+1 element ingress4");
	store_del(node.store, OBJECT_POLICY, "shop", "deny");
	assert_patch(&node,
		     "-1 counter in, -1 chain in, " MANY_DEL "-1 element ingress4, " MANY_ADD "+1 element ingress4");
	store_del(node.store, OBJECT_POD, "shop", "web");
	assert_patch(&node, "-1 element egress4, -1 element ingress4");
	node_fini(&node);
}

UNIT(guards, a_pod_that_is_known_and_isolated_at_once_is_never_an_open_one)
{
	struct compile_config config = usual_with_cidrs();
	struct facts facts;
	struct node node;

	config.deny_unknown = true;
	node_begin(&node, &config);
	store_put(node.store, &make_policy_for("shop", "deny", "", "ingress,egress")->object);
	put_pod(&node, "n0", "web", "app=web", "10.244.1.5");
	node_settle(&node);
	compile_facts(node.compile, &facts);
	for (size_t i = 0; i < facts.n; i++)
		cr_assert(facts.at[i].kind != FACT_ELEMENT || facts.at[i].element.action.kind != VERDICT_ACCEPT);
	facts_free(&facts);
	node_fini(&node);
}

UNIT(guards, an_open_pods_element_does_not_isolate_it)
{
	struct compile_config config = usual_with_cidrs();
	struct pod *pod = make_pod_at("n0", "shop", "web", "", "10.244.1.5");
	struct facts facts;
	struct node node;

	config.deny_unknown = true;
	node_begin(&node, &config);
	store_put(node.store, &pod->object);
	node_settle(&node);
	compile_facts(node.compile, &facts);
	only_fact(&facts, FACT_ELEMENT, "ingress4");
	cr_assert(!compile_isolates(&facts, pod, DIRECTION_INGRESS));
	facts_free(&facts);
	node_fini(&node);
}

UNIT(guards, pods_of_other_nodes_are_not_told_apart)
{
	struct compile_config config = usual_with_cidrs();
	struct node node;

	config.deny_unknown = true;
	node_begin(&node, &config);
	put_pod(&node, "n1", "far", "", "10.244.2.5");
	assert_patch(&node, "");
	node_fini(&node);
}

UNIT(guards, nobody_is_unknown_while_no_prefix_is_known)
{
	struct compile_config config = compile_usual("n0");
	struct cidrs cidrs = usual_with_cidrs().pod_cidrs;
	struct patch patch;
	struct node node;

	config.deny_unknown = true;
	node_begin(&node, &config);
	assert_holds(&node, BASE);
	compile_found(node.compile, &cidrs, false);
	compile_update(node.compile, &patch);
	UNIT_PRINTS(
		"-1 chain egress, -1 chain ingress, -1 chain injected, +1 counter unknown-in, +1 counter unknown-out, "
		"+1 chain egress, +1 chain ingress, +1 chain injected, +1 chain unknown-in, +1 chain unknown-out",
		patch_tell(&patch, out));
	patch_free(&patch);
	node_fini(&node);
}

UNIT(guards, what_ipvs_hands_on_meets_the_rules_of_what_is_forwarded)
{
	struct compile_config config = compile_usual("n0");
	struct node node;
	struct facts facts;

	config.ipvs = true;
	node_begin(&node, &config);
	compile_facts(node.compile, &facts);
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		static const char *const pairs[DIRECTION_COUNT][2] = {{"ingress", "output-ingress"},
								      {"egress", "output-egress"}};
		const struct fact *forward = only_fact(&facts, FACT_CHAIN, pairs[d][0]),
				  *output = only_fact(&facts, FACT_CHAIN, pairs[d][1]);

		cr_assert(output->chain.base && output->chain.hook == CHAIN_HOOK_OUTPUT);
		cr_assert_eq(output->chain.priority, forward->chain.priority);
		cr_assert_eq(output->chain.n, forward->chain.n + 1);
		cr_assert_eq(output->chain.rules[0].steps[0].kind, STEP_ADDR_TYPE);
		cr_assert(output->chain.rules[0].steps[0].source);
	}
	facts_free(&facts);
	node_fini(&node);
}

UNIT(guards, what_is_for_many_is_looked_for_while_a_pod_of_the_node_is_isolated_for_ingress)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "web", "app=web", "10.244.1.5");
	put_pod(&node, "n1", "far", "app=far", "10.244.2.5");
	store_put(node.store, &make_policy_for("shop", "out", "app=web", "egress")->object);
	store_put(node.store, &make_policy_for("shop", "far", "app=far", "ingress")->object);
	node_settle(&node);
	assert_chain(&node, "many-4", "");
	assert_chain(&node, "many-6", "");
	store_put(node.store, &make_policy_for("shop", "in", "app=web", "ingress")->object);
	node_settle(&node);
	assert_chain(&node, "many-4",
		     "ip daddr 224.0.0.0/4 goto multicast\n"
		     "meta nfproto ipv4 fib daddr type broadcast goto multicast\n"
		     "ip saddr 224.0.0.0/4 goto multicast\n"
		     "meta nfproto ipv4 fib saddr type broadcast goto multicast\n");
	assert_chain(&node, "many-6", "ip6 daddr ff00::/8 goto multicast\nip6 saddr ff00::/8 goto multicast\n");
	assert_chain(&node, "multicast", "count multicast drop\n");
	store_del(node.store, OBJECT_POD, "shop", "web");
	node_settle(&node);
	assert_chain(&node, "many-4", "");
	assert_chain(&node, "many-6", "");
	node_fini(&node);
}

UNIT(guards, a_second_isolated_pod_changes_nothing_for_many)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "a", "app=a", "10.244.1.5");
	put_pod(&node, "n0", "b", "app=b", "10.244.1.6");
	store_put(node.store, &make_policy_for("shop", "a", "app=a", "ingress")->object);
	node_settle(&node);
	store_put(node.store, &make_policy_for("shop", "b", "app=b", "ingress")->object);
	assert_patch(&node, "+1 counter in, +1 chain in, +1 element ingress4");
	store_del(node.store, OBJECT_POLICY, "shop", "a");
	assert_patch(&node, "-1 counter in, -1 chain in, -1 element ingress4");
	store_del(node.store, OBJECT_POD, "shop", "b");
	assert_patch(&node, "-1 counter in, -1 chain in, " MANY_DEL "-1 element ingress4, "
			    "+1 chain many-4, +1 chain many-6");
	node_fini(&node);
}
