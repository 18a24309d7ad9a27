/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In what order do the checks of an audit see the cluster? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "audit_parts.h"

static int text_cmp(const char *a, const char *b)
{
	return a == b ? 0 : strcmp(a ? a : "", b ? b : "");
}

static int object_cmp(const void *a, const void *b)
{
	const struct object *x = *(const struct object *const *)a, *y = *(const struct object *const *)b;
	int order = text_cmp(x->ns, y->ns);

	return order ? order : text_cmp(x->name, y->name);
}

static int unit_cmp(const void *a, const void *b)
{
	const struct audit_unit *x = a, *y = b;
	int order = text_cmp(x->ns, y->ns);

	if (!order)
		order = text_cmp(x->name, y->name);
	if (!order)
		order = text_cmp(x->kind, y->kind);
	if (!order)
		order = (x->class > y->class) - (x->class < y->class);
	return order ? order : text_cmp(x->pod->object.name, y->pod->object.name);
}

static void unit_add(struct audit *audit, const struct store *store, size_t class, const struct pod *pod)
{
	struct owner top = pod_top(store, pod);

	*vec_add(&audit->units) = (struct audit_unit){
		pod->object.ns, top.name ? top.kind : "Pod", top.name ? top.name : pod->object.name, class, pod, 1};
}

/* One unit of those that say the same. */
static void units_merge(struct audit *audit)
{
	size_t n = 0;

	vec_sort(&audit->units, unit_cmp);
	for (size_t i = 0; i < audit->units.n; i++) {
		struct audit_unit *unit = &audit->units.at[i], *last = n ? &audit->units.at[n - 1] : NULL;

		if (last && last->ns == unit->ns && last->class == unit->class && !text_cmp(last->name, unit->name) &&
		    !text_cmp(last->kind, unit->kind))
			last->n++;
		else
			audit->units.at[n++] = *unit;
	}
	audit->units.n = n;
}

