/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects for tests, made by hand. */
#ifndef MAKE_H
#define MAKE_H

#include <selvage/atom.h>
#include <selvage/mem.h>
#include <selvage/object.h>

#include "unit.h"

static inline struct ip make_ip(const char *text)
{
	struct err err = {0};
	struct ip ip;

	cr_assert_eq(ip_parse(text, &ip, &err), 0, "%s", err.msg);
	return ip;
}

static inline struct cidr make_cidr(const char *text)
{
	struct err err = {0};
	struct cidr cidr;

	cr_assert_eq(cidr_parse(text, &cidr, &err), 0, "%s", err.msg);
	return cidr;
}

static inline void *make_object(enum object_kind kind, size_t size, const char *ns, const char *name)
{
	struct object *object = mem_new(1, size);

	object->kind = kind;
	object->ns = ns ? atom(ns) : NULL;
	object->name = atom(name);
	return object;
}

static inline struct namespace *make_namespace(const char *name)
{
	struct namespace *ns = make_object(OBJECT_NAMESPACE, sizeof *ns, NULL, name);

	labels_put(&ns->labels, "kubernetes.io/metadata.name", name);
	return ns;
}

static inline struct pod *make_pod(const char *ns, const char *name)
{
	return make_object(OBJECT_POD, sizeof(struct pod), ns, name);
}

static inline void make_pod_ip(struct pod *pod, const char *text)
{
	pod->ips = mem_resize(pod->ips, pod->n_ips + 1, sizeof *pod->ips);
	pod->ips[pod->n_ips++] = make_ip(text);
}

static inline void make_pod_host(struct pod *pod, const char *node, const char *text)
{
	atom_put(pod->node);
	pod->node = atom(node);
	pod->host_ips = mem_resize(pod->host_ips, pod->n_host_ips + 1, sizeof *pod->host_ips);
	pod->host_ips[pod->n_host_ips++] = make_ip(text);
}

static inline void make_pod_port(struct pod *pod, const char *name, enum proto proto, uint16_t number)
{
	pod->ports = mem_resize(pod->ports, pod->n_ports + 1, sizeof *pod->ports);
	pod->ports[pod->n_ports++] = (struct named_port){atom(name), (uint8_t)proto, number};
}

/* A policy that isolates for ingress and has no rules. */
static inline struct policy *make_policy(const char *ns, const char *name)
{
	struct policy *policy = make_object(OBJECT_POLICY, sizeof *policy, ns, name);

	policy->types[DIRECTION_INGRESS] = true;
	return policy;
}

/* An ingress rule for everyone on every port, to be narrowed. */
static inline struct rule *make_rule(struct policy *policy)
{
	struct rule *rule;

	policy->rules = mem_resize(policy->rules, policy->n_rules + 1, sizeof *policy->rules);
	rule = &policy->rules[policy->n_rules];
	*rule = (struct rule){.index = (unsigned)policy->n_rules, .everyone = true, .every_port = true};
	policy->n_rules++;
	return rule;
}

static inline struct peer *make_peer(struct rule *rule, enum peer_kind kind)
{
	rule->everyone = false;
	rule->peers = mem_resize(rule->peers, rule->n_peers + 1, sizeof *rule->peers);
	rule->peers[rule->n_peers] = (struct peer){.kind = kind};
	return &rule->peers[rule->n_peers++];
}

static inline struct port *make_port(struct rule *rule, enum proto proto, uint16_t lo, uint16_t hi)
{
	rule->every_port = false;
	rule->ports = mem_resize(rule->ports, rule->n_ports + 1, sizeof *rule->ports);
	rule->ports[rule->n_ports] = (struct port){.proto = (uint8_t)proto, .lo = lo, .hi = hi};
	return &rule->ports[rule->n_ports++];
}

#endif
