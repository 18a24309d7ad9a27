/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do documents say that decide no packet: workloads, Services, routes, and the details of pods? */
#include <selvage/resource.h>

#include "collect.h"

#define AS(struct_type, object) ((const struct struct_type *)(const void *)(object))

/* Everything that a text says to a wide sink. */
static void wide_document(void *ctx, const struct document *doc)
{
	struct sink sink = collect_sink(ctx);

	sink.wide = true;
	decode_document(doc, &sink);
}

static struct collect wide_text(const char *text)
{
	struct collect c = {0};
	const char *file = atom("t.yaml");

	cr_assert_eq(manifest_parse(file, text, strlen(text), wide_document, collect_problem, &c), 0);
	atom_put(file);
	return c;
}

static const struct object *only(const struct collect *c, enum object_kind kind)
{
	collect_wants_none(c);
	cr_assert_eq(c->n, 1, "%zu objects", c->n);
	cr_assert_eq(c->at[0]->kind, kind);
	return c->at[0];
}

static void wants_ip(const struct ip *ip, const char *text)
{
	char buf[IP_TEXT];

	cr_assert_str_eq(ip_print(ip, buf), text);
}

static void wants_backend(const struct backend *backend, const char *ns, const char *service, const char *name,
			  unsigned number)
{
	cr_assert_str_eq(backend->ns, ns);
	cr_assert_str_eq(backend->service, service);
	cr_assert_eq(!backend->port.name, !name);
	if (name)
		cr_assert_str_eq(backend->port.name, name);
	cr_assert_eq(backend->port.number, number);
}

static const char detailed_pod[] =
	"apiVersion: v1\n"
	"kind: Pod\n"
	"metadata:\n"
	"  name: web-5d4f-abcde\n"
	"  namespace: shop\n"
	"  uid: 1\n"
	"  labels: {app: web, pod-template-hash: 5d4f}\n"
	"  ownerReferences:\n"
	"  - {apiVersion: v1, kind: ConfigMap, name: other, uid: 2}\n"
	"  - {apiVersion: apps/v1, kind: ReplicaSet, name: web-5d4f, uid: 3, controller: true}\n"
	"spec:\n"
	"  dnsPolicy: Default\n"
	"  containers:\n"
	"  - env: [{name: SECRET, value: hush}]\n"
	"    ports: [{containerPort: 9090}, {name: http, containerPort: 8080}]\n"
	"  volumes:\n"
	"  - {name: conf, configMap: {name: conf}}\n"
	"  - {name: token, projected: {sources: [{configMap: {name: ca}}, {serviceAccountToken: {path: token}}]}}\n"
	"status:\n"
	"  phase: Running\n"
	"  podIP: 10.0.0.1\n"
	"  conditions: [{type: Initialized, status: 'True'}, {type: Ready, status: 'True'}]\n";

UNIT(decode_resource, a_pod_has_its_details)
{
	struct collect c = wide_text(detailed_pod);
	const struct pod *pod = AS(pod, only(&c, OBJECT_POD));
	const struct pod_detail *detail = pod->detail;

	cr_assert_str_eq(detail->owner.kind, "Deployment");
	cr_assert_str_eq(detail->owner.name, "web");
	cr_assert_eq(detail->n_ports, 2);
	cr_assert(!detail->ports[0].name && detail->ports[0].number == 9090);
	cr_assert_str_eq(detail->ports[1].name, "http");
	cr_assert_eq(detail->dns, DNS_DEFAULT);
	cr_assert(detail->token && detail->running && detail->ready);
	cr_assert_eq(pod->n_ports, 1);
	collect_clear(&c);
}

UNIT(decode_resource, a_sink_that_is_not_wide_gets_none_of_it)
{
	struct collect c = collect_text(detailed_pod);

	cr_assert_null(AS(pod, only(&c, OBJECT_POD))->detail);
	collect_clear(&c);
	c = collect_text("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: 7}\n---\n"
			 "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Node, metadata: {name: 7}}]\n---\n"
			 "apiVersion: v1\nkind: Namespace\n"
			 "metadata: {name: shop, annotations: {selvage.io/ignore: NP142=known}}\n");
	cr_assert_null(AS(namespace, only(&c, OBJECT_NAMESPACE))->ignore);
	collect_clear(&c);
}

