/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What selvage keeps of a Kubernetes object: only what decides traffic, plus where it was written.  All strings are atoms
 * that the object owns.  Specification: Kubernetes API, core/v1 Pod and Namespace, networking.k8s.io/v1 NetworkPolicy.
 * Objects that decide no packet, but that questions and findings name, are in resource.h.
 */
#ifndef SELVAGE_OBJECT_H
#define SELVAGE_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include <selvage/digest.h>
#include <selvage/ip.h>
#include <selvage/labels.h>
#include <selvage/selector.h>

/* Where in which file something stands.  file is NULL for objects that came from the API; line and col count from 1,
 * col in characters. */
struct source {
	const char *file; /* atom, owned by the object it is embedded in */
	unsigned line, col;
};

/* The kinds of the API, so that kind, namespace and name are an object's identity.  Those of one shape are neighbours. */
enum object_kind {
	OBJECT_NAMESPACE,
	OBJECT_POD,
	OBJECT_POLICY,
	OBJECT_DEPLOYMENT,
	OBJECT_STATEFULSET,
	OBJECT_DAEMONSET,
	OBJECT_REPLICASET,
	OBJECT_REPLICATIONCONTROLLER,
	OBJECT_JOB,
	OBJECT_CRONJOB,
	OBJECT_SERVICE,
	OBJECT_ENDPOINTSLICE,
	OBJECT_ENDPOINTS,
	OBJECT_INGRESS,
	OBJECT_HTTPROUTE,
	OBJECT_VALIDATING_HOOK,
	OBJECT_MUTATING_HOOK,
	OBJECT_APISERVICE,
	OBJECT_NODE,
	OBJECT_KIND_COUNT
};

/* The first so many kinds decide packets: these are what an agent watches. */
#define OBJECT_WATCHED_COUNT 3

/* Which struct an object is; from SHAPE_WORKLOAD on, one of resource.h. */
enum object_shape {
	SHAPE_NAMESPACE,
	SHAPE_POD,
	SHAPE_POLICY,
	SHAPE_WORKLOAD,
	SHAPE_SERVICE,
	SHAPE_ENDPOINTS,
	SHAPE_ROUTE,
	SHAPE_HOOK,
	SHAPE_NODE
};

struct object_type {
	const char *word;      /* "networkpolicy" */
	const char *api;       /* "networking.k8s.io/v1" */
	const char *also;      /* another version that says the same, or NULL */
	const char *kind;      /* "NetworkPolicy" */
	const char *resources; /* "networkpolicies", as paths and roles name them */
	enum object_shape shape;
	bool global; /* it is in no namespace */
};

/* The first member of every object. */
struct object {
	enum object_kind kind;
	const char *ns; /* NULL if objects of the kind are in no namespace */
	const char *name;
	struct source source;
};

/* clang-format off */
struct namespace {
	struct object object;
	struct labels labels; /* always holds kubernetes.io/metadata.name, as the API server sets it */
	const char *ignore; /* annotation selvage.io/ignore: which findings not to tell; NULL: none, or not asked for */
	bool terminating;
};
/* clang-format on */

/* Protocol numbers as in the IP header; only those that have ports. */
enum proto { PROTO_ANY = 0, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_SCTP = 132 };

struct named_port {
	const char *name;
	uint8_t proto;   /* enum proto */
	uint16_t number; /* containerPort */
};

struct pod_detail; /* resource.h */

struct pod {
	struct object object;
	struct labels labels;
	const char *node;  /* spec.nodeName, or NULL while it has none */
	bool host_network; /* spec.hostNetwork: its address is the node's */
	bool finished;     /* status.phase Succeeded or Failed: it has no address any more */
	bool terminating;  /* metadata.deletionTimestamp is set */
	int64_t created;   /* metadata.creationTimestamp, seconds since 1970, 0 if unknown */
	struct ip *ips;    /* status.podIPs, or podIP */
	size_t n_ips;
	struct ip *host_ips; /* status.hostIPs, or hostIP */
	size_t n_host_ips;
	struct named_port *ports; /* of containers, then of init containers that keep running (sidecars) */
	size_t n_ports;
	struct pod_detail *detail; /* NULL unless asked for (sink.h) */
};

enum direction { DIRECTION_INGRESS, DIRECTION_EGRESS, DIRECTION_COUNT };

/* One entry of `from` or `to`. */
struct peer {
	enum peer_kind {
		PEER_PODS,  /* selectors */
		PEER_BLOCK, /* ipBlock */
		PEER_NOBODY /* could not be understood: matches nobody, never everybody */
	} kind;
	bool any_ns;          /* PEER_PODS: namespaceSelector given; if not, the policy's own namespace */
	struct selector ns;   /* PEER_PODS and any_ns */
	struct selector pods; /* PEER_PODS; a podSelector left out matches every pod */
	struct cidr block;    /* PEER_BLOCK */
	struct cidr *except;  /* PEER_BLOCK, each inside block */
	size_t n_except;
};

/* One entry of `ports`. */
struct port {
	uint8_t proto;    /* enum proto, PROTO_TCP by default */
	bool nothing;     /* could not be understood: matches no port */
	const char *name; /* named port, or NULL */
	uint16_t lo, hi;  /* numbers, both included; a port left out is 0 to 65535 */
};

/* One entry of `ingress` or `egress`: any of the peers, on any of the ports. */
struct rule {
	enum direction direction;
	unsigned index;  /* its position in spec.ingress or spec.egress */
	bool everyone;   /* from/to left out or empty: every source or destination */
	bool every_port; /* ports left out or empty: every port of every protocol */
	struct peer *peers;
	size_t n_peers;
	struct port *ports;
	size_t n_ports;
	struct source source; /* file is borrowed from the policy */
};

struct policy {
	struct object object;
	struct selector pods;        /* spec.podSelector; empty selects every pod of the namespace */
	bool types[DIRECTION_COUNT]; /* policyTypes, after defaulting: the directions it isolates */
	bool implied;                /* policyTypes was left out */
	struct rule *rules;
	size_t n_rules;
	const char *ignore; /* as of a namespace */
	bool broken; /* could not be understood in full: it isolates in `types` and what is unclear admits nobody */
};

/* Frees an object of any kind; NULL is allowed. */
void object_free(struct object *object);

/* Free what a part of a policy holds, not the part itself. */
void peer_fini(struct peer *peer);
void rule_fini(struct rule *rule);

const struct object_type *object_type(enum object_kind kind);

/* "pod", "namespace", "networkpolicy" */
const char *object_kind_name(enum object_kind kind);

/* "ingress", "egress" */
const char *direction_name(enum direction direction);

/* "TCP", "UDP", "SCTP"; NULL for other numbers. */
const char *proto_name(uint8_t proto);

/* The number of "TCP", "udp", ...; -1 if it is none of the three. */
int proto_parse(const char *text);

/* Does the pod own addresses that policies can speak about?  Not if it is finished, on the host network or has none. */
bool pod_live(const struct pod *pod);

/* Is this pod newer than the other, which has the same address?  A total order by what the objects say, never by the
 * order in which they arrived: not terminating before terminating, then later creation, then the one
 * whose namespace and name sort first. */
bool pod_newer(const struct pod *pod, const struct pod *other);

/* Does the policy select this pod (namespace and labels)?  Says nothing about whether the pod is live. */
bool policy_selects(const struct policy *policy, const struct pod *pod);

/* Do two objects of one kind say the same, but for where they were written? */
bool object_same(const struct object *a, const struct object *b);

/* Feeds what an object says, but for its kind, its names and where it was written: injectively within a kind. */
void object_digest(const struct object *object, struct digest *d);

#endif
