/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does a plan speak of ends, ports and causes? */
#include <stdlib.h>
#include <string.h>

#include <selvage/template.h>
#include <selvage/verdict_print.h>

#include "plan_report.h"

#define PORTS_SHOWN 6  /* cells; more are counted */
#define EXCEPT_SHOWN 3 /* prefixes */
#define PATH_SIZE 96

/* The text that was printed into memory. */
struct text {
	char *at;
	size_t n;
	FILE *out;
};

static FILE *words_open(struct text *text)
{
	text->out = open_memstream(&text->at, &text->n);
	if (!text->out)
		abort();
	return text->out;
}

static char *text_take(struct text *text)
{
	if (fclose(text->out))
		abort();
	return text->at;
}

static void add_cidrs(const struct ip_ranges *ranges, struct words *out)
{
	struct prefixes cidrs = {VEC_EMPTY};
	char ip[IP_TEXT];

	for (size_t i = 0; i < ranges->n; i++)
		ip_range_cidrs(&ranges->at[i], &cidrs);
	for (size_t i = 0; i < cidrs.n; i++)
		if (asprintf(vec_add(out), "%s/%u", ip_print(&cidrs.at[i].addr, ip), cidrs.at[i].bits) < 0)
			abort();
	vec_free(&cidrs);
}

static void print_except(const struct ip_ranges *ranges, FILE *out)
{
	struct words words = {VEC_EMPTY};

	add_cidrs(ranges, &words);
	for (size_t i = 0; i < words.n && i < EXCEPT_SHOWN; i++)
		fprintf(out, "%s%s", i ? ", " : " except ", words.at[i]);
	if (words.n > EXCEPT_SHOWN)
		fprintf(out, ", +%zu more", words.n - EXCEPT_SHOWN);
	words_fini(&words);
}

static void print_pods(const struct plan_end *end, FILE *out)
{
	if (end->n == end->total)
		fprintf(out, "(%s%zu pod%s)", end->n > 1 ? "all " : "", end->n, end->n == 1 ? "" : "s");
	else
		fprintf(out, "(%zu of %zu pods)", end->n, end->total);
}

static void end_print(const struct plan_end *end, FILE *out)
{
	switch (end->kind) {
	case PLAN_END_WORKLOAD:
		fprintf(out, "%s/%s", end->ns, end->name);
		if (end->total > 1 || strcmp(end->what, "Pod"))
			fprintf(out, end->n == end->total ? " (%zu)" : " (%zu of %zu)", end->n, end->total);
		break;
	case PLAN_END_NAMESPACE:
		fprintf(out, "namespace %s ", end->ns);
		print_pods(end, out);
		break;
	case PLAN_END_CLUSTER:
		fputs("cluster ", out);
		print_pods(end, out);
		break;
	case PLAN_END_WORLD:
		fputs("world", out);
		if (end->families != (1U << FAMILY_4 | 1U << FAMILY_6))
			fputs(end->families & 1U << FAMILY_4 ? " (IPv4)" : " (IPv6)", out);
		print_except(&end->ranges, out);
		break;
	case PLAN_END_RANGES:
	case PLAN_END_KIND_COUNT:
		break;
	}
}

static void expand_pods(const struct plan_report *report, const struct plan_classes *classes, struct words *out)
{
	size_t n;
	const struct reach_class *class = reach_classes(plan_reach(report->plan), &n);

	for (size_t i = 0; i < classes->n; i++)
		for (size_t p = 0; p < class[classes->at[i]].n; p++) {
			const struct reach_pod *pod = &class[classes->at[i]].pods[p];
			const struct object *o =
				&(pod->in[REACH_AFTER] ? pod->in[REACH_AFTER] : pod->in[REACH_BEFORE])->object;

			if (asprintf(vec_add(out), "%s/%s", o->ns, o->name) < 0)
				abort();
		}
}

void plan_words_ends(const struct plan_report *report, const struct plan_classes *classes, bool expand,
		     struct words *out)
{
	struct plan_ends ends;

	*out = (struct words){VEC_EMPTY};
	if (expand)
		expand_pods(report, classes, out);
	plan_ends_of(report->plan, classes, &ends);
	for (size_t i = 0; i < ends.n; i++) {
		struct text text;

		if (ends.at[i].kind == PLAN_END_RANGES) {
			add_cidrs(&ends.at[i].ranges, out);
			continue;
		}
		if (expand && ends.at[i].kind != PLAN_END_WORLD)
			continue;
		end_print(&ends.at[i], words_open(&text));
		*vec_add(out) = text_take(&text);
	}
	plan_ends_fini(&ends);
}

static void portset_words(const struct plan_report *report, const struct portset *ports, FILE *out)
{
	struct portset some = *ports;

	if (!report->expand && some.n > PORTS_SHOWN)
		some.n = PORTS_SHOWN;
	portset_print(&some, out);
	if (some.n < ports->n)
		fprintf(out, ", +%zu more", ports->n - some.n);
}

char *plan_words_portset(const struct plan_report *report, const struct portset *ports)
{
	struct text text;

	portset_words(report, ports, words_open(&text));
	return text_take(&text);
}

