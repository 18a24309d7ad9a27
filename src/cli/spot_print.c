/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How are spots of an end named? */
#include "spot_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED 4 /* more are counted */

/* The shortest prefix that begins at the range and ends with it, -1 if none does. */
static int prefix_of(const struct ip_range *range)
{
	unsigned all = 8 * ip_size((enum family)range->lo.family);

	for (unsigned bits = 0; bits <= all; bits++) {
		struct cidr cidr = {.addr = range->lo, .bits = (uint8_t)bits};
		struct ip_range covered;
		bool aligned = true;

		for (unsigned bit = bits; bit < all && aligned; bit++)
			aligned = !((range->lo.b[bit / 8] >> (7 - bit % 8)) & 1);
		if (!aligned)
			continue;
		covered = cidr_range(&cidr);
		if (ip_cmp(&covered.hi, &range->hi) == 0)
			return (int)bits;
	}
	return -1;
}

const char *range_print(const struct ip_range *range, char buf[static RANGE_TEXT])
{
	char lo[IP_TEXT], hi[IP_TEXT];
	int bits = prefix_of(range);

	ip_print(&range->lo, lo);
	if (ip_cmp(&range->lo, &range->hi) == 0)
		snprintf(buf, RANGE_TEXT, "%s", lo);
	else if (bits >= 0)
		snprintf(buf, RANGE_TEXT, "%s/%d", lo, bits);
	else
		snprintf(buf, RANGE_TEXT, "%s-%s", lo, ip_print(&range->hi, hi));
	return buf;
}

void spots_ranges(const struct spot_list *some, struct ip_ranges *out)
{
	*out = (struct ip_ranges){VEC_EMPTY};
	for (size_t i = 0; i < some->n; i++)
		if (!some->at[i]->unknown)
			*vec_add(out) = some->at[i]->at;
	ip_ranges_normalise(out);
}

static void print_ranges(const struct ip_ranges *ranges, FILE *out)
{
	char text[RANGE_TEXT];

	for (size_t i = 0; i < ranges->n && i < LISTED; i++)
		fprintf(out, "%s%s", i ? ", " : "", range_print(&ranges->at[i], text));
	if (ranges->n > LISTED)
		fprintf(out, " and %zu more", ranges->n - LISTED);
}

/* Is there something of a set between two ranges? */
static bool is_between(const struct ip_ranges *set, const struct ip_range *before, const struct ip_range *after)
{
	for (size_t i = 0; i < set->n; i++)
		if (ip_cmp(&set->at[i].lo, &before->hi) > 0 && ip_cmp(&set->at[i].hi, &after->lo) < 0)
			return true;
	return false;
}

/* Closes the holes that are in neither set: pods of the cluster, which are not the world, cut nothing into pieces. */
static void close_holes(struct ip_ranges *set, const struct ip_ranges *other)
{
	size_t last = 0;

	for (size_t i = 1; i < set->n; i++) {
		if (is_between(other, &set->at[last], &set->at[i]))
			set->at[++last] = set->at[i];
		else
			set->at[last].hi = set->at[i].hi;
	}
	set->n = set->n ? last + 1 : 0;
}

/* "10.0.0.0/8 but 10.1.0.0/16", or the ranges themselves: what is shorter. */
static void print_region(const struct end *end, const struct spot_list *all, const struct spot_list *some, FILE *out)
{
	struct ip_ranges in, rest;

	spots_ranges(some, &in);
	spots_ranges(all, &rest);
	ip_ranges_subtract(&rest, &in);
	close_holes(&in, &rest);
	close_holes(&rest, &in);
	if (rest.n && rest.n >= in.n) {
		print_ranges(&in, out);
	} else {
		fputs(end->name, out);
		fputs(rest.n ? " but " : "", out);
		print_ranges(&rest, out);
	}
	vec_free(&in);
	vec_free(&rest);
}

static void print_pod(const struct spot *spot, bool address, FILE *out)
{
	char text[IP_TEXT];

	if (spot->pod)
		fprintf(out, "%s/%s", spot->pod->object.ns, spot->pod->object.name);
	if (spot->unknown || (spot->pod && !address))
		return;
	fprintf(out, spot->pod ? " (%s)" : "%s", ip_print(&spot->at.lo, text));
}

static void print_pods(const struct end *end, const struct spot_list *all, const struct spot_list *some, FILE *out)
{
	if (some->n == 1 && some->at[0]->unknown && !some->at[0]->pod) {
		fputs(end->name, out);
		return;
	}
	if (some->n == all->n && some->n > 1) {
		fprintf(out, "%s (%zu %s)", end->name, some->n, end->kind == END_SERVICE ? "endpoints" : "pods");
		return;
	}
	for (size_t i = 0; i < some->n && i < LISTED; i++) {
		fputs(i ? ", " : "", out);
		print_pod(some->at[i], some->n == 1, out);
	}
	if (some->n > LISTED)
		fprintf(out, " and %zu more", some->n - LISTED);
}

static bool are_pods(const struct spot_list *some)
{
	for (size_t i = 0; i < some->n; i++)
		if (!some->at[i]->pod)
			return false;
	return true;
}

char *spots_name(const struct end *end, const struct spot_list *all, const struct spot_list *some)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	if ((end->kind == END_RANGE || end->kind == END_WORLD) && !are_pods(some))
		print_region(end, all, some, out);
	else
		print_pods(end, all, some, out);
	if (fclose(out))
		abort();
	return text;
}
