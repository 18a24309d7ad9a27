/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does the table read as an `nft -f` script? */
#include <string.h>

#include <selvage/render.h>

#include "render_parts.h"

#define INLINE_ELEMENTS 1 /* as many stand on one line with their set */

static void comment_render(const char *comment, FILE *out)
{
	if (comment)
		fprintf(out, " comment \"%s\"", comment);
}

/* The prefix length of a range that is exactly one prefix, or -1. */
static int prefix_bits(const uint8_t *lo, const uint8_t *hi, unsigned size)
{
	unsigned bits = 0;

	while (bits < size * 8 && !((lo[bits / 8] ^ hi[bits / 8]) & 0x80 >> bits % 8))
		bits++;
	for (unsigned i = bits; i < size * 8; i++) {
		unsigned bit = 0x80u >> i % 8;
		if (lo[i / 8] & bit || !(hi[i / 8] & bit))
			return -1;
	}
	return (int)bits;
}

static void range_render(const struct fact *f, enum key_type key, FILE *out)
{
	uint8_t size = f->element.size;
	int bits = prefix_bits(f->element.lo, f->element.hi, size);

	key_print(f->element.lo, size, out);
	if (bits == size * 8)
		return;
	if (bits >= 0 && key != KEY_PORT) {
		fprintf(out, "/%d", bits);
		return;
	}
	fputc('-', out);
	key_print(f->element.hi, size, out);
}

void render_element(const struct fact *f, const struct fact *set, FILE *out)
{
	range_render(f, set->set.key, out);
	comment_render(f->comment, out);
	if (!set->set.map)
		return;
	fputs(" : ", out);
	action_print(&f->element.action, out);
}

/* All elements of a set, from `first` on. */
static void elements_render(const struct fact *set, const struct fact *first, const struct fact *end, FILE *out)
{
	bool many = first + INLINE_ELEMENTS < end && first[INLINE_ELEMENTS].name == first->name;

	fprintf(out, "\t\telements = {%s", many ? "\n" : " ");
	for (const struct fact *f = first; f < end && f->name == first->name; f++) {
		fputs(many ? "\t\t\t" : "", out);
		render_element(f, set, out);
		fputs(many ? ",\n" : " ", out);
	}
	fprintf(out, "%s}\n", many ? "\t\t" : "");
}

static void counter_render(const struct fact *f, FILE *out)
{
	fprintf(out, "\tcounter %s {\n", f->name);
	if (f->comment)
		fprintf(out, "\t\tcomment \"%s\"\n", f->comment);
	fputs("\t}\n", out);
}

static void set_render(const struct fact *f, const struct facts *facts, FILE *out)
{
	const struct fact *first = facts_find(facts, FACT_ELEMENT, f->name);

	fprintf(out, "\t%s %s {\n\t\ttype %s%s\n", f->set.map ? "map" : "set", f->name, key_type_name(f->set.key),
		f->set.map ? " : verdict" : "");
	if (f->set.interval)
		fputs("\t\tflags interval\n", out);
	if (f->set.transient)
		fprintf(out, "\t\tsize %d\n\t\ttimeout %ds\n", FACT_TRANSIENT_MAX, FACT_TRANSIENT_SECONDS);
	if (first)
		elements_render(f, first, facts->at + facts->n, out);
	fputs("\t}\n", out);
}

void render_rule(const struct chain_rule *rule, FILE *out)
{
	for (size_t i = 0; i < rule->n; i++) {
		fputs(i ? " " : "", out);
		step_print(&rule->steps[i], out);
	}
	comment_render(rule->comment, out);
}

static void chain_render(const struct fact *f, FILE *out)
{
	fprintf(out, "\tchain %s {\n", f->name);
	if (f->comment)
		fprintf(out, "\t\tcomment \"%s\"\n", f->comment);
	if (f->chain.base)
		fprintf(out, "\t\ttype filter hook %s priority %d; policy accept;\n", hook_name(f->chain.hook),
			f->chain.priority);
	for (size_t i = 0; i < f->chain.n; i++) {
		fputs("\t\t", out);
		render_rule(&f->chain.rules[i], out);
		fputc('\n', out);
	}
	fputs("\t}\n", out);
}

void render_table(const struct facts *facts, FILE *out)
{
	fputs("table inet " FACT_TABLE "\ndelete table inet " FACT_TABLE "\n\ntable inet " FACT_TABLE " {\n", out);
	for (size_t i = 0; i < facts->n && facts->at[i].kind != FACT_ELEMENT; i++) {
		const struct fact *f = &facts->at[i];
		fputs(i ? "\n" : "", out);
		if (f->kind == FACT_COUNTER)
			counter_render(f, out);
		else if (f->kind == FACT_SET)
			set_render(f, facts, out);
		else
			chain_render(f, out);
	}
	fputs("}\n", out);
}
