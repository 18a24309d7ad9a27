/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How do people read what a node enforces? */
#include <selvage/status.h>

#include <string.h>

#include <selvage/text.h>

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "-";
}

static long long number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

/* "a, b"; "-" for none, "?" where they are not known. */
static void list_cell(struct table *table, const json_t *list)
{
	char *joined = NULL;
	const json_t *item;
	size_t i, size;
	FILE *out = open_memstream(&joined, &size);

	if (!out)
		abort();
	json_array_foreach(list, i, item)
		fprintf(out, "%s%s", i ? ", " : "", json_string_value(item) ? json_string_value(item) : "");
	if (fclose(out))
		abort();
	table_cell(table, "%s", *joined ? joined : json_is_array(list) ? "-" : "?");
	free(joined);
}

static void isolated_cell(struct table *table, const json_t *side)
{
	bool isolated = json_is_true(json_object_get(side, "isolated"));

	table_cell(table, "%s", isolated ? "yes" : "no");
	table_tint(table, isolated ? TINT_GOOD : TINT_DIM);
}

/* The later of two times as text, which sort as they are; "-" is before all. */
static const char *later(const char *a, const char *b)
{
	return strcmp(a, b) > 0 ? a : b;
}

static void pods_print(const json_t *status, const struct table_form *form, FILE *out)
{
	static const struct table_column columns[] = {
		{.name = "POD"},
		{.name = "IN"},
		{.name = "OUT"},
		{.name = "DROPS IN", .right = true},
		{.name = "DROPS OUT", .right = true},
		{.name = "LAST DROP"},
		{.name = "POLICIES IN", .wide = true},
		{.name = "POLICIES OUT", .wide = true},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *pod;
	size_t i;

	json_array_foreach(json_object_get(status, "pods"), i, pod)
	{
		const json_t *in = json_object_get(pod, "ingress"), *eg = json_object_get(pod, "egress");

		table_row(table);
		table_cell(table, "%s", text(pod, "pod"));
		isolated_cell(table, in);
		isolated_cell(table, eg);
		table_cell(table, "%lld", number(in, "drops"));
		table_cell(table, "%lld", number(eg, "drops"));
		table_cell(table, "%s", later(text(in, "lastDrop"), text(eg, "lastDrop")));
		list_cell(table, json_object_get(in, "policies"));
		list_cell(table, json_object_get(eg, "policies"));
	}
	table_print(table, form, out);
	if (table_rows(table))
		fputc('\n', out);
	table_free(table);
}

static void other_print(const json_t *status, const struct table_form *form, FILE *out)
{
	static const struct table_column columns[] = {{.name = "DROPPED FOR"},
						      {.name = "DROPS", .right = true},
						      {.name = "LAST DROP"}};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *other;
	size_t i;

	json_array_foreach(json_object_get(status, "otherDrops"), i, other)
	{
		table_row(table);
		table_cell(table, "%s", text(other, "reason"));
		table_cell(table, "%lld", number(other, "drops"));
		table_cell(table, "%s", text(other, "lastDrop"));
	}
	table_print(table, form, out);
	if (table_rows(table))
		fputc('\n', out);
	table_free(table);
}

static void guards_print(const json_t *status, const struct table_form *form, FILE *out)
{
	static const struct table_column columns[] = {{.name = "GUARD"},
						      {.name = "STATE"},
						      {.name = "DETAIL", .wrap = true}};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *guard;
	size_t i;

	json_array_foreach(json_object_get(status, "guards"), i, guard)
	{
		const char *state = text(guard, "state");

		table_row(table);
		table_cell(table, "%s", text(guard, "guard"));
		table_cell(table, "%s", state);
		table_tint(table, !strcmp(state, "bad") ? TINT_BAD : !strcmp(state, "ok") ? TINT_GOOD : TINT_WARN);
		table_cell(table, "%s", text(guard, "detail"));
	}
	table_print(table, form, out);
	table_free(table);
}

static void feeds_print(const json_t *status, const struct table_form *form, FILE *out)
{
	static const struct table_column columns[] = {
		{.name = "OBJECTS"},
		{.name = "SYNCED"},
		{.name = "LAST EVENT", .right = true},
		{.name = "RESTARTS", .right = true},
		{.name = "DIFFERENCES", .right = true, .wide = true},
		{.name = "ERROR", .wrap = true},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *feed;
	size_t i;

	json_array_foreach(json_object_get(status, "feeds"), i, feed)
	{
		table_row(table);
		table_cell(table, "%s", text(feed, "kind"));
		table_cell(table, "%s", json_is_true(json_object_get(feed, "synced")) ? "yes" : "no");
		table_cell(table, "%.0fs", json_number_value(json_object_get(feed, "age")));
		table_cell(table, "%lld", number(feed, "restarts"));
		table_cell(table, "%lld", number(feed, "differences"));
		table_cell(table, "%s", text(feed, "error"));
	}
	if (table_rows(table))
		fputc('\n', out);
	table_print(table, form, out);
	table_free(table);
}

static void drifts_print(const json_t *status, const struct table_form *form, FILE *out)
{
	static const struct table_column columns[] = {{.name = "DRIFT"},
						      {.name = "PROCESS"},
						      {.name = "PID", .right = true},
						      {.name = "REPAIRED"},
						      {.name = "WHAT", .wrap = true}};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *drift;
	size_t i;

	json_array_foreach(json_object_get(status, "drifts"), i, drift)
	{
		table_row(table);
		table_cell(table, "%s", text(drift, "time"));
		table_cell(table, "%s", text(drift, "process"));
		if (json_is_integer(json_object_get(drift, "pid")))
			table_cell(table, "%lld", number(drift, "pid"));
		else
			table_cell(table, "-");
		table_cell(table, "%s", json_is_true(json_object_get(drift, "repaired")) ? "yes" : "was right");
		table_cell(table, "%s", text(drift, "what"));
	}
	if (table_rows(table))
		fputc('\n', out);
	table_print(table, form, out);
	table_free(table);
}

/* Lines "title: TEXT". */
static void lines_print(const json_t *status, const char *list, const char *title, FILE *out)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(status, list), i, line)
	{
		fprintf(out, "%s: ", title);
		text_safe(out, json_string_value(line) ? json_string_value(line) : "");
		fputc('\n', out);
	}
}

