/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Can pods ask the cluster's DNS?  NP111 dns-blocked, NP126 dns-tcp-only. */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "audit_parts.h"

#define DNS_PORT 53
#define CACHE_ADDRESS "169.254.20.10" /* where the DNS cache of a node listens, unless it was set up otherwise */

struct dns_home {
	const char *ns, *service; /* service NULL: any that has the port */
};

/* kubeadm and most others; OpenShift. */
static const struct dns_home homes[] = {{"kube-system", NULL}, {"openshift-dns", "dns-default"}};

static bool has_label(const struct pod *pod, const char *key, const char *value)
{
	const char *key_atom = atom_peek(key), *have = key_atom ? labels_find(&pod->labels, key_atom) : NULL;

	return have && !strcmp(have, value);
}

static bool is_dns_pod(const struct pod *pod)
{
	return has_label(pod, "k8s-app", "kube-dns") || has_label(pod, "k8s-app", "coredns") ||
	       has_label(pod, "app.kubernetes.io/name", "coredns");
}

static bool serves_dns(const struct service *service)
{
	unsigned protos = 0;

	for (size_t i = 0; i < service->n_ports; i++)
		if (service->ports[i].number == DNS_PORT)
			protos |= service->ports[i].proto == PROTO_UDP ? 1U : 2U;
	return protos & 1U;
}

static void add_services(struct audit_view *view)
{
	const struct port_ref port = {NULL, DNS_PORT};

	for (size_t h = 0; h < sizeof homes / sizeof *homes; h++) {
		struct audit_span span = audit_services_in(view, homes[h].ns);

		for (size_t i = span.first; i < span.end; i++) {
			const struct service *service = view->services.at[i];

			if (serves_dns(service) &&
			    (!homes[h].service || !strcmp(homes[h].service, service->object.name)))
				audit_service_targets(view, service, &port, &view->dns);
		}
	}
}

static void add_pod(struct audit_view *view, const struct audit_unit *unit, uint8_t proto, const char *name)
{
	const char *name_atom = atom_peek(name);
	uint16_t number = name_atom ? audit_port_named(unit->pod, name_atom, proto) : 0;

	*vec_add(&view->dns) = (struct audit_target){unit->class, view->classes[unit->class].families[REACH_BEFORE],
						     proto,       number ? number : DNS_PORT,
						     unit->ns,    unit->name};
}

/* Without Services, by the label that the pods have had ever since they were kube-dns. */
static void add_pods(struct audit_view *view)
{
	struct audit_span span = audit_units_in(view, homes[0].ns);

	for (size_t i = span.first; i < span.end; i++) {
		const struct audit_unit *unit = &view->audit->units.at[i];

		if (!is_dns_pod(unit->pod))
			continue;
		add_pod(view, unit, PROTO_UDP, "dns");
		add_pod(view, unit, PROTO_TCP, "dns-tcp");
	}
}

void audit_dns_find(struct audit_view *view)
{
	add_services(view);
	if (!view->dns.n)
		add_pods(view);
	for (size_t i = 0; i < view->host.n; i++)
		if (has_label(view->host.at[i], "k8s-app", "node-local-dns"))
			view->cache = true;
}

static bool is_dns_class(const struct audit_view *view, size_t class)
{
	for (size_t i = 0; i < view->dns.n; i++)
		if (view->dns.at[i].class == class)
			return true;
	return false;
}

static bool needs_dns(const struct pod *pod)
{
	return !pod->detail || pod->detail->dns == DNS_CLUSTER_FIRST ||
	       pod->detail->dns == DNS_CLUSTER_FIRST_WITH_HOST_NET;
}

/* The worst of what is said of all targets of a protocol: 1 all may be asked, 0 one may not, -1 not known. */
static int asks(const struct audit_view *view, size_t class, uint8_t proto, const struct audit_target **blocked)
{
	int worst = 1;

	for (size_t i = 0; i < view->dns.n; i++) {
		const struct audit_target *target = &view->dns.at[i];
		int one;

		if (target->proto != proto ||
		    !(reach_families(view->reach, REACH_BEFORE, class, target->class) & target->families))
			continue;
		one = audit_reaches(view, class, target);
		if (one == 0) {
			*blocked = target;
			return 0;
		}
		worst = one < worst ? one : worst;
	}
	return worst;
}

