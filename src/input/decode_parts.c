/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is an object called, and where does it stand? */
#include <selvage/atom.h>

#include "decode_parts.h"
#include "names.h"

/* Reports a name that Kubernetes would not take. */
static void name_check(const struct place *at, const char *name, bool label)
{
	if (label ? !name_is_label(name) : !name_is_subdomain(name))
		place_problem(at, "must be at most %d of a-z, 0-9, '-'%s, and start and end with a letter or digit",
			      label ? 63 : 253, label ? "" : " and '.'");
}

bool decode_head(const struct place *root, enum object_kind kind, struct object *object)
{
	struct place meta = place_field(root, "metadata");
	struct place name_at = place_field(&meta, "name"), ns_at = place_field(&meta, "namespace");
	bool namespaced = kind != OBJECT_NAMESPACE, usable = place_is_object(&meta);
	const char *name = place_text(&name_at), *ns = namespaced ? place_text(&ns_at) : NULL;

	object->kind = kind;
	if (usable && (!name_at.value || (name && !*name)))
		place_problem(&name_at, "must be given");
	if (!name || !*name || (namespaced && ns_at.value && !ns))
		return false;
	object->name = atom(name);
	if (namespaced)
		object->ns = atom(ns && *ns ? ns : "default");
	name_check(&name_at, name, !namespaced);
	if (ns && *ns)
		name_check(&ns_at, ns, true);
	object->source = place_source(root);
	atom_ref(object->source.file);
	return true;
}
