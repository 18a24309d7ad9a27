/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which Services do routes lead to, and which does the API server ask? */
#include <string.h>

#include <selvage/atom.h>

#include "decode_parts.h"

#define HOOK_PORT 443

struct backends {
	VEC(struct backend);
};

struct parents {
	VEC(struct route_parent);
};

/* Takes the port's name. */
static void add_backend(const struct place *at, const char *ns, struct port_ref port, struct backends *backends)
{
	const char *service = decode_atom(at, "name");

	if (service)
		*vec_add(backends) = (struct backend){atom_ref(ns), service, port};
	else
		atom_put(port.name);
}

/* An IngressBackend; one that is a resource and no Service is passed over. */
static void read_ingress_backend(const struct place *at, const char *ns, struct backends *backends)
{
	struct place service = place_field(at, "service"), port = place_field(&service, "port");
	struct place number = place_field(&port, "number"), name = place_field(&port, "name");

	if (!place_is_object(at) || !place_is_object(&service) || !service.value || !place_is_object(&port))
		return;
	add_backend(&service, ns, decode_port_ref(number.value ? &number : &name), backends);
}

static void read_ingress_rule(const struct place *at, const char *ns, struct backends *backends)
{
	struct place http = place_field(at, "http"), paths = place_field(&http, "paths");
	size_t n;

	if (!place_is_object(at) || !place_is_object(&http))
		return;
	place_is_list(&paths, &n);
	for (size_t i = 0; i < n; i++) {
		struct place path = place_item(&paths, i), backend = place_field(&path, "backend");

		if (place_is_object(&path))
			read_ingress_backend(&backend, ns, backends);
	}
}

/* The class was an annotation before it was a field: "if [it] is set [...] it takes precedence". */
static void read_ingress(const struct place *root, const struct object *object, struct parents *parents,
			 struct backends *backends)
{
	struct place meta = place_field(root, "metadata"), spec = place_field(root, "spec");
	struct place otherwise = place_field(&spec, "defaultBackend"), rules = place_field(&spec, "rules");
	const char *class = decode_annotation(&meta, "kubernetes.io/ingress.class");
	size_t n;

	if (!class)
		class = decode_atom(&spec, "ingressClassName");
	if (class)
		*vec_add(parents) = (struct route_parent){NULL, class};
	if (otherwise.value)
		read_ingress_backend(&otherwise, object->ns, backends);
	place_is_list(&rules, &n);
	for (size_t i = 0; i < n; i++) {
		struct place rule = place_item(&rules, i);

		read_ingress_rule(&rule, object->ns, backends);
	}
}

/* Does a reference of the Gateway API mean this kind?  "group" and "kind" have defaults. */
static bool ref_is(const struct place *at, const char *group, const char *kind)
{
	struct place group_at = place_field(at, "group"), kind_at = place_field(at, "kind");
	const char *its_group = place_text(&group_at), *its_kind = place_text(&kind_at);

	return (!its_group || !strcmp(its_group, group)) && (!its_kind || !strcmp(its_kind, kind));
}

/* "Namespace is the namespace of the referent.  When unspecified, this refers to the local namespace of the Route." */
static const char *ref_ns(const struct place *at, const struct object *object)
{
	const char *ns = decode_atom(at, "namespace");

	return ns ? ns : atom_ref(object->ns);
}

static void read_http_rule(const struct place *at, const struct object *object, struct backends *backends)
{
	struct place refs = place_field(at, "backendRefs");
	size_t n;

	if (!place_is_object(at))
		return;
	place_is_list(&refs, &n);
	for (size_t i = 0; i < n; i++) {
		struct place ref = place_item(&refs, i), port = place_field(&ref, "port");
		const char *ns;

		if (!place_is_object(&ref) || !ref_is(&ref, "", "Service"))
			continue;
		ns = ref_ns(&ref, object);
		add_backend(&ref, ns, (struct port_ref){.number = place_port(&port)}, backends);
		atom_put(ns);
	}
}

static void read_http_route(const struct place *spec, const struct object *object, struct parents *parents,
			    struct backends *backends)
{
	struct place refs = place_field(spec, "parentRefs"), rules = place_field(spec, "rules");
	size_t n;

	place_is_list(&refs, &n);
	for (size_t i = 0; i < n; i++) {
		struct place ref = place_item(&refs, i);
		const char *name = NULL;

		if (place_is_object(&ref) && ref_is(&ref, "gateway.networking.k8s.io", "Gateway"))
			name = decode_atom(&ref, "name");
		if (name)
			*vec_add(parents) = (struct route_parent){ref_ns(&ref, object), name};
	}
	place_is_list(&rules, &n);
	for (size_t i = 0; i < n; i++) {
		struct place rule = place_item(&rules, i);

		read_http_rule(&rule, object, backends);
	}
}

void decode_route(const struct place *root, struct object *object)
{
	struct route *route = (struct route *)(void *)object;
	struct place spec = place_field(root, "spec");
	struct parents parents = {VEC_EMPTY};
	struct backends backends = {VEC_EMPTY};

	place_is_object(&spec);
	if (object->kind == OBJECT_INGRESS)
		read_ingress(root, object, &parents, &backends);
	else
		read_http_route(&spec, object, &parents, &backends);
	route->parents = parents.at;
	route->n_parents = parents.n;
	route->backends = backends.at;
	route->n_backends = backends.n;
}

/* A ServiceReference: "If specified, the port on the service [...] Default to 443". */
static void read_reference(const struct place *at, struct backends *backends)
{
	struct place port_at = place_field(at, "port");
	const char *ns;

	if (!at->value || !place_is_object(at))
		return;
	ns = decode_atom(at, "namespace");
	add_backend(at, ns, (struct port_ref){.number = port_at.value ? place_port(&port_at) : HOOK_PORT}, backends);
	atom_put(ns);
}

void decode_hook(const struct place *root, struct object *object)
{
	struct hook *hook = (struct hook *)(void *)object;
	struct place spec = place_field(root, "spec"), service = place_field(&spec, "service");
	struct place list = place_field(root, "webhooks");
	struct backends backends = {VEC_EMPTY};
	size_t n;

	if (object->kind == OBJECT_APISERVICE) {
		place_is_object(&spec);
		read_reference(&service, &backends);
	} else {
		place_is_list(&list, &n);
		for (size_t i = 0; i < n; i++) {
			struct place item = place_item(&list, i), client = place_field(&item, "clientConfig");
			struct place reference = place_field(&client, "service");

			if (place_is_object(&item) && place_is_object(&client))
				read_reference(&reference, &backends);
		}
	}
	hook->backends = backends.at;
	hook->n_backends = backends.n;
}