/* The same of the cache on the node. */
static bool asks_cache(const struct audit_view *view, size_t class, uint8_t proto)
{
	struct audit_target cache = {.families = 1U << FAMILY_4, .proto = proto, .port = DNS_PORT};
	struct ip ip;
	struct err err;

	if (!view->cache || ip_parse(CACHE_ADDRESS, &ip, &err))
		return false;
	cache.class = reach_class_at(view->reach, REACH_BEFORE, &ip);
	return cache.class != SIZE_MAX && audit_reaches(view, class, &cache) == 1;
}

static int asks_somehow(const struct audit_view *view, size_t class, uint8_t proto, const struct audit_target **blocked)
{
	if (asks_cache(view, class, proto))
		return 1;
	return view->dns.n ? asks(view, class, proto, blocked) : 0;
}

struct answer {
	enum audit_dns dns;
	const struct audit_target *blocked;
};

static struct answer answer_of(const struct audit_view *view, const struct audit_unit *unit)
{
	struct answer answer = {.dns = AUDIT_DNS_OK};
	int udp, tcp;

	if (!needs_dns(unit->pod) || is_dns_class(view, unit->class))
		return (struct answer){.dns = AUDIT_DNS_UNUSED};
	if (!view->dns.n && !view->cache)
		return (struct answer){.dns = AUDIT_DNS_UNKNOWN};
	tcp = asks_somehow(view, unit->class, PROTO_TCP, &answer.blocked);
	udp = asks_somehow(view, unit->class, PROTO_UDP, &answer.blocked);
	if (udp < 0 || (udp && tcp < 0))
		answer.dns = AUDIT_DNS_UNKNOWN;
	else if (!udp)
		answer.dns = AUDIT_DNS_BROKEN;
	else if (!tcp)
		answer.dns = AUDIT_DNS_UDP_ONLY;
	return answer;
}

/* Is it the way out that is closed, and not the DNS pods' way in? */
static bool blocked_at_egress(const struct audit_view *view, size_t class, const struct audit_target *target,
			      uint8_t proto)
{
	uint8_t families;

	if (!target)
		return true;
	families = reach_families(view->reach, REACH_BEFORE, class, target->class) & target->families;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct reach_link link;

		if (!(families & 1U << f))
			continue;
		link = reach_ports(view->reach, REACH_BEFORE, class, target->class, (enum family)f);
		if (!portset_has(link.egress.maybe, proto, target->port))
			return true;
	}
	return false;
}

static void say_blocked(const struct audit_view *view, const struct audit_unit *unit, const struct answer *answer)
{
	bool tcp = answer->dns == AUDIT_DNS_UDP_ONLY;
	const struct audit_target *target = answer->blocked;
	bool out = blocked_at_egress(view, unit->class, target, tcp ? PROTO_TCP : PROTO_UDP);
	char *names = audit_isolating_names(view, out || !target ? unit->class : target->class,
					    out ? DIRECTION_EGRESS : DIRECTION_INGRESS);
	unsigned port = target ? target->port : DNS_PORT;
	const char *proto = tcp ? "TCP" : "UDP";
	struct finding *finding;

	if (!out) /* one finding, however many ask */
		finding = audit_about_unit(view, "NP111", view->stand[target->class],
					   "isolated by %s, does not admit all pods that need it to %s %u", names,
					   proto, port);
	else if (target && target->ns)
		finding = audit_about_unit(view, "NP111", unit, "egress-isolated by %s; nothing admits %s %u to %s/%s",
					   names, proto, port, target->ns, target->name);
	else
		finding =
			audit_about_unit(view, "NP111", unit, "egress-isolated by %s; nothing admits %s %u to the DNS",
					 names, proto, port);
	if (tcp)
		finding->severity = SEVERITY_MEDIUM;
	audit_key(finding, "%s", proto);
	free(names);
}

