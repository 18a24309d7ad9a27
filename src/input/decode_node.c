/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses has a node, and which have its pods? */
#include <string.h>

#include "decode_parts.h"

struct cidrs {
	VEC(struct cidr);
};

/* An item of status.addresses; host names are none. */
static void read_address(const struct place *at, struct ips *internal, struct ips *external)
{
	struct place type_at = place_field(at, "type"), address = place_field(at, "address");
	const char *type = place_is_object(at) ? place_text(&type_at) : NULL;

	if (type && !strcmp(type, "InternalIP"))
		decode_ip(&address, internal);
	else if (type && !strcmp(type, "ExternalIP"))
		decode_ip(&address, external);
}

/* podCIDRs, or if there are none, podCIDR. */
static struct cidrs read_cidrs(const struct place *spec)
{
	struct place many = place_field(spec, "podCIDRs"), one = place_field(spec, "podCIDR");
	struct cidrs cidrs = {VEC_EMPTY};
	struct cidr cidr;
	size_t n;

	place_is_list(&many, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&many, i);

		if (place_cidr(&item, &cidr))
			*vec_add(&cidrs) = cidr;
	}
	if (!n && json_string_length(one.value) && place_cidr(&one, &cidr))
		*vec_add(&cidrs) = cidr;
	return cidrs;
}

void decode_node(const struct place *root, struct object *object)
{
	struct node *node = (struct node *)(void *)object;
	struct place spec = place_field(root, "spec"), status = place_field(root, "status");
	struct place list = place_field(&status, "addresses");
	struct ips internal = {VEC_EMPTY}, external = {VEC_EMPTY};
	struct cidrs cidrs;
	size_t n;

	place_is_object(&status);
	place_is_list(&list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&list, i);

		read_address(&item, &internal, &external);
	}
	place_is_object(&spec);
	cidrs = read_cidrs(&spec);
	node->internal = internal.at;
	node->n_internal = internal.n;
	node->external = external.at;
	node->n_external = external.n;
	node->pod_cidrs = cidrs.at;
	node->n_pod_cidrs = cidrs.n;
}
