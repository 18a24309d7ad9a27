/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Can those reach their backends who have to?  NP112 apiserver-blocked, NP113 webhook-blocked, NP114 backend-blocked. */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "audit_parts.h"

/* The endpoints of the API server, as its own Service in `default` has them; none: not known. */
static void find_apiserver(const struct audit_view *view, struct audit_targets *out)
{
	const struct object *o = store_find(view->store, OBJECT_SERVICE, "default", "kubernetes");
	const struct port_ref any = {NULL, 0};

	if (o)
		audit_service_targets(view, (const struct service *)(const void *)o, &any, out);
}

/* May the class send to any of them, so far as is known? */
static bool reaches_any(const struct audit_view *view, size_t class, const struct audit_targets *targets)
{
	for (size_t i = 0; i < targets->n; i++)
		if (audit_reaches(view, class, &targets->at[i]))
			return true;
	return false;
}

/* NP112 */
static void check_apiserver(const struct audit_view *view, const struct audit_targets *apiserver, size_t first,
			    size_t end)
{
	for (size_t i = first; apiserver->n && i < end; i++) {
		const struct audit_unit *unit = &view->audit->units.at[i];
		struct finding *finding;
		size_t n;
		char *names;

		audit_isolating(view, unit->class, DIRECTION_EGRESS, &n);
		if (!n || !unit->pod->detail || !unit->pod->detail->token || reaches_any(view, unit->class, apiserver))
			continue;
		names = audit_isolating_names(view, unit->class, DIRECTION_EGRESS);
		finding = audit_about_unit(
			view, "NP112", unit,
			"has a token for the API server; egress-isolated by %s, nothing admits TCP %u to it", names,
			apiserver->at[0].port);
		audit_key(finding, "apiserver");
		free(names);
		return;
	}
}

/* Is the target open to any of these classes? */
static bool open_to(const struct audit_view *view, size_t first, size_t end, const struct audit_target *target)
{
	for (size_t c = first; c < end; c++)
		if (audit_reaches(view, c, target))
			return true;
	return false;
}

static bool open_to_apiserver(const struct audit_view *view, const struct audit_targets *apiserver,
			      const struct audit_target *target)
{
	for (size_t i = 0; i < apiserver->n; i++)
		if (audit_reaches(view, apiserver->at[i].class, target))
			return true;
	return !apiserver->n && open_to(view, view->n_pod_classes, view->n_classes, target);
}

/* Says that a target of a Service is closed to those who come by way of `what`. */
static void say_blocked(const struct audit_view *view, const char *id, const struct object *about,
			const struct backend *backend, const struct audit_target *target, const char *whom)
{
	char *names = audit_isolating_names(view, target->class, DIRECTION_INGRESS);
	const char *kind = object_type(about->kind)->kind;
	struct finding *finding =
		audit_about_object(view, id, about,
				   "%s %s cannot reach its backend %s/%s: %s, isolated by %s, does not admit "
				   "%s on %s %u",
				   kind, about->name, backend->ns, backend->service, target->name ? target->name : "it",
				   names, whom, proto_name(target->proto), target->port);

	finding->ns = finding->ns ? finding->ns : atom_peek(backend->ns);
	audit_key(finding, "%s/%s", backend->ns, backend->service);
	free(names);
}

static const struct service *service_of(const struct audit_view *view, const struct backend *backend)
{
	const struct object *o = backend->ns && backend->service
					 ? store_find(view->store, OBJECT_SERVICE, backend->ns, backend->service)
					 : NULL;

	return (const struct service *)(const void *)o;
}

/* NP113 */
static void check_hook(const struct audit_view *view, const struct audit_targets *apiserver, const struct hook *hook)
{
	for (size_t i = 0; i < hook->n_backends; i++) {
		const struct service *service = service_of(view, &hook->backends[i]);
		struct audit_targets targets = {VEC_EMPTY};

		if (service)
			audit_service_targets(view, service, &hook->backends[i].port, &targets);
		for (size_t t = 0; t < targets.n; t++) {
			if (targets.at[t].class >= view->n_pod_classes ||
			    open_to_apiserver(view, apiserver, &targets.at[t]))
				continue;
			say_blocked(view, "NP113", &hook->object, &hook->backends[i], &targets.at[t], "the API server");
			break;
		}
		vec_free(&targets);
	}
}