/* What is worse to know of a namespace. */
static void row_add(struct audit_ns *row, enum audit_dns dns)
{
	static const int rank[] = {
		[AUDIT_DNS_UNUSED] = 0,   [AUDIT_DNS_OK] = 1,     [AUDIT_DNS_UNKNOWN] = 2,
		[AUDIT_DNS_UDP_ONLY] = 3, [AUDIT_DNS_BROKEN] = 4,
	};

	if (rank[dns] > rank[row->dns])
		row->dns = dns;
}

/* Is a UDP port 53 open to anybody, by any policy that isolates the class? */
static bool admits_udp(const struct audit_view *view, size_t class)
{
	const struct policy *const *policies;
	size_t n;

	policies = audit_isolating(view, class, DIRECTION_EGRESS, &n);
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < policies[i]->n_rules; r++) {
			const struct rule *rule = &policies[i]->rules[r];

			if (rule->direction != DIRECTION_EGRESS)
				continue;
			for (size_t p = 0; p < rule->n_ports; p++)
				if (rule->ports[p].proto == PROTO_UDP && !rule->ports[p].nothing &&
				    (rule->ports[p].name ||
				     (rule->ports[p].lo <= DNS_PORT && DNS_PORT <= rule->ports[p].hi)))
					return true;
			if (rule->every_port)
				return true;
		}
	return false;
}

static bool is_tcp_53(const struct rule *rule)
{
	for (size_t i = 0; rule->direction == DIRECTION_EGRESS && i < rule->n_ports; i++)
		if (rule->ports[i].proto == PROTO_TCP && !rule->ports[i].name && !rule->ports[i].nothing &&
		    rule->ports[i].lo == DNS_PORT && rule->ports[i].hi == DNS_PORT)
			return true;
	return false;
}

/* NP126 */
static void check_tcp_only(const struct audit_view *view, const struct policy *policy, const struct rule *rule)
{
	struct audit_span span = audit_units_in(view, policy->object.ns);
	struct audit_names names = {VEC_EMPTY};
	char *list;

	if (!policy->types[DIRECTION_EGRESS] || !is_tcp_53(rule))
		return;
	for (size_t i = span.first; i < span.end; i++) {
		const struct audit_unit *unit = &view->audit->units.at[i];

		if (policy_selects(policy, unit->pod) && !admits_udp(view, unit->class))
			audit_names_add(&names, unit->name);
	}
	if (!names.n)
		return;
	list = audit_names_take(&names);
	audit_key(audit_about_rule(view, "NP126", policy, rule, "admits TCP 53, and nothing admits UDP 53 for %s",
				   list),
		  "tcp");
	free(list);
}

static void check_unit(const struct audit_view *view, size_t first, size_t end)
{
	struct audit_ns *row = audit_row(view, view->audit->units.at[first].ns);
	struct answer worst = {.dns = AUDIT_DNS_UNUSED};
	const struct audit_unit *unit = NULL;

	for (size_t i = first; i < end; i++) {
		struct answer answer = answer_of(view, &view->audit->units.at[i]);

		row_add(row, answer.dns);
		if ((answer.dns == AUDIT_DNS_UDP_ONLY || answer.dns == AUDIT_DNS_BROKEN) &&
		    (!unit || worst.dns == AUDIT_DNS_UDP_ONLY)) {
			worst = answer;
			unit = &view->audit->units.at[i];
		}
	}
	if (unit)
		say_blocked(view, unit, &worst);
}

void audit_dns_check(const struct audit_view *view)
{
	for (size_t i = 0; i < view->audit->units.n; i = audit_unit_end(view, i))
		check_unit(view, i, audit_unit_end(view, i));
	for (size_t i = 0; i < view->policies.n; i++)
		for (size_t r = 0; r < view->policies.at[i]->n_rules; r++)
			check_tcp_only(view, view->policies.at[i], &view->policies.at[i]->rules[r]);
}
