/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is a verdict said? */
#include <selvage/verdict_print.h>

#include <selvage/colour.h>
#include <selvage/json_print.h>
#include <selvage/miss_print.h>
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

static void print_end(const char *name, const struct ruling *ruling, const struct ip *ip, FILE *out)
{
	char text[IP_TEXT];

	if (name) {
		text_safe(out, name);
		return;
	}
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

static void print_word(const struct verdict_text *text, enum tint tint, const char *word, FILE *out)
{
	fprintf(out, "%s%s%s", text->coloured ? colour_begin(tint) : "", word, text->coloured ? colour_end(tint) : "");
}

static void print_deny(const struct verdict_text *text, enum direction direction, FILE *out)
{
	const struct policy_list *isolating = &text->isolating[direction];
	const struct miss *miss = text->miss ? &text->miss[direction] : NULL;

	print_word(text, TINT_BAD, "DENY", out);
	fputs("   isolated by ", out);
	for (size_t i = 0; i < isolating->n; i++) {
		fputs(i ? ", " : "", out);
		print_name(&isolating->at[i]->object, out);
	}
	fputs(miss && !miss->policy ? "; there is no rule\n" : "; no rule admits it\n", out);
	if (!miss || !miss->policy)
		return;
	fputs("          nearest miss: ", out);
	miss_print(miss, out);
	print_source(&miss->rule->source, out);
	fputc('\n', out);
}

static void print_allow(const struct verdict_text *text, const struct ruling *ruling, FILE *out)
{
	char path[96];

	print_word(text, TINT_GOOD, "ALLOW", out);
	if (!ruling->isolated) {
		fputs("  not isolated\n", out);
		return;
	}
	ruling_path(ruling, path, sizeof path);
	fputs("  NetworkPolicy ", out);
	print_name(&ruling->policy->object, out);
	fprintf(out, "  %s", path);
	print_source(&ruling->rule->source, out);
	fputc('\n', out);
}

static void print_ruling(const struct verdict_text *text, enum direction direction, FILE *out)
{
	bool in = direction == DIRECTION_INGRESS;
	const struct ruling *ruling = in ? &text->verdict->ingress : &text->verdict->egress;

	if (!ruling->pod)
		return;
	fprintf(out, " %-8s ", direction_name(direction));
	if (text->group[direction])
		text_safe(out, in ? text->to : text->from);
	else
		print_name(&ruling->pod->object, out);
	fputs("  ", out);
	if (ruling->allowed)
		print_allow(text, ruling, out);
	else
		print_deny(text, direction, out);
}

void packet_print(const struct packet *packet, FILE *out)
{
	const char *name = proto_name(packet->proto);

	if (name)
		fprintf(out, "%s %u", name, packet->port);
	else
		fputs("ICMP", out);
}

static void print_head(const struct verdict_text *text, FILE *out)
{
	bool allowed = text->verdict->allowed;

	print_word(text, allowed ? TINT_GOOD : TINT_BAD, allowed ? "ALLOWED" : "DENIED", out);
	fputs("  ", out);
	print_end(text->from, &text->verdict->egress, &text->packet->from, out);
	fputs(" -> ", out);
	print_end(text->to, &text->verdict->ingress, &text->packet->to, out);
	fputs("  ", out);
	packet_print(text->packet, out);
	if (text->via) {
		fputs("   via ", out);
		text_safe(out, text->via);
	}
	fputc('\n', out);
}

void verdict_print(const struct verdict_text *text, FILE *out)
{
	print_head(text, out);
	switch (text->verdict->why) {
	case VERDICT_WHY_SELF:
		fputs(" a pod always reaches itself\n", out);
		break;
	case VERDICT_WHY_NODE:
		fputs(" a node and its pods always reach each other\n", out);
		break;
	case VERDICT_WHY_LINK:
		fputs(" nothing is forwarded for link-local addresses\n", out);
		break;
	case VERDICT_WHY_MANY:
		fputs(" multicast and broadcast are not forwarded on a node where some pod is isolated for ingress: it "
		      "could not be spared them\n",
		      out);
		break;
	case VERDICT_WHY_OVERLAY:
		fputs(" nothing that a pod sends, and nothing that is forwarded, reaches the overlay's UDP ports\n",
		      out);
		break;
	case VERDICT_WHY_POLICY:
		print_ruling(text, DIRECTION_EGRESS, out);
		print_ruling(text, DIRECTION_INGRESS, out);
		break;
	}
}

const char *verdict_why_name(enum verdict_why why)
{
	static const char *const names[] = {"policy", "self", "node", "link-local", "multicast", "overlay"};

	return names[why];
}

static json_t *name_json(const struct object *object)
{
	return json_sprintf("%s/%s", object->ns, object->name);
}

static json_t *policies_json(const struct policy_list *policies)
{
	json_t *json = json_array();

	for (size_t i = 0; i < policies->n; i++)
		json_array_append_new(json, name_json(&policies->at[i]->object));
	return json;
}

static void rule_json(const struct ruling *ruling, json_t *into)
{
	char path[96];

	ruling_path(ruling, path, sizeof path);
	json_object_set_new(into, "policy", name_json(&ruling->policy->object));
	json_object_set_new(into, "rule", json_string(path));
	if (!ruling->rule->source.file)
		return;
	json_object_set_new(into, "file", json_text(ruling->rule->source.file));
	json_object_set_new(into, "line", json_integer(ruling->rule->source.line));
}

json_t *ruling_json(const struct ruling *ruling, const struct policy_list *isolating, const struct miss *miss)
{
	json_t *json = json_object();

	if (ruling->pod)
		json_object_set_new(json, "pod", name_json(&ruling->pod->object));
	json_object_set_new(json, "isolated", json_boolean(ruling->isolated));
	json_object_set_new(json, "allowed", json_boolean(ruling->allowed));
	json_object_set_new(json, "isolatedBy", policies_json(isolating));
	if (ruling->policy)
		rule_json(ruling, json);
	else if (miss->policy)
		json_object_set_new(json, "nearestMiss", miss_json(miss));
	return json;
}
