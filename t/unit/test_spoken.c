/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which names of ports matter where? */
#include "../../src/compile/spoken.h"
#include "shop.h"

static bool speaks(const struct store *store, const char *ns, const char *name, enum proto proto)
{
	struct spoken spoken = {0};
	const char *space = atom(ns), *port = atom(name);
	bool has;

	spoken_read(&spoken, store);
	has = spoken_has(&spoken, space, &(struct named_port){port, (uint8_t)proto, 1});
	spoken_fini(&spoken);
	atom_put(space);
	atom_put(port);
	return has;
}

UNIT(spoken, ingress_rules_speak_of_pods_of_their_namespace_and_egress_rules_of_all)
{
	struct store *store = store_new();
	struct policy *in = make_policy_for("shop", "in", "", "ingress"),
		      *out = make_policy_for("shop", "out", "", "egress");

	make_port_named(make_rule(in), PROTO_TCP, "web");
	make_port_named(make_egress(out), PROTO_UDP, "dns");
	store_put(store, &in->object);
	store_put(store, &out->object);
	cr_assert(speaks(store, "shop", "web", PROTO_TCP));
	cr_assert(!speaks(store, "prod", "web", PROTO_TCP));
	cr_assert(!speaks(store, "shop", "web", PROTO_UDP));
	cr_assert(speaks(store, "prod", "dns", PROTO_UDP));
	cr_assert(!speaks(store, "shop", "other", PROTO_TCP));
	store_free(store);
}

UNIT(spoken, a_rule_of_a_direction_that_is_not_isolated_says_nothing)
{
	struct store *store = store_new();
	struct policy *policy = make_policy_for("shop", "in", "", "ingress");

	make_port_named(make_egress(policy), PROTO_TCP, "web");
	cr_assert(!rule_counts(policy, &policy->rules[0]));
	store_put(store, &policy->object);
	cr_assert(!speaks(store, "shop", "web", PROTO_TCP));
	store_free(store);
}
