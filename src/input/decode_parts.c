/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is an object called, where does it stand, and what do the small things say that many kinds have? */
#include <selvage/atom.h>

#include "decode_parts.h"
#include "names.h"
#include "remarks.h"

/* Reports a name that Kubernetes would not take. */
static void name_check(const struct place *at, const char *name, bool label)
{
	if (label ? !name_is_label(name) : !name_is_subdomain(name))
		place_fault(at, PROBLEM_INVALID,
			    "must be at most %d of a-z, 0-9, '-'%s, and start and end with a letter or digit",
			    label ? 63 : 253, label ? "" : " and '.'");
}

bool decode_head(const struct place *root, enum object_kind kind, struct object *object)
{
	struct place meta = place_field(root, "metadata");
	struct place name_at = place_field(&meta, "name"), ns_at = place_field(&meta, "namespace");
	bool namespaced = !object_type(kind)->global, usable = place_is_object(&meta);
	const char *name = place_text(&name_at), *ns = namespaced ? place_text(&ns_at) : NULL;

	object->kind = kind;
	if (usable && (!name_at.value || (name && !*name)))
		place_fault(&name_at, PROBLEM_REQUIRED, "must be given");
	if (!name || !*name || (namespaced && ns_at.value && !ns))
		return false;
	object->name = atom(name);
	if (namespaced)
		object->ns = atom(ns && *ns ? ns : "default");
	if (kind != OBJECT_APISERVICE)
		name_check(&name_at, name, kind == OBJECT_NAMESPACE);
	if (ns && *ns)
		name_check(&ns_at, ns, true);
	remarks_object(root, kind);
	object->source = place_source(root);
	atom_ref(object->source.file);
	return true;
}

void decode_labels(const struct place *at, struct labels *labels)
{
	json_t *object = (json_t *)(uintptr_t)at->value;

	place_is_object(at);
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		struct place label = place_field(at, json_object_iter_key(i));
		const char *value = place_text(&label);

		if (value)
			labels_put(labels, label.key, value);
		else if (!label.value)
			place_problem(&label, "must be a string, is null");
	}
}

const char *decode_atom(const struct place *at, const char *key)
{
	struct place field = place_field(at, key);
	const char *text = place_text(&field);

	return text && *text ? atom(text) : NULL;
}

const char *decode_annotation(const struct place *meta, const char *key)
{
	struct place annotations = place_field(meta, "annotations");

	return meta->reading->sink->wide && place_is_object(&annotations) ? decode_atom(&annotations, key) : NULL;
}

void decode_ip(const struct place *at, struct ips *ips)
{
	struct ip ip;

	if (!place_ip(at, &ip))
		return;
	for (size_t i = 0; i < ips->n; i++)
		if (!ip_cmp(&ips->at[i], &ip))
			return;
	*vec_add(ips) = ip;
}

struct port_ref decode_port_ref(const struct place *at)
{
	if (json_is_string(at->value))
		return (struct port_ref){.name = *json_string_value(at->value) ? atom(json_string_value(at->value))
									       : NULL};
	return (struct port_ref){.number = place_port(at)};
}

/* "If this reference points to the managing controller", of which there "cannot be more than one". */
struct owner decode_owner(const struct place *meta)
{
	struct place list = place_field(meta, "ownerReferences");
	size_t n;

	place_is_list(&list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&list, i);
		struct place controller = place_field(&item, "controller");
		struct owner owner;

		if (!place_is_object(&item) || !place_bool(&controller))
			continue;
		owner = (struct owner){decode_atom(&item, "kind"), decode_atom(&item, "name")};
		if (owner.kind && owner.name)
			return owner;
		atom_put(owner.kind);
		atom_put(owner.name);
	}
	return (struct owner){NULL, NULL};
}