/* metadata and spec of a pod that has, or not, a token. */
static bool token_of(const char *meta, const char *spec)
{
	struct collect c;
	char *text;
	bool token;

	cr_assert_geq(asprintf(&text, "apiVersion: v1\nkind: Pod\nmetadata: {name: web%s}\nspec: {%s}\n", meta, spec),
		      0);
	c = wide_text(text);
	token = AS(pod, only(&c, OBJECT_POD))->detail->token;
	collect_clear(&c);
	free(text);
	return token;
}

UNIT(decode_resource, a_token_is_mounted_unless_it_is_declined)
{
	static const char vault[] = "volumes: [{projected: {sources: [{serviceAccountToken: {audience: vault}}]}}]";

	cr_assert(token_of("", ""));
	cr_assert_not(token_of(", uid: 1", ""));
	cr_assert(token_of(", uid: 1", "automountServiceAccountToken: true"));
	cr_assert_not(token_of("", "automountServiceAccountToken: false"));
	cr_assert(token_of(", uid: 1", "volumes: [{projected: {sources: [{serviceAccountToken: {path: token}}]}}]"));
	cr_assert_not(token_of(", uid: 1", vault));
}

/* "KIND/NAME", "" if there is none. */
static void wants_owner(const char *labels, const char *references, const char *kind, const char *name)
{
	struct collect c;
	const struct pod_detail *detail;
	char *text;

	cr_assert_geq(asprintf(&text,
			       "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {%s}, ownerReferences: [%s]}\n",
			       labels, references),
		      0);
	c = wide_text(text);
	detail = AS(pod, only(&c, OBJECT_POD))->detail;
	cr_assert_str_eq(detail->owner.kind ? detail->owner.kind : "", kind);
	cr_assert_str_eq(detail->owner.name ? detail->owner.name : "", name);
	collect_clear(&c);
	free(text);
}

UNIT(decode_resource, only_a_hash_that_the_name_ends_with_makes_a_deployment)
{
	static const char set[] = "{kind: ReplicaSet, name: web-5d4f, controller: true}";

	wants_owner("pod-template-hash: 5d4f", set, "Deployment", "web");
	wants_owner("", set, "ReplicaSet", "web-5d4f");
	wants_owner("pod-template-hash: d4f", set, "ReplicaSet", "web-5d4f");
	wants_owner("pod-template-hash: web-5d4f", set, "ReplicaSet", "web-5d4f");
	wants_owner("pod-template-hash: 5d4f", "{kind: StatefulSet, name: web-5d4f, controller: true}", "StatefulSet",
		    "web-5d4f");
	wants_owner("", "{kind: ReplicaSet, name: web}", "", "");
	wants_owner("", "", "", "");
}

UNIT(decode_resource, a_template_is_a_pod_without_addresses)
{
	struct collect c =
		wide_text("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
			  "spec:\n  replicas: 3\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
			  "      hostNetwork: true\n      containers: [{ports: [{containerPort: 80}]}]\n");
	const struct workload *workload = AS(workload, only(&c, OBJECT_DEPLOYMENT));

	cr_assert_eq(workload->replicas, 3);
	cr_assert_str_eq(workload->template->object.name, "web");
	cr_assert_str_eq(workload->template->object.ns, "shop");
	cr_assert_eq(workload->template->object.source.line, 1);
	cr_assert(workload->template->host_network && !workload->template->n_ips);
	cr_assert_str_eq(workload->template->labels.at[0].value, "web");
	cr_assert_eq(workload->template->detail->ports[0].number, 80);
	collect_clear(&c);
}

