/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does an object say that is refused though it decides no traffic, or taken though it is hardly meant?  Each remark
 * must be right more often than not: what people write on purpose (an empty rule, an empty podSelector) gets none.
 */
#include <string.h>
#include <strings.h>

#include "names.h"
#include "remarks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DNS_PORT 53

static const char *const sections[DIRECTION_COUNT] = {"ingress", "egress"};
static const char *const sides[DIRECTION_COUNT] = {"from", "to"};
static const char *const types[DIRECTION_COUNT] = {"Ingress", "Egress"};

/* meta/v1 ObjectMeta */
static void remark_metadata(const struct place *meta)
{
	static const char *const fields[] = {
		"name",
		"generateName",
		"namespace",
		"selfLink",
		"uid",
		"resourceVersion",
		"generation",
		"creationTimestamp",
		"deletionTimestamp",
		"deletionGracePeriodSeconds",
		"labels",
		"annotations",
		"ownerReferences",
		"finalizers",
		"managedFields",
	};

	place_remark_unknown(meta, fields, COUNT(fields));
}

/* A text; anything else is refused. */
static const char *read_text(const struct place *at)
{
	if (at->value && !json_is_string(at->value))
		place_remark(at, PROBLEM_TYPE, "must be a string");
	return json_string_value(at->value);
}

static void remark_labels(const struct place *labels, enum object_kind kind)
{
	json_t *object = (json_t *)(uintptr_t)labels->value;

	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		struct place label = place_field(labels, json_object_iter_key(i));
		const char *value = kind == OBJECT_POLICY ? read_text(&label) : json_string_value(label.value);

		if (!name_is_label_key(label.key))
			place_remark_key(&label, NAME_LABEL_KEY);
		if (value && !name_is_label_value(value))
			place_remark(&label, PROBLEM_INVALID, NAME_LABEL_VALUE);
	}
}

/* The key of an annotation is that of a label, but may be in capitals. */
static bool is_annotation_key(const char *key)
{
	char small[320];
	size_t n = strlen(key);

	if (n >= sizeof small)
		return false;
	for (size_t i = 0; i <= n; i++)
		small[i] = (char)(key[i] >= 'A' && key[i] <= 'Z' ? key[i] + 'a' - 'A' : key[i]);
	return name_is_label_key(small);
}

static void remark_annotations(const struct place *annotations)
{
	json_t *object = (json_t *)(uintptr_t)annotations->value;

	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		struct place annotation = place_field(annotations, json_object_iter_key(i));

		if (!is_annotation_key(annotation.key))
			place_remark_key(&annotation, NAME_LABEL_KEY);
		read_text(&annotation);
	}
}

void remarks_object(const struct place *root, enum object_kind kind)
{
	static const char *const fields[] = {"apiVersion", "kind", "metadata", "spec", "status"};
	struct place meta = place_field(root, "metadata"), labels = place_field(&meta, "labels");
	struct place annotations = place_field(&meta, "annotations");

	if (!place_remarks(root))
		return;
	remark_labels(&labels, kind);
	if (kind != OBJECT_POLICY)
		return;
	place_remark_unknown(root, fields, COUNT(fields));
	remark_metadata(&meta);
	remark_annotations(&annotations);
}

/* "An empty label selector matches all objects": was it emptied, or meant? */
static void remark_selector(const struct place *at, const char *whom)
{
	static const char *const parts[] = {"matchLabels", "matchExpressions"};

	if (!json_is_object(at->value))
		return;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (place_field(at, parts[i]).value)
			return;
	for (size_t i = 0; i < COUNT(parts); i++) {
		struct place part = place_field(at, parts[i]);

		if (!place_is_written(&part))
			continue;
		place_remark(&part, PROBLEM_EMPTY_SELECTOR, "nothing stands behind it, so that the selector means %s",
			     whom);
		return;
	}
}

/* A podSelector that is not there selects as much as {}. */
static void remark_subject(const struct place *spec)
{
	struct place pods = place_field(spec, "podSelector");

	if (!pods.value)
		place_remark(&pods, PROBLEM_EMPTY_SELECTOR,
			     "is missing, so that the policy is about every pod of its namespace; write {} if that is "
			     "meant");
	remark_selector(&pods, "every pod of the namespace");
}

/* "If this field is empty or missing, this rule matches all": a key with nothing behind it hardly means that. */
static void remark_empty(const struct place *list, const char *what, const char *missing)
{
	if (place_is_written(list) && !json_array_size(list->value) && (!list->value || json_is_array(list->value)))
		place_remark(list, PROBLEM_EMPTY_LIST, "is empty, which means %s; leave %s out if that is meant", what,
			     missing);
}

/* Both families at once: which bits of the address lie behind the prefix?  Read as text, since the decoder drops them. */
static void remark_cidr(const struct place *at)
{
	const char *text = json_string_value(at->value), *slash = text ? strchr(text, '/') : NULL;
	char part[IP_TEXT];
	struct ip addr, base;
	struct cidr cidr;
	struct err err;

	if (!slash || (size_t)(slash - text) >= sizeof part || cidr_parse(text, &cidr, &err))
		return;
	memcpy(part, text, (size_t)(slash - text));
	part[slash - text] = '\0';
	if (ip_parse(part, &addr, &err))
		return;
	base = cidr.addr;
	if (strchr(part, ':') && addr.family == FAMILY_4)
		place_remark(at, PROBLEM_MAPPED_ADDRESS, "is an IPv4 address written as IPv6; write it as IPv4");
	else if (ip_cmp(&addr, &base))
		place_remark(at, PROBLEM_HOST_BITS, "has bits behind its prefix, which do not count: it means %s/%u",
			     ip_print(&base, part), cidr.bits);
}

