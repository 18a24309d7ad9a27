/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is a verdict said? */
#include <selvage/verdict_print.h>

#include <stdlib.h>

#include <selvage/text.h>

void ruling_path(const struct ruling *ruling, char *buf, size_t size)
{
	const struct rule *rule = ruling->rule;
	const char *side = rule->direction == DIRECTION_INGRESS ? "from" : "to";
	int n = snprintf(buf, size, "%s[%u]", direction_name(rule->direction), rule->index);

	if (ruling->peer != SIZE_MAX && n < (int)size)
		n += snprintf(buf + n, size - (size_t)n, ".%s[%zu]", side, ruling->peer);
	if (ruling->port != SIZE_MAX && n < (int)size)
		snprintf(buf + n, size - (size_t)n, ".ports[%zu]", ruling->port);
}

static void print_name(const struct object *object, FILE *out)
{
	text_safe(out, object->ns);
	fputc('/', out);
	text_safe(out, object->name);
}

static void print_end(const struct ruling *ruling, const struct ip *ip, FILE *out)
{
	char text[IP_TEXT];

	if (!ruling->pod) {
		fputs(ip_print(ip, text), out);
		return;
	}
	print_name(&ruling->pod->object, out);
	fprintf(out, " (%s)", ip_print(ip, text));
}

static void print_source(const struct source *source, FILE *out)
{
	if (!source->file)
		return;
	fputs("  ", out);
	text_safe(out, source->file);
	fprintf(out, ":%u", source->line);
}

static void print_ruling(const char *direction, const struct ruling *ruling, const char *isolating, FILE *out)
{
	char path[96];

	if (!ruling->pod)
		return;
	fprintf(out, " %-8s ", direction);
	print_name(&ruling->pod->object, out);
	if (!ruling->isolated) {
		fputs("  ALLOW  not isolated\n", out);
	} else if (!ruling->allowed) {
		fputs("  DENY   isolated by ", out);
		text_safe(out, isolating);
		fputs("; no rule admits it\n", out);
	} else {
		ruling_path(ruling, path, sizeof path);
		fputs("  ALLOW  NetworkPolicy ", out);
		print_name(&ruling->policy->object, out);
		fprintf(out, "  %s", path);
		print_source(&ruling->rule->source, out);
		fputc('\n', out);
	}
}

static void print_proto(const struct packet *packet, FILE *out)
{
	const char *name = proto_name(packet->proto);

	if (name)
		fprintf(out, "  %s %u\n", name, packet->port);
	else
		fputs("  ICMP\n", out);
}

void verdict_print(const struct packet *packet, const struct verdict *verdict,
		   const char *const isolating[static DIRECTION_COUNT], FILE *out)
{
	fputs(verdict->allowed ? "ALLOWED  " : "DENIED  ", out);
	print_end(&verdict->egress, &packet->from, out);
	fputs(" -> ", out);
	print_end(&verdict->ingress, &packet->to, out);
	print_proto(packet, out);
	switch (verdict->why) {
	case VERDICT_WHY_SELF:
		fputs(" a pod always reaches itself\n", out);
		break;
	case VERDICT_WHY_NODE:
		fputs(" a node and its pods always reach each other\n", out);
		break;
	case VERDICT_WHY_LINK:
		fputs(" nothing is forwarded for link-local addresses\n", out);
		break;
	case VERDICT_WHY_OVERLAY:
		fputs(" nothing that a pod sends, and nothing that is forwarded, reaches the overlay's UDP ports\n",
		      out);
		break;
	case VERDICT_WHY_POLICY:
		print_ruling("egress", &verdict->egress, isolating[DIRECTION_EGRESS], out);
		print_ruling("ingress", &verdict->ingress, isolating[DIRECTION_INGRESS], out);
		break;
	}
}

json_t *verdict_json_text(const char *text)
{
	json_t *json = json_string(text);
	char *safe = NULL;
	size_t size;
	FILE *out;

	if (json)
		return json;
	out = open_memstream(&safe, &size);
	if (!out)
		abort();
	text_safe(out, text);
	if (fclose(out))
		abort();
	json = json_string(safe);
	free(safe);
	return json;
}

static void json_text(json_t *into, const char *key, const char *ns, const char *name)
{
	json_object_set_new(into, key, json_sprintf("%s/%s", ns, name));
}

static json_t *ruling_json(const struct ruling *ruling)
{
	json_t *json = json_object();
	char path[96];

	if (ruling->pod)
		json_text(json, "pod", ruling->pod->object.ns, ruling->pod->object.name);
	json_object_set_new(json, "isolated", json_boolean(ruling->isolated));
	json_object_set_new(json, "allowed", json_boolean(ruling->allowed));
	if (!ruling->policy)
		return json;
	ruling_path(ruling, path, sizeof path);
	json_text(json, "policy", ruling->policy->object.ns, ruling->policy->object.name);
	json_object_set_new(json, "rule", json_string(path));
	if (ruling->rule->source.file) {
		json_object_set_new(json, "file", verdict_json_text(ruling->rule->source.file));
		json_object_set_new(json, "line", json_integer(ruling->rule->source.line));
	}
	return json;
}

void verdict_json(const struct verdict *verdict, json_t *into)
{
	static const char *const why[] = {"policy", "self", "node", "link-local", "overlay"};

	json_object_set_new(into, "verdict", json_string(verdict->allowed ? "allowed" : "denied"));
	json_object_set_new(into, "why", json_string(why[verdict->why]));
	json_object_set_new(into, "egress", ruling_json(&verdict->egress));
	json_object_set_new(into, "ingress", ruling_json(&verdict->ingress));
}
