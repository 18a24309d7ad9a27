/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks of an audit have from each other: the cluster in the order in which they look at it. */
#ifndef SELVAGE_AUDIT_PARTS_H
#define SELVAGE_AUDIT_PARTS_H

#include <selvage/audit.h>

struct audit_span {
	size_t first, end;
};

struct audit_pods {
	VEC(const struct pod *); /* by namespace and name */
};

struct audit_ips {
	VEC(struct ip); /* sorted */
};

struct audit_policies {
	VEC(const struct policy *); /* by namespace and name */
};

struct audit_services {
	VEC(const struct service *); /* by namespace and name */
};

/* Where something listens: a class of pods or of addresses, and a port of it. */
struct audit_target {
	size_t class;
	uint8_t families; /* bits 1 << enum family of the addresses that are asked */
	uint8_t proto;
	uint16_t port;
	const char *ns, *name; /* whose pods these are; NULL: nobody's */
};

struct audit_targets {
	VEC(struct audit_target);
};

struct audit_view {
	struct audit *audit; /* what is made */
	const struct audit_input *input;
	const struct store *store;
	const struct reach *reach;
	const struct reach_class *classes;
	size_t n_classes, n_pod_classes; /* those of pods come first */
	const struct reach_ns *spaces;
	size_t n_spaces;                 /* with the last one, outside */
	const struct audit_unit **stand; /* a unit of each class of pods */
	struct audit_policies policies;
	struct audit_services services;
	struct audit_pods host; /* on the host network, not finished */
	struct audit_ips ips;   /* of all pods that are in a class */
	struct audit_targets dns;
	bool cache; /* there is a DNS cache on each node */
};

void audit_view_make(struct audit *audit, const struct audit_input *input, struct audit_view *out);
void audit_view_fini(struct audit_view *view);

/* Those of one namespace. */
struct audit_span audit_units_in(const struct audit_view *view, const char *ns);
struct audit_span audit_policies_in(const struct audit_view *view, const char *ns);
struct audit_span audit_services_in(const struct audit_view *view, const char *ns);

/* The row of a namespace. */
struct audit_ns *audit_row(const struct audit_view *view, const char *ns);

/* The index behind the last unit that has the owner of unit i. */
size_t audit_unit_end(const struct audit_view *view, size_t i);

/* How many pods the units have. */
size_t audit_count_pods(const struct audit_view *view, size_t first, size_t end);

/* The policies that isolate a class. */
const struct policy *const *audit_isolating(const struct audit_view *view, size_t class, enum direction direction,
					    size_t *n);

/* Their names, for a message; yours to free(). */
char *audit_isolating_names(const struct audit_view *view, size_t class, enum direction direction);

/* Do the labels match a namespace selector?  Of a namespace that is known only by name, -1: they may. */
int audit_ns_matches(const struct audit_view *view, const char *ns, const struct selector *selector);

/* Does a peer of a policy mean the pod? */
bool audit_peer_means(const struct audit_view *view, const struct policy *policy, const struct peer *peer,
		      const struct pod *pod);

/* Does a rule mean the pod, by a selector or because it means everyone? */
bool audit_rule_means(const struct audit_view *view, const struct policy *policy, const struct rule *rule,
		      const struct pod *pod);

/* May the class send to the target, as far as both ends' policies say: -1 if that hangs on addresses that are not known. */
int audit_reaches(const struct audit_view *view, size_t from, const struct audit_target *target);

/* The pods and addresses behind a Service, at one of its ports; with port 0 and name NULL, at all of them. */
void audit_service_targets(const struct audit_view *view, const struct service *service, const struct port_ref *port,
			   struct audit_targets *out);

/* Does the Service select the pod? */
bool audit_service_selects(const struct service *service, const struct pod *pod);

/* Does a container of the pod declare the port?  By name; by number. */
uint16_t audit_port_named(const struct pod *pod, const char *name, uint8_t proto);
bool audit_port_declared(const struct pod *pod, uint8_t proto, uint16_t number);
bool audit_port_any(const struct pod *pod);

/* A finding about a workload, a policy, a rule of it (rule may be NULL).  Yours to fill in until the next. */
struct finding *audit_about_unit(const struct audit_view *view, const char *id, const struct audit_unit *unit,
				 const char *fmt, ...) __attribute__((format(printf, 4, 5)));
struct finding *audit_about_rule(const struct audit_view *view, const char *id, const struct policy *policy,
				 const struct rule *rule, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
struct finding *audit_about_object(const struct audit_view *view, const char *id, const struct object *object,
				   const char *fmt, ...) __attribute__((format(printf, 4, 5)));
struct finding *audit_about_ns(const struct audit_view *view, const char *id, const char *ns, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Sorts the findings, keeps each once, and counts them. */
void audit_tidy(struct audit *audit);

/* What makes a finding the same next time. */
void audit_key(struct finding *finding, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A list of names that is cut when it gets long: "a, b, c and 4 more".  Init with a zeroed struct; audit_names_take() gives
 * the text, yours to free(), and empties it. */
struct audit_names {
	VEC(const char
		    *); /* atoms or other strings that live as long; repeated ones count once if they are neighbours */
};
void audit_names_add(struct audit_names *names, const char *name);
char *audit_names_take(struct audit_names *names);

/* "TCP 80", "UDP 53" of a port set, yours to free(). */
char *audit_ports_text(const struct portset *ports);

/* Appends the addresses of an ipBlock, sorted. */
void audit_peer_ranges(const struct peer *peer, struct ip_ranges *out);

/* The addresses of a rule's ipBlocks of one family; normalised, yours to vec_free(). */
void audit_rule_ranges(const struct rule *rule, enum family family, struct ip_ranges *out);

/* The checks, each family in its file. */
void audit_isolation(const struct audit_view *view);  /* NP101-105 */
void audit_dns_check(const struct audit_view *view);  /* NP111, NP126 */
void audit_backends(const struct audit_view *view);   /* NP112-114 */
void audit_selectors(const struct audit_view *view);  /* NP121, NP122 */
void audit_ports(const struct audit_view *view);      /* NP123-125 */
void audit_lists(const struct audit_view *view);      /* NP127, NP131-133 */
void audit_blocks(const struct audit_view *view);     /* NP141-147 */
void audit_redundancy(const struct audit_view *view); /* NP151-153 */

/* Finds where the cluster's DNS is: fills view->dns and view->cache. */
void audit_dns_find(struct audit_view *view);

#endif
