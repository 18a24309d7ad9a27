/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects that decide no packet: what pods belong to, and what leads to them.  Questions and findings name them; the agent
 * neither watches nor keeps them.  Specification: Kubernetes API, apps/v1, batch/v1, core/v1, discovery.k8s.io/v1,
 * networking.k8s.io/v1 Ingress, gateway.networking.k8s.io/v1 HTTPRoute, admissionregistration.k8s.io/v1,
 * apiregistration.k8s.io/v1.
 */
#ifndef SELVAGE_RESOURCE_H
#define SELVAGE_RESOURCE_H

#include <selvage/store.h>

/* The object whose controller made another (metadata.ownerReferences, `controller: true`), in the same namespace if it
 * is in any.  Both NULL: none. */
struct owner {
	const char *kind, *name; /* "Deployment", "web" */
};

/* "DNSPolicy defines how a pod's DNS will be configured." */
enum dns_policy { DNS_CLUSTER_FIRST, DNS_CLUSTER_FIRST_WITH_HOST_NET, DNS_DEFAULT, DNS_NONE, DNS_COUNT };

/* What questions and findings want to know of a pod besides. */
struct pod_detail {
	/* Of a ReplicaSet that is named after pod-template-hash, the Deployment; see also pod_top(). */
	struct owner owner;
	struct named_port *ports; /* as those of the pod, with those that have no name (NULL) */
	size_t n_ports;
	enum dns_policy dns;
	/* Has it got a token for the API server?  automountServiceAccountToken if that is given.  If it is not, a pod that
	 * the API server has admitted (it has a uid) has one if a projected volume holds one, any other pod will get one. */
	bool token;
	bool running; /* status.phase is Running */
	bool ready;   /* condition Ready is True */
};

/* Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob */
struct workload {
	struct object object;
	struct owner owner; /* of a ReplicaSet its Deployment, of a Job its CronJob */
	/* Pods it asks for: spec.replicas; parallelism of a Job; 1 if that is left out.  Of a DaemonSet,
	 * status.desiredNumberScheduled, 0 if that is not told. */
	unsigned replicas;
	/* What its pods will be: labels, ports, host network and detail, but no addresses.  Namespace, name and source are
	 * the workload's.  Never NULL. */
	struct pod *template;
};

/* A port by number or by name; 0 and NULL: none. */
struct port_ref {
	const char *name;
	uint16_t number;
};

struct service_port {
	const char *name; /* or NULL */
	uint8_t proto;    /* enum proto */
	uint16_t number;
	struct port_ref target; /* "If this is not specified, the value of the 'port' field is used" */
	uint16_t node_port;     /* 0: none */
};

enum service_type {
	SERVICE_CLUSTER_IP,
	SERVICE_NODE_PORT,
	SERVICE_LOAD_BALANCER,
	SERVICE_EXTERNAL_NAME,
	SERVICE_TYPE_COUNT
};

struct service {
	struct object object;
	enum service_type type;
	bool headless;             /* clusterIP is None */
	bool local;                /* externalTrafficPolicy is Local */
	bool unready;              /* publishNotReadyAddresses */
	struct labels selector;    /* empty: "an external process [is] managing its endpoints" */
	struct ip *ips;            /* clusterIPs */
	struct ip *external_ips;   /* externalIPs, and what a load balancer has (status.loadBalancer.ingress) */
	const char *external_name; /* of SERVICE_EXTERNAL_NAME, or NULL */
	struct service_port *ports;
	size_t n_ips, n_external_ips, n_ports;
};

struct endpoint {
	struct ip ip;
	const char *ns, *pod; /* targetRef of kind Pod; NULL: none */
	bool ready;           /* conditions.ready: "A nil value should be interpreted as 'true'" */
};

/* Every one of these addresses at every one of these ports. */
struct endpoint_set {
	struct endpoint *at;
	size_t n;
	struct named_port *ports; /* name NULL: none; number 0: every port */
	size_t n_ports;
};

/* EndpointSlice (one set), Endpoints (a set for each of its subsets) */
struct endpoints {
	struct object object;
	const char *service; /* the Service's name, or NULL */
	struct endpoint_set *sets;
	size_t n_sets;
};

/* A port of a Service, as something names it that sends there. */
struct backend {
	const char *ns, *service;
	struct port_ref port;
};

/* Who takes care of a route. */
struct route_parent {
	const char *ns, *name;
};

/* Ingress, HTTPRoute */
struct route {
	struct object object;
	struct route_parent *parents; /* the IngressClass (ns NULL), the Gateways */
	struct backend *backends;     /* in their order, repeated if they are */
	size_t n_parents, n_backends;
};

/* ValidatingWebhookConfiguration, MutatingWebhookConfiguration, APIService: whom the API server asks */
struct hook {
	struct object object;
	struct backend *backends; /* Services only; port 443 if it is left out */
	size_t n_backends;
};

/* clang-format off */
struct node {
	struct object object;
	struct ip *internal; /* status.addresses, InternalIP */
	struct ip *external; /* ExternalIP */
	struct cidr *pod_cidrs;
	size_t n_internal, n_external, n_pod_cidrs;
};
/* clang-format on */

/* What the pod belongs to in the end: its detail's owner, and that one's in turn as far as the store knows it.  Borrowed
 * from the store.  Both NULL: nothing, or the pod has no detail. */
struct owner pod_top(const struct store *store, const struct pod *pod);

/* The workload of this kind ("Deployment"), or NULL. */
const struct workload *workload_find(const struct store *store, const char *ns, const struct owner *what);

#endif