static void remark_block(const struct place *block)
{
	struct place cidr = place_field(block, "cidr"), except = place_field(block, "except");

	remark_cidr(&cidr);
	for (size_t i = 0; i < json_array_size(except.value); i++) {
		struct place item = place_item(&except, i);

		remark_cidr(&item);
	}
}

static void remark_peer(const struct place *at)
{
	struct place pods = place_field(at, "podSelector"), ns = place_field(at, "namespaceSelector");
	struct place block = place_field(at, "ipBlock");

	remark_selector(&pods, ns.value ? "every pod of those namespaces" : "every pod of the namespace");
	remark_selector(&ns, "every namespace");
	if (block.value)
		remark_block(&block);
}

static bool peer_has(const struct place *list, size_t index, const char *given, const char *left_out)
{
	struct place item = place_item(list, index);

	return json_object_size(place_field(&item, given).value) && !place_field(&item, left_out).value;
}

/* Two items where one was meant: a "-" too many makes an OR of an AND. */
static void remark_or(const struct place *list, size_t index)
{
	struct place item = place_item(list, index);

	if (!peer_has(list, index, "podSelector", "namespaceSelector") || !index ||
	    !peer_has(list, index - 1, "namespaceSelector", "podSelector"))
		return;
	place_remark(
		&item, PROBLEM_PEER_LIST_OR,
		"means these pods of the policy's own namespace, besides all pods of the namespaces above; without "
		"the \"-\" it would mean these pods in those namespaces");
}

static bool port_is_dns(const struct port *port, uint8_t proto)
{
	return !port->nothing && !port->name && port->proto == proto && port->lo <= DNS_PORT && port->hi >= DNS_PORT;
}

/* Does any rule of this direction admit DNS over UDP? */
static bool admits_dns(const struct policy *policy, enum direction direction)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];
		bool admits = rule->every_port;

		for (size_t j = 0; j < rule->n_ports; j++)
			admits |= port_is_dns(&rule->ports[j], PROTO_UDP);
		if (admits && rule->direction == direction)
			return true;
	}
	return false;
}

/* "If this field is not provided, this field defaults to TCP", and most of DNS is UDP. */
static void remark_port(const struct place *at, bool dns)
{
	struct place port = place_field(at, "port");

	if (!dns && json_integer_value(port.value) == DNS_PORT && !place_field(at, "protocol").value)
		place_remark(&port, PROBLEM_DNS_TCP_ONLY,
			     "has no protocol, which means TCP; DNS needs UDP, which no rule here admits");
}

static void remark_rule(const struct place *rule, enum direction direction, bool dns)
{
	struct place peers = place_field(rule, sides[direction]), ports = place_field(rule, "ports");

	remark_empty(&peers, direction == DIRECTION_INGRESS ? "from everyone" : "to everyone", sides[direction]);
	remark_empty(&ports, "every port", "it");
	for (size_t i = 0; i < json_array_size(peers.value); i++) {
		struct place peer = place_item(&peers, i);

		remark_peer(&peer);
		remark_or(&peers, i);
	}
	for (size_t i = 0; i < json_array_size(ports.value); i++) {
		struct place port = place_item(&ports, i);

		remark_port(&port, dns);
	}
}

/* "rules for a direction that policyTypes does not name" do nothing; egress rules without policyTypes do more than they
 * say: "all policies [...] are assumed to affect ingress". */
static void remark_types(const struct place *spec, const struct policy *policy)
{
	struct place given = place_field(spec, "policyTypes");
	struct place ingress = place_field(spec, "ingress"), egress = place_field(spec, "egress");
	const struct place *const rules[DIRECTION_COUNT] = {&ingress, &egress};

	for (unsigned i = 0; i < DIRECTION_COUNT; i++)
		if (json_array_size(given.value) && json_array_size(rules[i]->value) && !policy->types[i])
			place_remark(rules[i], PROBLEM_TYPES_IGNORED,
				     "does nothing, because policyTypes does not name %s", types[i]);
	if (!json_array_size(given.value) && json_array_size(egress.value) && !ingress.value)
		place_remark(&egress, PROBLEM_TYPES_IMPLICIT,
			     "stands without policyTypes, so that the policy also closes ingress; write policyTypes: "
			     "[Egress], or [Ingress, Egress] if that is meant");
}

void remarks_policy(const struct place *spec, const struct policy *policy)
{
	if (!place_remarks(spec))
		return;
	if (!policy->broken)
		remark_subject(spec);
	remark_types(spec, policy);
	for (unsigned i = 0; i < DIRECTION_COUNT; i++) {
		struct place list = place_field(spec, sections[i]);
		bool dns = admits_dns(policy, (enum direction)i);

		for (size_t j = 0; j < json_array_size(list.value); j++) {
			struct place rule = place_item(&list, j);

			remark_rule(&rule, (enum direction)i, dns);
		}
	}
}
