/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is every part of a miss said with both its values? */
#include <selvage/miss_print.h>

#include "shop.h"

static void tell(const struct store *store, const char *from, uint8_t proto, uint16_t port, FILE *out)
{
	struct packet packet = {make_ip(from), make_ip(DB), proto, port};
	struct miss miss = verdict_miss(store, &packet, DIRECTION_INGRESS);

	miss_print(&miss, out);
}

/* What is said of a rule of one peer, asked from a pod or address on TCP 80. */
#define SAYS(expected, from)                                                  \
	do {                                                                  \
		store_put(store, &policy->object);                            \
		UNIT_PRINTS(expected, tell(store, from, PROTO_TCP, 80, out)); \
		store_free(store);                                            \
	} while (0)

static struct rule *first(struct policy *policy)
{
	return &policy->rules[0];
}

UNIT(miss_print, a_label)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);
	struct peer *peer = make_peer(first(policy), PEER_PODS);

	selector_add(&peer->pods, SELECTOR_IN, "app", (const char *const[]){"a", "b"}, 2);
	selector_add(&peer->pods, SELECTOR_EXISTS, "tier", NULL, 0);
	selector_normalise(&peer->pods);
	SAYS("shop/from-web ingress[0]: podSelector wants app in (a,b), pod has app=web and wants tier, pod has no "
	     "tier",
	     "10.0.0.1");
}

UNIT(miss_print, a_namespace)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);

	make_port(first(policy), PROTO_TCP, 80, 80);
	make_peer_pods(first(policy), "team=z", "");
	SAYS("shop/from-web ingress[0]: namespaceSelector wants team=z, namespace prod has team=y, port matches",
	     "10.0.1.1");
}

UNIT(miss_print, a_namespace_known_by_name_only)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);

	make_peer_pods(first(policy), "team=z", "");
	SAYS("shop/from-web ingress[0]: namespaceSelector wants team=z, namespace ghost has no team", "10.0.2.1");
}

UNIT(miss_print, the_policy_s_own_namespace)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);

	make_peer_pods(first(policy), NULL, "");
	SAYS("shop/from-web ingress[0]: peers are of namespace shop, the pod is of prod", "10.0.1.1");
}

UNIT(miss_print, no_pod)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);

	make_peer_pods(first(policy), NULL, "");
	SAYS("shop/from-web ingress[0]: selectors match pods only, 192.0.2.1 is none's", "192.0.2.1");
}

UNIT(miss_print, an_address_and_an_exception)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);

	make_peer_block(first(policy), "192.0.0.0/16", "192.0.2.0/24");
	store_put(store, &policy->object);
	UNIT_PRINTS("shop/from-web ingress[0]: 192.0.2.1 is in except 192.0.2.0/24",
		    tell(store, "192.0.2.1", PROTO_TCP, 80, out));
	UNIT_PRINTS("shop/from-web ingress[0]: 10.0.0.1 is not in 192.0.0.0/16",
		    tell(store, "10.0.0.1", PROTO_TCP, 80, out));
	store_free(store);
}

UNIT(miss_print, protocols_and_ports)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);

	make_port(first(policy), PROTO_TCP, 5432, 5432);
	store_put(store, &policy->object);
	UNIT_PRINTS("shop/from-web ingress[0]: peer matches, port 5433 != 5432",
		    tell(store, "10.0.0.1", PROTO_TCP, 5433, out));
	UNIT_PRINTS("shop/from-web ingress[0]: peer matches, protocol UDP != TCP",
		    tell(store, "10.0.0.1", PROTO_UDP, 5432, out));
	UNIT_PRINTS("shop/from-web ingress[0]: peer matches, protocol UDP != TCP, port 53 != 5432",
		    tell(store, "10.0.0.1", PROTO_UDP, 53, out));
	UNIT_PRINTS("shop/from-web ingress[0]: peer matches, protocol ICMP != TCP",
		    tell(store, "10.0.0.1", PROTO_ICMP, 0, out));
	store_free(store);
}

