/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom does one item of a policy mean: selectors, peers and ports.  What is reported in an item closes that item. */
#include <selvage/atom.h>
#include <selvage/vec.h>

#include "decode_parts.h"
#include "names.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct texts {
	VEC(const char *);
};

static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist"}; /* as enum selector_op */

static const char *read_label_key(const struct place *at)
{
	const char *key = place_text(at);

	if (!at->value)
		place_fault(at, PROBLEM_REQUIRED, "must be given");
	else if (key && !name_is_label_key(key))
		place_fault(at, PROBLEM_INVALID, NAME_LABEL_KEY);
	return key;
}

static const char *read_label_value(const struct place *at)
{
	const char *value = place_text(at);

	if (!at->value)
		place_problem(at, "must be a string, is null");
	else if (value && !name_is_label_value(value))
		place_fault(at, PROBLEM_INVALID, NAME_LABEL_VALUE);
	return value;
}

/* The values of a requirement, borrowed from the document. */
static struct texts read_values(const struct place *at)
{
	struct texts values = {VEC_EMPTY};
	size_t n;

	place_is_list(at, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(at, i);
		const char *value = read_label_value(&item);

		if (value)
			*vec_add(&values) = value;
	}
	return values;
}

/* One item of matchExpressions. */
static void read_requirement(const struct place *at, struct selector *sel)
{
	static const char *const fields[] = {"key", "operator", "values"};
	struct place key_at = place_field(at, "key"), op_at = place_field(at, "operator");
	struct place values_at = place_field(at, "values");
	size_t before = at->reading->problems;
	struct texts values;
	const char *key;
	int op;

	if (!place_is_object(at))
		return;
	place_unknown(at, fields, COUNT(fields));
	key = read_label_key(&key_at);
	op = place_choice(&op_at, operators, COUNT(operators), -1);
	if (!op_at.value)
		place_fault(&op_at, PROBLEM_REQUIRED, "must be given");
	values = read_values(&values_at);
	if ((op == SELECTOR_IN || op == SELECTOR_NOT_IN) && !json_array_size(values_at.value))
		place_fault(&values_at, PROBLEM_REQUIRED, "must be specified when `operator` is 'In' or 'NotIn'");
	if ((op == SELECTOR_EXISTS || op == SELECTOR_NOT_EXISTS) && values.n)
		place_fault(&values_at, PROBLEM_FORBIDDEN,
			    "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
	if (at->reading->problems == before)
		selector_add(sel, (enum selector_op)op, key, values.at, values.n);
	vec_free(&values);
}

static void read_match_labels(const struct place *at, struct selector *sel)
{
	json_t *object = (json_t *)(uintptr_t)at->value;

	place_is_object(at);
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		struct place label = place_field(at, json_object_iter_key(i));
		const char *value = read_label_value(&label);

		if (!name_is_label_key(label.key))
			place_fault_key(&label, NAME_LABEL_KEY);
		if (value)
			selector_add(sel, SELECTOR_IN, label.key, &value, 1);
	}
}

bool decode_selector(const struct place *at, struct selector *sel)
{
	static const char *const fields[] = {"matchLabels", "matchExpressions"};
	struct place labels = place_field(at, "matchLabels"), expressions = place_field(at, "matchExpressions");
	size_t before = at->reading->problems, n;

	place_is_object(at);
	place_unknown(at, fields, COUNT(fields));
	read_match_labels(&labels, sel);
	place_is_list(&expressions, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&expressions, i);

		read_requirement(&item, sel);
	}
	selector_normalise(sel);
	return at->reading->problems == before;
}

/* "Except values will be rejected if they are outside the cidr range": each is smaller than the block and within it. */
static void read_except(const struct place *at, struct peer *peer)
{
	size_t n;

	place_is_list(at, &n);
	peer->except = n ? mem_new(n, sizeof *peer->except) : NULL;
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(at, i);
		struct cidr *except = &peer->except[peer->n_except];

		if (!place_cidr(&item, except))
			continue;
		if (!cidr_covers(&peer->block, except) || except->bits <= peer->block.bits)
			place_fault(&item, PROBLEM_INVALID, "must be a strict subset of `cidr`");
		else
			peer->n_except++;
	}
}

