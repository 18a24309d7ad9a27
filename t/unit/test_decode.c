/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do documents of pods and namespaces, and lists of them, say? */
#include "collect.h"

static const struct pod *pod_of(const struct collect *c)
{
	cr_assert_eq(c->n, 1, "%zu objects", c->n);
	cr_assert_eq(c->at[0]->kind, OBJECT_POD);
	return (const struct pod *)(const void *)c->at[0];
}

static const struct namespace *namespace_of(const struct collect *c)
{
	cr_assert_eq(c->n, 1, "%zu objects", c->n);
	cr_assert_eq(c->at[0]->kind, OBJECT_NAMESPACE);
	return (const struct namespace *)(const void *)c->at[0];
}

static const char *label_of(const struct labels *labels, const char *key)
{
	const char *key_atom = atom_peek(key);

	return key_atom ? labels_find(labels, key_atom) : NULL;
}

static void wants_ip(const struct ip *ip, const char *text)
{
	char buf[IP_TEXT];

	cr_assert_str_eq(ip_print(ip, buf), text);
}

static const char full_pod[] = "apiVersion: v1\n"
			       "kind: Pod\n"
			       "metadata:\n"
			       "  name: web\n"
			       "  namespace: shop\n"
			       "  creationTimestamp: '2024-05-01T12:00:00Z'\n"
			       "  deletionTimestamp: '2024-05-01T13:00:00Z'\n"
			       "  labels: {app: web, tier: front}\n"
			       "spec:\n"
			       "  nodeName: node-1\n"
			       "  hostNetwork: true\n"
			       "  containers:\n"
			       "  - ports:\n"
			       "    - {name: http, containerPort: 8080}\n"
			       "    - {containerPort: 9090}\n"
			       "    - {name: dns, containerPort: 53, protocol: UDP}\n"
			       "  - name: without\n"
			       "  initContainers:\n"
			       "  - ports: [{name: early, containerPort: 1}]\n"
			       "  - restartPolicy: Always\n"
			       "    ports: [{name: side, containerPort: 2, protocol: SCTP}]\n"
			       "status:\n"
			       "  phase: Running\n"
			       "  podIP: 10.0.0.1\n"
			       "  podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}, {ip: 10.0.0.1}]\n"
			       "  hostIP: 192.168.0.1\n"
			       "  hostIPs: [{ip: 192.168.0.1}, {ip: 'fd01::1'}]\n";

UNIT(decode, a_pod_is_read_in_full)
{
	struct collect c = collect_text(full_pod);
	const struct pod *pod = pod_of(&c);

	collect_wants_none(&c);
	cr_assert_str_eq(pod->object.ns, "shop");
	cr_assert_str_eq(pod->object.name, "web");
	cr_assert_str_eq(pod->object.source.file, "t.yaml");
	cr_assert(pod->object.source.line == 1 && pod->object.source.col == 1);
	cr_assert_eq(pod->labels.n, 2);
	cr_assert_str_eq(label_of(&pod->labels, "tier"), "front");
	cr_assert_str_eq(pod->node, "node-1");
	cr_assert(pod->host_network && pod->terminating && !pod->finished);
	cr_assert_eq(pod->created, 1714564800);
	cr_assert_eq(pod->n_ips, 2);
	wants_ip(&pod->ips[0], "10.0.0.1");
	wants_ip(&pod->ips[1], "fd00::1");
	cr_assert_eq(pod->n_host_ips, 2);
	wants_ip(&pod->host_ips[1], "fd01::1");
	collect_clear(&c);
}