UNIT(decode_resource, every_kind_of_workload_counts_its_pods)
{
	struct collect c = wide_text(
		"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: w}\n---\n"
		"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: w}\nstatus: {desiredNumberScheduled: 4}\n---\n"
		"apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: w}\nspec: {replicas: 0}\n---\n"
		"apiVersion: v1\nkind: ReplicationController\nmetadata: {name: w}\nspec: {replicas: 2}\n---\n"
		"apiVersion: batch/v1\nkind: Job\nmetadata: {name: w}\nspec: {parallelism: 5}\n---\n"
		"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: w}\n"
		"spec: {jobTemplate: {spec: {parallelism: 6, template: {metadata: {labels: {app: cron}}}}}}\n");
	static const unsigned replicas[] = {1, 4, 0, 2, 5, 6};

	collect_wants_none(&c);
	cr_assert_eq(c.n, 6);
	for (size_t i = 0; i < c.n; i++) {
		cr_assert_eq(AS(workload, c.at[i])->replicas, replicas[i], "%zu", i);
		cr_assert_not_null(AS(workload, c.at[i])->template);
	}
	cr_assert_str_eq(AS(workload, c.at[5])->template->labels.at[0].value, "cron");
	collect_clear(&c);
}

UNIT(decode_resource, a_service_has_ports_and_addresses)
{
	struct collect c = wide_text(
		"apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  type: LoadBalancer\n"
		"  clusterIP: 10.96.0.5\n  clusterIPs: [10.96.0.5, 'fd00::5']\n  externalIPs: [203.0.113.1]\n"
		"  externalTrafficPolicy: Local\n  publishNotReadyAddresses: true\n  selector: {app: web}\n  ports:\n"
		"  - {name: http, port: 80, targetPort: web, nodePort: 30080}\n  - {port: 53, protocol: UDP}\n"
		"status: {loadBalancer: {ingress: [{ip: 203.0.113.9}, {hostname: lb.example.com}]}}\n");
	const struct service *service = AS(service, only(&c, OBJECT_SERVICE));

	cr_assert_eq(service->type, SERVICE_LOAD_BALANCER);
	cr_assert(service->local && service->unready && !service->headless);
	cr_assert(service->n_ips == 2 && service->n_external_ips == 2 && service->n_ports == 2);
	wants_ip(&service->ips[1], "fd00::5");
	wants_ip(&service->external_ips[1], "203.0.113.9");
	cr_assert_str_eq(service->ports[0].target.name, "web");
	cr_assert(service->ports[0].number == 80 && service->ports[0].node_port == 30080);
	cr_assert(service->ports[1].proto == PROTO_UDP && service->ports[1].target.number == 53);
	collect_clear(&c);
}

UNIT(decode_resource, services_without_addresses)
{
	struct collect c =
		wide_text("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIP: None}\n---\n"
			  "apiVersion: v1\nkind: Service\nmetadata: {name: b}\n"
			  "spec: {type: ExternalName, externalName: db.example.com}\n---\n"
			  "apiVersion: v1\nkind: Service\nmetadata: {name: c}\nspec: {clusterIP: ''}\n");

	collect_wants_none(&c);
	cr_assert_eq(c.n, 3);
	cr_assert(AS(service, c.at[0])->headless && !AS(service, c.at[0])->n_ips);
	cr_assert_str_eq(AS(service, c.at[1])->external_name, "db.example.com");
	cr_assert(!AS(service, c.at[2])->headless && !AS(service, c.at[2])->n_ips);
	collect_clear(&c);
}