static int address_cmp(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static void units_make(struct audit_view *view)
{
	for (size_t c = 0; c < view->n_pod_classes; c++)
		for (size_t i = 0; i < view->classes[c].n; i++) {
			const struct pod *pod = view->classes[c].pods[i].in[REACH_BEFORE];

			unit_add(view->audit, view->store, c, pod);
			for (size_t k = 0; k < pod->n_ips; k++)
				*vec_add(&view->ips) = pod->ips[k];
		}
	vec_sort(&view->ips, address_cmp);
	units_merge(view->audit);
	view->stand = mem_new(view->n_pod_classes + 1, sizeof(struct audit_unit *));
	for (size_t i = view->audit->units.n; i-- > 0;)
		view->stand[view->audit->units.at[i].class] = &view->audit->units.at[i];
}

static void objects_make(struct audit_view *view)
{
	const struct object *o = NULL;

	while ((o = store_walk(view->store, OBJECT_POLICY, o)))
		*vec_add(&view->policies) = (const struct policy *)(const void *)o;
	while ((o = store_walk(view->store, OBJECT_SERVICE, o)))
		*vec_add(&view->services) = (const struct service *)(const void *)o;
	while ((o = store_walk(view->store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;

		if (pod->host_network && !pod->finished)
			*vec_add(&view->host) = pod;
	}
	vec_sort(&view->policies, object_cmp);
	vec_sort(&view->services, object_cmp);
	vec_sort(&view->host, object_cmp);
}

static int row_cmp(const void *a, const void *b)
{
	return strcmp(((const struct audit_ns *)a)->name, ((const struct audit_ns *)b)->name);
}

static void row_add(struct audit *audit, const char *ns)
{
	if (!audit->namespaces.n || audit->namespaces.at[audit->namespaces.n - 1].name != ns)
		*vec_add(&audit->namespaces) = (struct audit_ns){.name = ns, .index = SIZE_MAX};
}

static void rows_make(struct audit_view *view)
{
	struct audit *audit = view->audit;
	const struct object *o = NULL;
	size_t n = 0;

	while ((o = store_walk(view->store, OBJECT_NAMESPACE, o)))
		row_add(audit, o->name);
	for (size_t i = 0; i < audit->units.n; i++)
		row_add(audit, audit->units.at[i].ns);
	for (size_t i = 0; i < view->policies.n; i++)
		row_add(audit, view->policies.at[i]->object.ns);
	for (size_t i = 0; i < view->host.n; i++)
		row_add(audit, view->host.at[i]->object.ns);
	vec_sort(&audit->namespaces, row_cmp);
	for (size_t i = 0; i < audit->namespaces.n; i++)
		if (!n || row_cmp(&audit->namespaces.at[n - 1], &audit->namespaces.at[i]))
			audit->namespaces.at[n++] = audit->namespaces.at[i];
	audit->namespaces.n = n;
	for (size_t i = 0; i + 1 < view->n_spaces; i++)
		audit_row(view, view->spaces[i].name)->index = i;
}

void audit_view_make(struct audit *audit, const struct audit_input *input, struct audit_view *out)
{
	*out = (struct audit_view){.audit = audit, .input = input, .store = input->store, .reach = audit->reach};
	out->classes = reach_classes(audit->reach, &out->n_classes);
	out->spaces = reach_namespaces(audit->reach, &out->n_spaces);
	out->n_pod_classes = out->spaces[out->n_spaces - 1].first;
	units_make(out);
	objects_make(out);
	rows_make(out);
	audit_dns_find(out);
}

void audit_view_fini(struct audit_view *view)
{
	free(view->stand);
	vec_free(&view->policies);
	vec_free(&view->services);
	vec_free(&view->host);
	vec_free(&view->ips);
	vec_free(&view->dns);
}

struct audit_ns *audit_row(const struct audit_view *view, const char *ns)
{
	struct audit_ns key = {.name = ns};

	return bsearch(&key, view->audit->namespaces.at, view->audit->namespaces.n, sizeof key, row_cmp);
}

/* What is in a namespace, of n things that are sorted by it. */
#define SPAN(things, count, name_of)                                                    \
	({                                                                              \
		struct audit_span span_ = {0, 0};                                       \
		size_t lo_ = 0, hi_ = (count);                                          \
		while (lo_ < hi_) {                                                     \
			size_t i = lo_ + (hi_ - lo_) / 2;                               \
			if (strcmp((things)[i] name_of, ns) < 0)                        \
				lo_ = i + 1;                                            \
			else                                                            \
				hi_ = i;                                                \
		}                                                                       \
		span_.first = span_.end = lo_;                                          \
		while (span_.end < (count) && !strcmp((things)[span_.end] name_of, ns)) \
			span_.end++;                                                    \
		span_;                                                                  \
	})

struct audit_span audit_units_in(const struct audit_view *view, const char *ns)
{
	return SPAN(view->audit->units.at, view->audit->units.n, .ns);
}

struct audit_span audit_policies_in(const struct audit_view *view, const char *ns)
{
	return SPAN(view->policies.at, view->policies.n, ->object.ns);
}

struct audit_span audit_services_in(const struct audit_view *view, const char *ns)
{
	return SPAN(view->services.at, view->services.n, ->object.ns);
}

size_t audit_unit_end(const struct audit_view *view, size_t i)
{
	const struct audit_unit *units = view->audit->units.at;
	size_t end = i;

	while (end < view->audit->units.n && units[end].ns == units[i].ns &&
	       !text_cmp(units[end].name, units[i].name) && !text_cmp(units[end].kind, units[i].kind))
		end++;
	return end;
}

size_t audit_count_pods(const struct audit_view *view, size_t first, size_t end)
{
	size_t n = 0;

	for (size_t i = first; i < end; i++)
		n += view->audit->units.at[i].n;
	return n;
}