static void read_block(const struct place *at, struct peer *peer)
{
	static const char *const fields[] = {"cidr", "except"};
	struct place cidr = place_field(at, "cidr"), except = place_field(at, "except");

	peer->kind = PEER_BLOCK;
	if (!place_is_object(at))
		return;
	place_unknown(at, fields, COUNT(fields));
	if (!cidr.value)
		place_fault(&cidr, PROBLEM_REQUIRED, "must be given");
	if (place_cidr(&cidr, &peer->block))
		read_except(&except, peer);
}

/* "ipBlock [...] If this field is set then neither of the other fields can be." */
static void check_peer(const struct place *at, bool block, bool selectors)
{
	static const char *const fields[] = {"podSelector", "namespaceSelector", "ipBlock"};

	if (!place_is_object(at) || place_unknown(at, fields, COUNT(fields)))
		return;
	if (block && selectors)
		place_fault(at, PROBLEM_FORBIDDEN, "may not specify both ipBlock and another peer");
	if (!block && !selectors)
		place_fault(at, PROBLEM_REQUIRED, "must specify a peer: podSelector, namespaceSelector or ipBlock");
}

void decode_peer(const struct place *at, struct peer *peer)
{
	struct place pods = place_field(at, "podSelector"), ns = place_field(at, "namespaceSelector");
	struct place block = place_field(at, "ipBlock");
	size_t before = at->reading->problems;

	*peer = (struct peer){.kind = PEER_PODS, .any_ns = ns.value};
	check_peer(at, block.value, pods.value || ns.value);
	decode_selector(&ns, &peer->ns);
	decode_selector(&pods, &peer->pods);
	if (block.value)
		read_block(&block, peer);
	if (at->reading->problems == before)
		return;
	peer_fini(peer);
	*peer = (struct peer){.kind = PEER_NOBODY};
}

int decode_protocol(const struct place *at)
{
	static const char *const names[] = {"TCP", "UDP", "SCTP"};
	static const uint8_t numbers[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP};
	int i = place_choice(at, names, COUNT(names), 0);

	return i < 0 ? -1 : numbers[i];
}

/* "The port on the given protocol. This can either be a numerical or named port on a pod." */
static void read_port_value(const struct place *at, struct port *port)
{
	const char *name;

	if (!json_is_string(at->value)) {
		port->lo = port->hi = place_port(at);
		return;
	}
	name = json_string_value(at->value);
	if (name_is_port(name))
		port->name = atom(name);
	else
		place_fault(at, PROBLEM_INVALID, NAME_PORT);
}

void decode_port(const struct place *at, struct port *port)
{
	static const char *const fields[] = {"protocol", "port", "endPort"};
	struct place protocol_at = place_field(at, "protocol"), port_at = place_field(at, "port");
	struct place end_at = place_field(at, "endPort");
	size_t before = at->reading->problems;
	int protocol;

	*port = (struct port){.lo = 0, .hi = UINT16_MAX};
	if (place_is_object(at))
		place_unknown(at, fields, COUNT(fields));
	protocol = decode_protocol(&protocol_at);
	port->proto = protocol < 0 ? PROTO_TCP : (uint8_t)protocol;
	if (port_at.value)
		read_port_value(&port_at, port);
	if (end_at.value && !json_is_integer(port_at.value))
		place_fault(&end_at, PROBLEM_INVALID, "may not be specified when `port` is %s",
			    port_at.value ? "non-numeric" : "not specified");
	else if (end_at.value)
		port->hi = place_port(&end_at);
	if (at->reading->problems == before && port->lo > port->hi)
		place_fault(&end_at, PROBLEM_INVALID, "must be greater than or equal to `port`");
	if (at->reading->problems == before)
		return;
	atom_put(port->name);
	*port = (struct port){.proto = port->proto, .nothing = true};
}