UNIT(decode, named_ports_of_containers_and_sidecars_are_kept)
{
	struct collect c = collect_text(full_pod);
	const struct pod *pod = pod_of(&c);

	cr_assert_eq(pod->n_ports, 3);
	cr_assert_str_eq(pod->ports[0].name, "http");
	cr_assert(pod->ports[0].proto == PROTO_TCP && pod->ports[0].number == 8080);
	cr_assert_str_eq(pod->ports[1].name, "dns");
	cr_assert_eq(pod->ports[1].proto, PROTO_UDP);
	cr_assert_str_eq(pod->ports[2].name, "side");
	cr_assert_eq(pod->ports[2].proto, PROTO_SCTP);
	collect_clear(&c);
}

UNIT(decode, a_pod_needs_no_more_than_a_name)
{
	struct collect c = collect_text("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n");
	const struct pod *pod = pod_of(&c);

	collect_wants_none(&c);
	cr_assert_str_eq(pod->object.ns, "default");
	cr_assert(!pod->node && !pod->host_network && !pod->terminating && !pod->finished);
	cr_assert(!pod->n_ips && !pod->n_host_ips && !pod->n_ports && !pod->labels.n && !pod->created);
	collect_clear(&c);
}

UNIT(decode, what_is_null_is_left_out)
{
	struct collect c =
		collect_text("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace:\n  labels:\n"
			     "  creationTimestamp: null\n  deletionTimestamp: null\nspec:\nstatus: {podIPs: null}\n");
	const struct pod *pod = pod_of(&c);

	collect_wants_none(&c);
	cr_assert_str_eq(pod->object.ns, "default");
	cr_assert_not(pod->terminating);
	collect_clear(&c);
}

UNIT(decode, a_single_pod_ip_counts_if_there_is_no_list)
{
	struct collect c = collect_text("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
					"status: {phase: Failed, podIP: 10.0.0.1, hostIP: 10.1.0.1, podIPs: []}\n");
	const struct pod *pod = pod_of(&c);

	collect_wants_none(&c);
	cr_assert(pod->finished && pod->n_ips == 1 && pod->n_host_ips == 1);
	wants_ip(&pod->ips[0], "10.0.0.1");
	collect_clear(&c);
}

UNIT(decode, an_empty_pod_ip_is_none)
{
	struct collect c = collect_text("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nstatus: {podIP: ''}\n");

	collect_wants_none(&c);
	cr_assert_eq(pod_of(&c)->n_ips, 0);
	collect_clear(&c);
}

UNIT(decode, an_address_that_cannot_be_read_is_left_out)
{
	struct collect c = collect_text("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
					"status: {podIPs: [{ip: 10.0.0.256}, {ip: 10.0.0.1}]}\n");

	collect_wants(&c,
		      "4:24: pod default/web: status.podIPs[0].ip: Invalid value: \"10.0.0.256\": must be a valid IP "
		      "address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
	cr_assert_eq(pod_of(&c)->n_ips, 1);
	collect_clear(&c);
}

static int64_t created(const char *time)
{
	char text[200];
	struct collect c;
	int64_t result;

	snprintf(text, sizeof text, "apiVersion: v1\nkind: Pod\nmetadata: {name: web, creationTimestamp: '%s'}\n",
		 time);
	c = collect_text(text);
	result = c.problems.n ? -1 : pod_of(&c)->created;
	collect_clear(&c);
	return result;
}

UNIT(decode, times_are_those_of_rfc_3339)
{
	cr_assert_eq(created("1970-01-01T00:00:01Z"), 1);
	cr_assert_eq(created("2024-05-01T12:00:00.123456Z"), 1714564800);
	cr_assert_eq(created("2024-05-01T14:00:00+02:00"), 1714564800);
	cr_assert_eq(created("2024-05-01T10:30:00-01:30"), 1714564800);
	cr_assert_eq(created("2024-05-01T12:00:00"), -1);
	cr_assert_eq(created("2024-05-01T12:00:00Zulu"), -1);
	cr_assert_eq(created("2024-05-01T12:00:00+02"), -1);
	cr_assert_eq(created("2024-05-01"), -1);
	cr_assert_eq(created(""), -1);
}

UNIT(decode, a_namespace_always_has_its_name_as_a_label)
{
	struct collect c = collect_text("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  namespace: 5\n"
					"  labels: {team: a, kubernetes.io/metadata.name: other}\n");
	const struct namespace *ns = namespace_of(&c);

	collect_wants_none(&c);
	cr_assert_null(ns->object.ns);
	cr_assert_str_eq(label_of(&ns->labels, "kubernetes.io/metadata.name"), "shop");
	cr_assert_str_eq(label_of(&ns->labels, "team"), "a");
	cr_assert_not(ns->terminating);
	collect_clear(&c);
}

UNIT(decode, a_namespace_terminates_by_phase_or_deletion)
{
	struct collect phase = collect_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
					    "status: {phase: Terminating}\n");
	struct collect deletion = collect_text("apiVersion: v1\nkind: Namespace\n"
					       "metadata: {name: shop, deletionTimestamp: '2024-05-01T12:00:00Z'}\n");

	cr_assert(namespace_of(&phase)->terminating);
	cr_assert(namespace_of(&deletion)->terminating);
	collect_clear(&phase);
	collect_clear(&deletion);
}

