/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does the Kubernetes API write what many of its objects have? */
#include "write_parts.h"

void write_text(json_t *into, const char *key, const char *text)
{
	if (text)
		json_object_set_new(into, key, json_string(text));
}

void write_filled(json_t *into, const char *key, json_t *value)
{
	if (json_object_size(value) || json_array_size(value))
		json_object_set_new(into, key, value);
	else
		json_decref(value);
}

void write_true(json_t *into, const char *key, bool is)
{
	if (is)
		json_object_set_new(into, key, json_true());
}

json_t *labels_json(const struct labels *labels)
{
	json_t *json = json_object();

	for (size_t i = 0; i < labels->n; i++)
		write_text(json, labels->at[i].key, labels->at[i].value);
	return json;
}

json_t *object_head_json(const struct object *object, json_t **metadata)
{
	const struct object_type *type = object_type(object->kind);
	json_t *json = json_object();

	*metadata = json_object();
	write_text(json, "apiVersion", type->api);
	write_text(json, "kind", type->kind);
	json_object_set_new(json, "metadata", *metadata);
	write_text(*metadata, "name", object->name);
	write_text(*metadata, "namespace", object->ns);
	return json;
}

json_t *ip_json(const struct ip *ip)
{
	char text[IP_TEXT];

	return json_string(ip_print(ip, text));
}

json_t *cidr_json(const struct cidr *cidr)
{
	char text[IP_TEXT];

	return json_sprintf("%s/%u", ip_print(&cidr->addr, text), cidr->bits);
}

void write_owner(json_t *metadata, const struct owner *owner)
{
	if (owner->kind)
		json_object_set_new(metadata, "ownerReferences",
				    json_pack("[{s:s, s:s, s:b}]", "kind", owner->kind, "name", owner->name,
					      "controller", 1));
}
