/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is a nearest miss said? */
#include <selvage/miss_print.h>

#include <stdlib.h>
#include <string.h>

#include <selvage/json_print.h>
#include <selvage/text.h>

#define PARTS_PORT (MISS_BIT(MISS_PROTOCOL) | MISS_BIT(MISS_PORT))

static void print_address(const struct ip *ip, FILE *out)
{
	char text[IP_TEXT];

	fputs(ip_print(ip, text), out);
}

static void print_block(const struct cidr *cidr, FILE *out)
{
	print_address(&cidr->addr, out);
	fprintf(out, "/%u", cidr->bits);
}

static void print_unclear(const struct miss *miss, FILE *out)
{
	(void)miss;
	fputs("a part of it admits nobody, being empty or not understood", out);
}

static void print_no_pod(const struct miss *miss, FILE *out)
{
	fputs("selectors match pods only, ", out);
	print_address(miss->address, out);
	fputs(" is none's", out);
}

/* "wants team=db, namespace shop has team=web", of each requirement that does not match. */
static void print_unmet(const struct selector *selector, const struct labels *labels, const char *who, FILE *out)
{
	const char *separator = " wants ";

	for (size_t i = 0; i < selector->n; i++) {
		const struct requirement *req = &selector->at[i];
		const char *value = labels_find(labels, req->key);

		if (requirement_match(req, labels))
			continue;
		fputs(separator, out);
		requirement_print(req, out);
		fputs(", ", out);
		text_safe(out, who);
		fputs(value ? " has " : " has no ", out);
		text_safe(out, req->key);
		if (value) {
			fputc('=', out);
			text_safe(out, value);
		}
		separator = " and wants ";
	}
}

static void print_namespace(const struct miss *miss, FILE *out)
{
	const char *name = miss->pod->object.ns;
	struct labels implied = {0};
	char *who;

	if (!miss->peer->any_ns) {
		fputs("peers are of namespace ", out);
		text_safe(out, miss->policy->object.ns);
		fputs(", the pod is of ", out);
		text_safe(out, name);
		return;
	}
	if (!miss->ns)
		labels_put(&implied, "kubernetes.io/metadata.name", name);
	if (asprintf(&who, "namespace %s", name) < 0)
		abort();
	fputs("namespaceSelector", out);
	print_unmet(&miss->peer->ns, miss->ns ? &miss->ns->labels : &implied, who, out);
	free(who);
	labels_fini(&implied);
}

static void print_pods(const struct miss *miss, FILE *out)
{
	fputs("podSelector", out);
	print_unmet(&miss->peer->pods, &miss->pod->labels, "pod", out);
}

static void print_outside(const struct miss *miss, FILE *out)
{
	print_address(miss->address, out);
	fputs(miss->except ? " is in except " : " is not in ", out);
	print_block(miss->except ? miss->except : &miss->peer->block, out);
}

static void print_protocol(const struct miss *miss, FILE *out)
{
	const char *name = proto_name(miss->packet->proto);

	fprintf(out, "protocol %s != %s", name ? name : "ICMP", proto_name(miss->port->proto));
}

/* "port 80 is not web, which shop/db has as 8080"; names may stand for several numbers. */
static void print_named_port(const struct miss *miss, FILE *out)
{
	const struct pod *pod = miss->receiver;
	const char *separator = " has as ";

	fprintf(out, "port %u is not ", miss->packet->port);
	text_safe(out, miss->port->name);
	if (!pod) {
		fputs(", for only pods have named ports", out);
		return;
	}
	fputs(", which ", out);
	text_safe(out, pod->object.ns);
	fputc('/', out);
	text_safe(out, pod->object.name);
	for (size_t i = 0; i < pod->n_ports; i++) {
		if (pod->ports[i].name != miss->port->name || pod->ports[i].proto != miss->packet->proto)
			continue;
		fprintf(out, "%s%u", separator, pod->ports[i].number);
		separator = ", ";
	}
	if (*separator == ' ')
		fputs(" does not have", out);
}

static void print_port(const struct miss *miss, FILE *out)
{
	const struct port *port = miss->port;

	if (port->name)
		print_named_port(miss, out);
	else if (port->lo == port->hi)
		fprintf(out, "port %u != %u", miss->packet->port, port->lo);
	else
		fprintf(out, "port %u is not in %u-%u", miss->packet->port, port->lo, port->hi);
}

static const struct {
	const char *name;
	void (*print)(const struct miss *miss, FILE *out);
} parts[MISS_PART_COUNT] = {
	[MISS_UNCLEAR] = {"unclear", print_unclear},
	[MISS_POD] = {"pod", print_no_pod},
	[MISS_NAMESPACE] = {"namespace", print_namespace},
	[MISS_PODS] = {"labels", print_pods},
	[MISS_ADDRESS] = {"address", print_outside},
	[MISS_PROTOCOL] = {"protocol", print_protocol},
	[MISS_PORT] = {"port", print_port},
};

static void print_parts(const struct miss *miss, FILE *out)
{
	bool peer_matches = !(miss->failed & ~PARTS_PORT), port_matches = !(miss->failed & PARTS_PORT);
	const char *separator = peer_matches ? "peer matches, " : "";

	for (unsigned i = 0; i < MISS_PART_COUNT; i++) {
		if (!(miss->failed & MISS_BIT(i)))
			continue;
		fputs(separator, out);
		parts[i].print(miss, out);
		separator = ", ";
	}
	if (port_matches && !miss->rule->every_port && !(miss->failed & MISS_BIT(MISS_UNCLEAR)))
		fputs(", port matches", out);
}

void miss_print(const struct miss *miss, FILE *out)
{
	if (!miss->policy)
		return;
	text_safe(out, miss->policy->object.ns);
	fputc('/', out);
	text_safe(out, miss->policy->object.name);
	fprintf(out, " %s[%u]: ", direction_name(miss->rule->direction), miss->rule->index);
	print_parts(miss, out);
}

static json_t *parts_json(const struct miss *miss)
{
	json_t *json = json_array();

	for (unsigned i = 0; i < MISS_PART_COUNT; i++)
		if (miss->failed & MISS_BIT(i))
			json_array_append_new(json, json_string(parts[i].name));
	return json;
}

json_t *miss_json(const struct miss *miss)
{
	char *text = NULL;
	size_t size;
	FILE *out;
	json_t *json;

	if (!miss->policy)
		return NULL;
	out = open_memstream(&text, &size);
	if (!out)
		abort();
	print_parts(miss, out);
	if (fclose(out))
		abort();
	json = json_object();
	json_object_set_new(json, "policy", json_sprintf("%s/%s", miss->policy->object.ns, miss->policy->object.name));
	json_object_set_new(json, "rule",
			    json_sprintf("%s[%u]", direction_name(miss->rule->direction), miss->rule->index));
	if (miss->rule->source.file) {
		json_object_set_new(json, "file", json_text(miss->rule->source.file));
		json_object_set_new(json, "line", json_integer(miss->rule->source.line));
	}
	json_object_set_new(json, "failed", parts_json(miss));
	json_object_set_new(json, "text", json_text(text));
	free(text);
	return json;
}