UNIT(miss_print, a_range)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);

	make_port(first(policy), PROTO_TCP, 8000, 8009);
	SAYS("shop/from-web ingress[0]: peer matches, port 80 is not in 8000-8009", "10.0.0.1");
}

UNIT(miss_print, names_of_ports)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);
	struct pod *db = make_pod_at("n1", "shop", "db", "app=db", DB);

	make_port_named(first(policy), PROTO_TCP, "sql");
	store_put(store, &policy->object);
	UNIT_PRINTS("shop/from-web ingress[0]: peer matches, port 80 is not sql, which shop/db does not have",
		    tell(store, "10.0.0.1", PROTO_TCP, 80, out));
	make_pod_port(db, "sql", PROTO_TCP, 5432);
	make_pod_port(db, "sql", PROTO_UDP, 53);
	make_pod_port(db, "sql", PROTO_TCP, 5433);
	store_put(store, &db->object);
	UNIT_PRINTS("shop/from-web ingress[0]: peer matches, port 80 is not sql, which shop/db has as 5432, 5433",
		    tell(store, "10.0.0.1", PROTO_TCP, 80, out));
	store_free(store);
}

UNIT(miss_print, what_is_unclear)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);

	make_peer(first(policy), PEER_NOBODY);
	SAYS("shop/from-web ingress[0]: a part of it admits nobody, being empty or not understood", "10.0.0.1");
}

UNIT(miss_print, the_nearest_of_many)
{
	struct store *store = cluster();
	struct policy *b = db_policy("b", DIRECTION_INGRESS), *a = db_policy("a", DIRECTION_INGRESS);

	make_peer_pods(first(b), NULL, "app=x");
	make_port(first(b), PROTO_TCP, 1, 1);
	make_peer(make_rule(b), PEER_NOBODY);
	make_port(make_rule(b), PROTO_TCP, 3, 3);
	make_port(make_rule(b), PROTO_TCP, 4, 4);
	store_put(store, &b->object);
	UNIT_PRINTS("shop/b ingress[2]: peer matches, port 80 != 3", tell(store, "10.0.0.1", PROTO_TCP, 80, out));
	make_peer_pods(first(a), NULL, "app=x");
	make_peer_pods(first(a), NULL, "app=y");
	store_put(store, &a->object);
	UNIT_PRINTS("shop/a ingress[0]: podSelector wants app=x, pod has app=web",
		    tell(store, "10.0.0.1", PROTO_TCP, 80, out));
	store_free(store);
}

UNIT(miss_print, nothing_without_a_rule)
{
	struct store *store = cluster();
	struct policy *policy = make_policy_for("shop", "deny", "app=db", "ingress");

	store_put(store, &policy->object);
	UNIT_PRINTS("", tell(store, "10.0.0.1", PROTO_TCP, 80, out));
	UNIT_PRINTS("", tell(store, "10.0.0.1", PROTO_TCP, 80, out));
	store_free(store);
}

UNIT(miss_print, programs_get_the_parts_by_name)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("from-web", DIRECTION_INGRESS);
	struct packet packet = {make_ip("10.0.1.1"), make_ip(DB), PROTO_UDP, 53};
	struct miss miss;
	json_t *json;
	char *text;

	make_peer_pods(first(policy), NULL, "app=web");
	make_port(first(policy), PROTO_TCP, 5432, 5432);
	store_put(store, &policy->object);
	miss = verdict_miss(store, &packet, DIRECTION_INGRESS);
	json = miss_json(&miss);
	text = json_dumps(json_object_get(json, "failed"), JSON_COMPACT);
	cr_assert_str_eq(text, "[\"namespace\",\"protocol\",\"port\"]");
	cr_assert_str_eq(json_string_value(json_object_get(json, "rule")), "ingress[0]");
	cr_assert_str_eq(json_string_value(json_object_get(json, "policy")), "shop/from-web");
	free(text);
	json_decref(json);
	cr_assert_null(miss_json(&(struct miss){0}));
	store_free(store);
}