UNIT(decode, items_of_a_list_have_its_kind_unless_they_say_another)
{
	struct collect c = collect_text("apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n"
					"- {apiVersion: v1, kind: Namespace, metadata: {name: b}}\n"
					"- {kind: Pod, metadata: {name: c}}\n");

	collect_wants_none(&c);
	cr_assert_eq(c.n, 3);
	cr_assert_eq(c.at[0]->kind, OBJECT_POD);
	cr_assert_eq(c.at[1]->kind, OBJECT_NAMESPACE);
	cr_assert_eq(c.at[2]->kind, OBJECT_POD);
	cr_assert(c.at[0]->source.line == 4 && c.at[0]->source.col == 3);
	collect_clear(&c);
}

UNIT(decode, lists_may_hold_lists)
{
	struct collect c = collect_text("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: NamespaceList\n"
					"  items:\n  - metadata: {name: a}\n");

	collect_wants_none(&c);
	cr_assert_str_eq(namespace_of(&c)->object.name, "a");
	collect_clear(&c);
}

UNIT(decode, a_list_without_items_is_empty)
{
	struct collect c =
		collect_text("apiVersion: v1\nkind: List\n---\n{apiVersion: v1, kind: PodList, items: null}\n");

	collect_wants_none(&c);
	cr_assert_eq(c.n, 0);
	collect_clear(&c);
}

UNIT(decode, other_kinds_are_skipped_whatever_they_hold)
{
	struct collect c = collect_text("apiVersion: apps/v1\nkind: Deployment\nmetadata: 5\n---\n"
					"apiVersion: crd.projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {}\n---\n"
					"apiVersion: crd.projectcalico.org/v3\nkind: NetworkPolicyList\nitems: 5\n---\n"
					"apiVersion: metrics.k8s.io/v1beta1\nkind: PodList\nitems: 5\n---\n"
					"apiVersion: example.com/v1\nkind: List\nitems: 5\n---\n"
					"apiVersion: metrics.k8s.io/v1beta1\nkind: Pod\n");

	collect_wants_none(&c);
	cr_assert_eq(c.n, 0);
	collect_clear(&c);
}

UNIT(decode, an_object_from_the_api_has_no_place)
{
	json_t *root = json_pack("{s:s, s:s, s:{s:s, s:i}}", "apiVersion", "v1", "kind", "Pod", "metadata", "name",
				 "web", "labels", 5);
	const struct document doc = {.root = root};
	struct collect c = {0};
	const struct sink sink = collect_sink(&c);

	decode_document(&doc, &sink);
	collect_wants(&c, "0:0: pod default/web: metadata.labels: must be an object, is a number");
	cr_assert_null(pod_of(&c)->object.source.file);
	collect_clear(&c);
	json_decref(root);
}