static void chains_print(const json_t *status, FILE *out)
{
	static const char *const names[] = {"family", "table", "chain"};
	const json_t *chain;
	size_t i;

	json_array_foreach(json_object_get(status, "otherChains"), i, chain)
	{
		fputs("forwarded packets also pass:", out);
		for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
			fputc(' ', out);
			text_safe(out, text(chain, names[n]));
		}
		fputs(" (policy ", out);
		text_safe(out, text(chain, "policy"));
		fputs(")\n", out);
	}
}

static void recent_print(const json_t *status, const char *list, FILE *out)
{
	const json_t *drop;
	size_t i;

	json_array_foreach(json_object_get(status, list), i, drop)
	{
		if (!i)
			fputc('\n', out);
		text_safe(out, text(drop, "time"));
		fprintf(out, "  %lldx  ", number(drop, "count"));
		drop_print(drop, out);
		fputc('\n', out);
	}
}

static void head_print(const json_t *status, FILE *out)
{
	if (json_is_string(json_object_get(status, "node"))) {
		fputs("node ", out);
		text_safe(out, text(status, "node"));
	} else
		fputs("this node", out);
	if (!status_alive(status))
		fputs(": the agent does not answer; this is what the kernel enforces", out);
	else if (json_array_size(json_object_get(status, "degraded")))
		fputs(": not protected as it should be", out);
	else
		fputs(": protected", out);
	fputc('\n', out);
	lines_print(status, "degraded", "degraded", out);
	lines_print(status, "flaws", "flaw", out);
	chains_print(status, out);
	fputc('\n', out);
}

void status_print(const json_t *status, const struct table_form *form, FILE *out)
{
	head_print(status, out);
	pods_print(status, form, out);
	other_print(status, form, out);
	guards_print(status, form, out);
	feeds_print(status, form, out);
	drifts_print(status, form, out);
	if (form->format == FORMAT_WIDE)
		recent_print(status, "recentDrops", out);
}

static void shadow_cell(struct table *table, const json_t *shadow)
{
	if (shadow)
		table_cell(table, "%lld", number(shadow, "drops"));
	else
		table_cell(table, "-");
}

static void shadow_pods_print(const json_t *status, const struct table_form *form, FILE *out)
{
	static const struct table_column columns[] = {{.name = "POD"},
						      {.name = "WOULD DROP IN", .right = true},
						      {.name = "WOULD DROP OUT", .right = true},
						      {.name = "LAST"}};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *pod;
	size_t i;

	json_array_foreach(json_object_get(status, "pods"), i, pod)
	{
		const json_t *in = json_object_get(json_object_get(pod, "ingress"), "shadow"),
			     *eg = json_object_get(json_object_get(pod, "egress"), "shadow");

		if (!in && !eg)
			continue;
		table_row(table);
		table_cell(table, "%s", text(pod, "pod"));
		shadow_cell(table, in);
		shadow_cell(table, eg);
		table_cell(table, "%s", later(text(in, "lastDrop"), text(eg, "lastDrop")));
	}
	table_print(table, form, out);
	table_free(table);
}

void status_print_shadow(const json_t *status, const struct table_form *form, FILE *out)
{
	const json_t *shadow = json_object_get(status, "shadow");

	if (shadow)
		fprintf(out, "%lld policies are proposed, and %s\n\n", number(shadow, "policies"),
			json_is_true(json_object_get(shadow, "active")) ? "what they would drop is counted"
									: "left out: see the agent's log");
	else if (status_alive(status))
		fputs("no policy is proposed: the agent runs without --shadow\n", out);
	else
		fputs("the agent does not answer; this is what the kernel counts\n\n", out);
	shadow_pods_print(status, form, out);
	recent_print(status, "recentShadow", out);
}
