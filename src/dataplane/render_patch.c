/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which nft commands make one table of another? */
#include <selvage/diff.h>

#include "render_parts.h"

#define TABLE "inet " FACT_TABLE

static const char *const objects[] = {[FACT_COUNTER] = "counter", [FACT_SET] = "set", [FACT_CHAIN] = "chain"};

static const char *word(const struct fact *f)
{
	return f->kind == FACT_SET && f->set.map ? "map" : objects[f->kind];
}

/* Is there something that cannot become what it is to be, but must go and come again under the same name?  Nothing that
 * one compiler makes of two clusters. */
static bool is_anew(const struct facts *want, const struct facts *del)
{
	for (size_t i = 0; i < del->n; i++) {
		const struct fact *f = &del->at[i],
				  *next = f->kind == FACT_ELEMENT ? NULL : facts_find(want, f->kind, f->name);

		if (next && diff_anew(f, next))
			return true;
	}
	return false;
}

static void flush_chains(const struct facts *del, FILE *out)
{
	for (size_t i = 0; i < del->n; i++)
		if (del->at[i].kind == FACT_CHAIN)
			fprintf(out, "flush chain " TABLE " %s\n", del->at[i].name);
}

static void delete_elements(const struct facts *have, const struct facts *del, FILE *out)
{
	for (size_t i = 0; i < del->n; i++) {
		const struct fact *f = &del->at[i], *set = facts_find(have, FACT_SET, f->name);

		if (f->kind != FACT_ELEMENT)
			continue;
		fprintf(out, "delete element " TABLE " %s { ", f->name);
		render_element(f, set, out);
		fputs(" }\n", out);
	}
}

/* Deletes in an order in which nothing that is left refers to it. */
static void delete_objects(const struct facts *want, const struct facts *del, FILE *out)
{
	static const enum fact_kind order[] = {FACT_SET, FACT_CHAIN, FACT_COUNTER};

	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (size_t i = 0; i < del->n; i++)
			if (del->at[i].kind == order[k] && !facts_find(want, order[k], del->at[i].name))
				fprintf(out, "delete %s " TABLE " %s\n", word(&del->at[i]), del->at[i].name);
}

static void add_set(const struct fact *f, FILE *out)
{
	fprintf(out, "add %s " TABLE " %s { type %s%s;", word(f), f->name, key_type_name(f->set.key),
		f->set.map ? " : verdict" : "");
	if (f->set.interval)
		fputs(" flags interval;", out);
	if (f->set.transient)
		fprintf(out, " size %d; timeout %ds;", FACT_TRANSIENT_MAX, FACT_TRANSIENT_SECONDS);
	fputs(" }\n", out);
}

static void add_counter(const struct fact *f, FILE *out)
{
	fprintf(out, "add counter " TABLE " %s", f->name);
	if (f->comment)
		fprintf(out, " { comment \"%s\"; }", f->comment);
	fputc('\n', out);
}

static void add_chain(const struct fact *f, FILE *out)
{
	fprintf(out, "add chain " TABLE " %s", f->name);
	if (f->comment || f->chain.base)
		fputs(" {", out);
	if (f->chain.base)
		fprintf(out, " type filter hook %s priority %d; policy accept;", hook_name(f->chain.hook),
			f->chain.priority);
	if (f->comment)
		fprintf(out, " comment \"%s\";", f->comment);
	fputs(f->comment || f->chain.base ? " }\n" : "\n", out);
}

static void add_objects(const struct facts *have, const struct facts *add, FILE *out)
{
	for (size_t i = 0; i < add->n; i++) {
		const struct fact *f = &add->at[i];

		if (f->kind == FACT_ELEMENT || facts_find(have, f->kind, f->name))
			continue;
		if (f->kind == FACT_COUNTER)
			add_counter(f, out);
		else if (f->kind == FACT_SET)
			add_set(f, out);
		else
			add_chain(f, out);
	}
}

static void add_elements(const struct facts *want, const struct facts *add, FILE *out)
{
	for (size_t i = 0; i < add->n; i++) {
		if (add->at[i].kind != FACT_ELEMENT)
			continue;
		fprintf(out, "add element " TABLE " %s { ", add->at[i].name);
		render_element(&add->at[i], facts_find(want, FACT_SET, add->at[i].name), out);
		fputs(" }\n", out);
	}
}

static void add_rules(const struct facts *add, FILE *out)
{
	for (size_t i = 0; i < add->n; i++) {
		const struct fact *f = &add->at[i];

		for (size_t k = 0; f->kind == FACT_CHAIN && k < f->chain.n; k++) {
			fprintf(out, "add rule " TABLE " %s ", f->name);
			render_rule(&f->chain.rules[k], out);
			fputc('\n', out);
		}
	}
}

void render_patch(const struct facts *have, const struct facts *want, const struct patch *patch, FILE *out)
{
	if (is_anew(want, &patch->del)) {
		render_table(want, out);
		return;
	}
	flush_chains(&patch->del, out);
	delete_elements(have, &patch->del, out);
	delete_objects(want, &patch->del, out);
	add_objects(have, &patch->add, out);
	add_elements(want, &patch->add, out);
	add_rules(&patch->add, out);
}