char *plan_words_ports(const struct plan_report *report, const struct reach_ports *ports)
{
	struct text text;
	FILE *out = words_open(&text);

	if (!ports->open || (!ports->open->n && ports->maybe == ports->open))
		fputs("-", out);
	else if (ports->open->n)
		portset_words(report, ports->open, out);
	if (ports->open && ports->maybe != ports->open) {
		struct portset rest;

		portset_subtract(ports->maybe, ports->open, &rest);
		fputs(ports->open->n ? ", perhaps " : "perhaps ", out);
		portset_words(report, &rest, out);
		vec_free(&rest);
	}
	return text_take(&text);
}

static void object_print(const struct object *object, FILE *out)
{
	const struct pod *pod = (const struct pod *)(const void *)object;

	if (object->kind == OBJECT_POD && template_made(pod))
		fprintf(out, "%s %s/%s", pod->detail->owner.kind, object->ns, pod->detail->owner.name);
	else
		fprintf(out, "%s %s%s%s", object_type(object->kind)->kind, object->ns ? object->ns : "",
			object->ns ? "/" : "", object->name);
}

char *plan_words_object(const struct object *object)
{
	struct text text;

	object_print(object, words_open(&text));
	return text_take(&text);
}

static void policy_print(const struct policy *policy, FILE *out)
{
	fprintf(out, "%s/%s", policy->object.ns, policy->object.name);
}

char *plan_words_rule(const struct plan_cause *cause)
{
	char path[PATH_SIZE], *copy;

	ruling_path(&cause->ruling, path, sizeof path);
	copy = strdup(path);
	if (!copy)
		abort();
	return copy;
}

static void rule_print(const struct plan_report *report, const struct plan_row *row, FILE *out)
{
	const struct plan_cause *cause = &row->cause;
	char path[PATH_SIZE];

	ruling_path(&cause->ruling, path, sizeof path);
	policy_print(cause->policy, out);
	if (cause->deleted) {
		fprintf(out, " is deleted, whose %s admitted ", path);
	} else {
		fprintf(out, " %s %s ", path, cause->why == PLAN_WHY_RULE ? "admits" : "no longer admits");
	}
	portset_words(report, &row->ports, out);
}

static void presence_print(const struct plan_report *report, const struct plan_cause *cause, FILE *out)
{
	const struct object *o = cause->object;
	bool appeared = cause->why == PLAN_WHY_APPEARED;
	const struct store *other = appeared ? report->before : report->after;

	if (!o) {
		fputs(appeared ? "addresses are there" : "addresses are gone", out);
		return;
	}
	object_print(o, out);
	if (store_find(other, o->kind, o->ns, o->name))
		fputs(appeared ? " has got an address" : " has lost an address", out);
	else
		fputs(appeared ? " is new" : " is gone", out);
}

/* Of two pods that claim one address, the newer has it. */
static void moved_print(const struct plan_report *report, const struct object *o, FILE *out)
{
	object_print(o, out);
	fputs(", which has or had the same address, ", out);
	if (!store_find(report->before, o->kind, o->ns, o->name))
		fputs("is new", out);
	else
		fputs(store_find(report->after, o->kind, o->ns, o->name) ? "is not what it was" : "is gone", out);
}

static void cause_print(const struct plan_report *report, const struct plan_row *row, FILE *out)
{
	const struct plan_cause *cause = &row->cause;

	switch (cause->why) {
	case PLAN_WHY_RULE:
	case PLAN_WHY_RULE_GONE:
		rule_print(report, row, out);
		break;
	case PLAN_WHY_POLICY:
		policy_print(cause->policy, out);
		fprintf(out, " isolates %s", direction_name(cause->direction));
		break;
	case PLAN_WHY_FREED:
		policy_print(cause->policy, out);
		fprintf(out, cause->deleted ? " is deleted, which isolated %s" : " no longer isolates %s",
			direction_name(cause->direction));
		break;
	case PLAN_WHY_LABELS:
		object_print(cause->object, out);
		fputs(" is not what it was", out);
		break;
	case PLAN_WHY_MOVED:
		moved_print(report, cause->object, out);
		break;
	case PLAN_WHY_APPEARED:
	case PLAN_WHY_VANISHED:
		presence_print(report, cause, out);
		break;
	case PLAN_WHY_UNCLEAR:
		if (cause->policy)
			policy_print(cause->policy, out);
		fputs(cause->policy ? " changes; " : "", out);
		fputs("it depends on an address that a pod has not got yet", out);
		break;
	case PLAN_WHY_COUNT:
		break;
	}
}

static void still_print(const struct plan_row *row, FILE *out)
{
	fprintf(out, "; %s decides as before",
		direction_name(row->direction == DIRECTION_EGRESS ? DIRECTION_INGRESS : DIRECTION_EGRESS));
	if (row->still) {
		fputs(": ", out);
		policy_print(row->still, out);
	} else if (row->n_still) {
		fprintf(out, ": %zu policies", row->n_still);
	}
}

char *plan_words_because(const struct plan_report *report, const struct plan_row *row)
{
	struct text text;
	FILE *out = words_open(&text);

	cause_print(report, row, out);
	if (row->kind == PLAN_NOOP)
		still_print(row, out);
	return text_take(&text);
}

char *plan_words_source(const struct source *source)
{
	struct text text;
	FILE *out = words_open(&text);

	if (source->file)
		fprintf(out, "%s:%u", source->file, source->line);
	return text_take(&text);
}