UNIT(decode_resource, endpoints_are_read_from_slices_and_subsets)
{
	struct collect c = wide_text(
		"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		"metadata: {name: web-abc, namespace: shop, labels: {kubernetes.io/service-name: web}}\n"
		"addressType: IPv4\nendpoints:\n"
		"- {addresses: [10.0.0.1], targetRef: {kind: Pod, namespace: shop, name: web-1}}\n"
		"- {addresses: [10.0.0.2], conditions: {ready: false}}\nports: [{name: http, port: 8080}, {name: "
		"''}]\n---\n"
		"apiVersion: v1\nkind: Endpoints\nmetadata: {name: db, namespace: shop}\nsubsets:\n"
		"- {addresses: [{ip: 10.0.0.3}], notReadyAddresses: [{ip: 10.0.0.4}], ports: [{port: 5432}]}\n"
		"- {addresses: [{ip: 10.0.0.3}], ports: [{port: 6432}]}\n");
	const struct endpoints *slice = AS(endpoints, c.at[0]), *subsets = AS(endpoints, c.at[1]);

	collect_wants_none(&c);
	cr_assert_str_eq(slice->service, "web");
	cr_assert(slice->n_sets == 1 && slice->sets[0].n == 2 && slice->sets[0].n_ports == 2);
	cr_assert_str_eq(slice->sets[0].at[0].pod, "web-1");
	cr_assert(slice->sets[0].at[0].ready && !slice->sets[0].at[1].ready);
	cr_assert(slice->sets[0].ports[0].number == 8080 && !slice->sets[0].ports[1].number);
	cr_assert_str_eq(subsets->service, "db");
	cr_assert(subsets->n_sets == 2 && subsets->sets[0].n == 2 && !subsets->sets[0].at[1].ready);
	cr_assert_eq(subsets->sets[1].ports[0].number, 6432);
	collect_clear(&c);
}

UNIT(decode_resource, routes_lead_to_services)
{
	struct collect c = wide_text(
		"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\nspec:\n"
		"  ingressClassName: nginx\n  defaultBackend: {service: {name: main, port: {name: http}}}\n"
		"  rules: [{http: {paths: [{path: /, backend: {service: {name: api, port: {number: 80}}}},\n"
		"    {path: /x, backend: {resource: {kind: Bucket, name: x}}}]}}]\n---\n"
		"apiVersion: gateway.networking.k8s.io/v1beta1\nkind: HTTPRoute\nmetadata: {name: web, namespace: "
		"shop}\n"
		"spec:\n  parentRefs: [{name: gw, namespace: infra}, {kind: Service, group: '', name: mesh}]\n"
		"  rules: [{backendRefs: [{name: api, port: 8080}, {name: other, namespace: bank, port: 1},\n"
		"    {group: x.io, kind: Function, name: f}]}]\n");
	const struct route *ingress = AS(route, c.at[0]), *route = AS(route, c.at[1]);

	collect_wants_none(&c);
	cr_assert(ingress->n_parents == 1 && ingress->n_backends == 2);
	cr_assert_null(ingress->parents[0].ns);
	cr_assert_str_eq(ingress->parents[0].name, "nginx");
	wants_backend(&ingress->backends[0], "shop", "main", "http", 0);
	wants_backend(&ingress->backends[1], "shop", "api", NULL, 80);
	cr_assert(route->n_parents == 1 && route->n_backends == 2);
	cr_assert_str_eq(route->parents[0].ns, "infra");
	wants_backend(&route->backends[0], "shop", "api", NULL, 8080);
	wants_backend(&route->backends[1], "bank", "other", NULL, 1);
	collect_clear(&c);
}

UNIT(decode_resource, hooks_of_one_name_are_two_objects)
{
	struct collect c = wide_text(
		"apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: "
		"h}\n"
		"webhooks: [{clientConfig: {service: {namespace: infra, name: hook, port: 8443}}},\n"
		"  {clientConfig: {url: 'https://example.com'}}]\n---\n"
		"apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: h}\n"
		"webhooks: [{clientConfig: {service: {namespace: infra, name: hook}}}]\n---\n"
		"apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.}\nspec: {service: "
		"null}\n");
	struct store *store = store_new();

	collect_wants_none(&c);
	cr_assert_eq(AS(hook, c.at[0])->n_backends, 1);
	wants_backend(&AS(hook, c.at[0])->backends[0], "infra", "hook", NULL, 8443);
	wants_backend(&AS(hook, c.at[1])->backends[0], "infra", "hook", NULL, 443);
	cr_assert_eq(AS(hook, c.at[2])->n_backends, 0);
	cr_assert_null(c.at[0]->ns);
	for (size_t i = 0; i < c.n; i++)
		store_put(store, c.at[i]);
	c.n = 0;
	cr_assert_not_null(store_find(store, OBJECT_VALIDATING_HOOK, NULL, "h"));
	cr_assert_not_null(store_find(store, OBJECT_MUTATING_HOOK, NULL, "h"));
	store_free(store);
	collect_clear(&c);
}