/* Labels and namespaces that the controllers of routes are known by. */
static bool is_controller(const struct pod *pod)
{
	static const char *const names[] = {
		"ingress-nginx", "traefik", "haproxy-ingress", "kubernetes-ingress",   "contour",
		"envoy",         "kong",    "ingress-gce",     "istio-ingressgateway", "nginx-ingress"};
	static const char *const keys[] = {"app.kubernetes.io/name", "app", "k8s-app", "name"};

	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
		const char *key = atom_peek(keys[k]), *value = key ? labels_find(&pod->labels, key) : NULL;

		for (size_t i = 0; value && i < sizeof names / sizeof *names; i++)
			if (!strcmp(value, names[i]))
				return true;
	}
	return false;
}

/* May a route's controller reach the target?  If none is known, anybody from another namespace or from outside will do. */
static bool open_to_controller(const struct audit_view *view, const struct audit_target *target, const char *ns)
{
	bool known = false;

	for (size_t c = 0; c < view->n_pod_classes; c++) {
		if (!is_controller(view->stand[c]->pod))
			continue;
		known = true;
		if (audit_reaches(view, c, target))
			return true;
	}
	for (size_t i = 0; i < view->host.n; i++) {
		const struct pod *pod = view->host.at[i];

		if (!is_controller(pod))
			continue;
		for (size_t k = 0; k < pod->n_ips; k++) {
			size_t class = reach_class_at(view->reach, REACH_BEFORE, &pod->ips[k]);

			known = true;
			if (class != SIZE_MAX && audit_reaches(view, class, target))
				return true;
		}
	}
	if (known)
		return false;
	for (size_t c = 0; c < view->n_classes; c++)
		if (view->classes[c].ns != ns && audit_reaches(view, c, target))
			return true;
	return false;
}

/* NP114, by way of an Ingress or HTTPRoute */
static void check_route(const struct audit_view *view, const struct route *route)
{
	for (size_t i = 0; i < route->n_backends; i++) {
		const struct service *service = service_of(view, &route->backends[i]);
		struct audit_targets targets = {VEC_EMPTY};
		bool repeated = false;

		for (size_t k = 0; k < i; k++)
			repeated |= route->backends[k].service == route->backends[i].service &&
				    route->backends[k].ns == route->backends[i].ns;
		if (service && !repeated)
			audit_service_targets(view, service, &route->backends[i].port, &targets);
		for (size_t t = 0; t < targets.n; t++) {
			if (targets.at[t].class >= view->n_pod_classes ||
			    open_to_controller(view, &targets.at[t], view->classes[targets.at[t].class].ns))
				continue;
			say_blocked(view, "NP114", &route->object, &route->backends[i], &targets.at[t],
				    "its controller");
			break;
		}
		vec_free(&targets);
	}
}

/* NP114, by way of the Service itself */
static void check_service(const struct audit_view *view, const struct service *service)
{
	const struct port_ref any = {NULL, 0};
	const struct backend self = {service->object.ns, service->object.name, any};
	struct audit_targets targets = {VEC_EMPTY};

	if (service->type != SERVICE_LOAD_BALANCER && service->type != SERVICE_NODE_PORT)
		return;
	audit_service_targets(view, service, &any, &targets);
	for (size_t t = 0; t < targets.n; t++) {
		if (targets.at[t].class >= view->n_pod_classes ||
		    open_to(view, view->n_pod_classes, view->n_classes, &targets.at[t]))
			continue;
		say_blocked(view, "NP114", &service->object, &self, &targets.at[t], "anybody outside the cluster");
		break;
	}
	vec_free(&targets);
}

void audit_backends(const struct audit_view *view)
{
	struct audit_targets apiserver = {VEC_EMPTY};
	const struct object *o = NULL;

	find_apiserver(view, &apiserver);
	for (size_t i = 0; i < view->audit->units.n; i = audit_unit_end(view, i))
		check_apiserver(view, &apiserver, i, audit_unit_end(view, i));
	while ((o = store_walk_shape(view->store, SHAPE_HOOK, o)))
		check_hook(view, &apiserver, (const struct hook *)(const void *)o);
	while ((o = store_walk_shape(view->store, SHAPE_ROUTE, o)))
		check_route(view, (const struct route *)(const void *)o);
	for (size_t i = 0; i < view->services.n; i++)
		check_service(view, view->services.at[i]);
	vec_free(&apiserver);
}
