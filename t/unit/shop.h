/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cluster of three namespaces, and questions about who may talk to one of its pods. */
#ifndef SHOP_H
#define SHOP_H

#include <selvage/verdict.h>

#include "cluster.h"

#define PROTO_ICMP 1
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The pod that the policies of these tests select, shop/db. */
#define DB "10.0.0.9"

/* Whom it talks to. */
static const struct {
	const char *name, *ip;
} others[] = {
	{"shop/web", "10.0.0.1"}, {"shop/job", "10.0.0.2"},  {"prod/web", "10.0.1.1"},
	{"prod/job", "10.0.1.2"}, {"ghost/web", "10.0.2.1"}, {"world", "192.0.2.1"},
};

static inline void put_pod(struct store *store, const char *ns, const char *name, const char *labels, const char *ip)
{
	store_put(store, &make_pod_at("n1", ns, name, labels, ip)->object);
}

static inline void put_namespace(struct store *store, const char *name, const char *labels)
{
	struct namespace *ns = make_namespace(name);

	make_labels(&ns->labels, labels);
	store_put(store, &ns->object);
}

/* Two namespaces, a third that is known only from its pod, and nothing isolated. */
static inline struct store *cluster(void)
{
	struct store *store = store_new();

	put_namespace(store, "shop", "team=x");
	put_namespace(store, "prod", "team=y");
	put_pod(store, "shop", "db", "app=db", DB);
	put_pod(store, "shop", "web", "app=web", "10.0.0.1");
	put_pod(store, "shop", "job", "app=job", "10.0.0.2");
	put_pod(store, "prod", "web", "app=web", "10.0.1.1");
	put_pod(store, "prod", "job", "app=job,kubernetes.io/metadata.name=shop", "10.0.1.2");
	put_pod(store, "ghost", "web", "app=web", "10.0.2.1");
	return store;
}

static inline struct verdict ask(const struct store *store, const char *from, const char *to, uint8_t proto,
				 uint16_t port)
{
	struct packet packet = {make_ip(from), make_ip(to), proto, port};

	return verdict_of(store, &packet);
}

static inline bool passes(const struct store *store, const char *from, const char *to, uint8_t proto, uint16_t port)
{
	return ask(store, from, to, proto, port).allowed;
}

/* The others that may talk TCP 80 with the pod, in the direction as it sees it. */
static inline void admitted_print(const struct store *store, enum direction direction, FILE *out)
{
	for (size_t i = 0; i < COUNT(others); i++) {
		bool in = direction == DIRECTION_INGRESS;

		if (passes(store, in ? others[i].ip : DB, in ? DB : others[i].ip, PROTO_TCP, 80))
			fprintf(out, "%s%s", ftell(out) ? " " : "", others[i].name);
	}
}

static inline void assert_admitted(const struct store *store, enum direction direction, const char *expected)
{
	UNIT_PRINTS(expected, admitted_print(store, direction, out));
}

static const char everybody[] = "shop/web shop/job prod/web prod/job ghost/web world";

/* A policy for the pod that isolates it in a direction, with a rule for everyone on every port. */
static inline struct policy *db_policy(const char *name, enum direction direction)
{
	struct policy *policy = make_policy_for("shop", name, "app=db", direction_name(direction));

	make_rule(policy)->direction = direction;
	return policy;
}

#endif