UNIT(decode_resource, a_node_has_addresses_and_ranges)
{
	struct collect c = wide_text("apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n"
				     "spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24, 'fd00:1::/64']}\n"
				     "status: {addresses: [{type: InternalIP, address: 192.0.2.1},\n"
				     "  {type: ExternalIP, address: 203.0.113.1}, {type: Hostname, address: n1}]}\n");
	const struct node *node = AS(node, only(&c, OBJECT_NODE));

	cr_assert(node->n_internal == 1 && node->n_external == 1 && node->n_pod_cidrs == 2);
	wants_ip(&node->internal[0], "192.0.2.1");
	wants_ip(&node->external[0], "203.0.113.1");
	cr_assert_eq(node->pod_cidrs[1].bits, 64);
	collect_clear(&c);
}

UNIT(decode_resource, what_to_ignore_is_kept)
{
	struct collect c =
		wide_text("apiVersion: v1\nkind: Namespace\n"
			  "metadata: {name: shop, annotations: {a: b, selvage.io/ignore: NP142=known}}\n---\n"
			  "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
			  "metadata: {name: p, annotations: {selvage.io/ignore: NP141=too}}\nspec: {}\n");

	collect_wants_none(&c);
	cr_assert_str_eq(AS(namespace, c.at[0])->ignore, "NP142=known");
	cr_assert_str_eq(AS(policy, c.at[1])->ignore, "NP141=too");
	collect_clear(&c);
}

UNIT(decode_resource, typed_lists_are_opened)
{
	struct collect c = wide_text("apiVersion: v1\nkind: ServiceList\nitems: [{metadata: {name: a}}]\n---\n"
				     "apiVersion: admissionregistration.k8s.io/v1\n"
				     "kind: ValidatingWebhookConfigurationList\nitems: [{metadata: {name: b}}]\n");

	collect_wants_none(&c);
	cr_assert_eq(c.n, 2);
	cr_assert_eq(c.at[1]->kind, OBJECT_VALIDATING_HOOK);
	collect_clear(&c);
}

UNIT(decode_resource, what_has_the_wrong_type_is_said_once)
{
	struct collect c = wide_text("apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n"
				     "spec: {containers: [{ports: [{containerPort: 70000}]}]}\n");

	collect_wants(&c, "4:46: pod shop/web: spec.containers[0].ports[0].containerPort: Invalid value: 70000: must "
			  "be between 1 "
			  "and 65535, inclusive");
	collect_clear(&c);
	c = wide_text("apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\n");
	collect_wants(&c, "1:13: ingress shop/web: apiVersion: extensions/v1beta1 is not served any more; use "
			  "networking.k8s.io/v1");
	collect_clear(&c);
}

UNIT(decode_resource, a_pod_belongs_to_what_its_owner_belongs_to)
{
	struct collect c = wide_text(
		"apiVersion: v1\nkind: Pod\n"
		"metadata: {name: p, ownerReferences: [{kind: Job, name: backup-28, controller: true}]}\n---\n"
		"apiVersion: batch/v1\nkind: Job\n"
		"metadata: {name: backup-28, ownerReferences: [{kind: CronJob, name: backup, controller: true}]}\n");
	const struct pod *pod = AS(pod, c.at[0]);
	struct store *store = store_new();

	store_put(store, c.at[0]);
	cr_assert_str_eq(pod_top(store, pod).name, "backup-28");
	store_put(store, c.at[1]);
	cr_assert_str_eq(pod_top(store, pod).kind, "CronJob");
	cr_assert_str_eq(pod_top(store, pod).name, "backup");
	cr_assert_eq(store_walk_shape(store, SHAPE_WORKLOAD, NULL), c.at[1]);
	cr_assert_null(store_walk_shape(store, SHAPE_WORKLOAD, c.at[1]));
	store_free(store);
	c.n = 0;
	collect_clear(&c);
}
