/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is who reaches whom said in few rows? */
#include "links.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/json_print.h>
#include <selvage/text.h>

#include "spot_print.h"

#define LISTED 4

static char *text_of(FILE *out, char **text)
{
	if (fclose(out))
		abort();
	return *text;
}

static const struct pod *pod_at(const struct reach_class *class, size_t i)
{
	const struct reach_pod *pod = &class->pods[i];

	return pod->in[REACH_BEFORE] ? pod->in[REACH_BEFORE] : pod->in[REACH_AFTER];
}

/* What all pods of a class belong to; both NULL: nothing that they share. */
static struct owner class_owner(const struct store *store, const struct reach_class *class)
{
	struct owner owner = pod_top(store, pod_at(class, 0));

	for (size_t i = 1; i < class->n && owner.kind; i++) {
		struct owner other = pod_top(store, pod_at(class, i));

		if (!other.kind || strcmp(other.kind, owner.kind) != 0 || strcmp(other.name, owner.name) != 0)
			return (struct owner){NULL, NULL};
	}
	return owner;
}

static void add_name(struct names *names, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add_name(struct names *names, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(vec_add(names), fmt, ap) < 0)
		abort();
	va_end(ap);
}

static void add_pods(const struct store *store, const struct reach_class *class, struct names *out)
{
	struct owner owner = class_owner(store, class);

	if (owner.kind && class->n > 1) {
		add_name(out, "%s %s/%s (%zu pods)", owner.kind, class->ns, owner.name, class->n);
		return;
	}
	for (size_t i = 0; i < class->n; i++)
		add_name(out, "%s/%s", class->ns, pod_at(class, i)->object.name);
}

/* A workload, or pods; ranges, or the rest of the world. */
static void add_class(const struct store *store, const struct reach_class *class, struct names *out)
{
	char text[RANGE_TEXT];

	if (class->ns)
		add_pods(store, class, out);
	else if (class->rest)
		add_name(out, "the rest of the world");
	for (size_t i = 0; !class->ns && !class->rest && i < class->ranges.n; i++)
		add_name(out, "%s", range_print(&class->ranges.at[i], text));
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->at[i]);
	vec_free(names);
}

static bool names_eq(const struct names *a, const struct names *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = !strcmp(a->at[i], b->at[i]);
	return same;
}

/* Moves what is in b and not yet in a. */
static void names_join(struct names *a, struct names *b)
{
	for (size_t i = 0; i < b->n; i++) {
		bool known = false;

		for (size_t j = 0; j < a->n && !known; j++)
			known = !strcmp(a->at[j], b->at[i]);
		if (known)
			free(b->at[i]);
		else
			*vec_add(a) = b->at[i];
	}
	b->n = 0;
	vec_sort(a, name_order);
}

static void link_fini(struct link *link)
{
	names_free(&link->from);
	names_free(&link->to);
	vec_free(&link->ports);
}

void links_free(struct links *links)
{
	for (size_t i = 0; i < links->n; i++)
		link_fini(&links->at[i]);
	vec_free(links);
}

void links_add(struct links *links, int effect, const struct store *store, const struct reach_class *from,
	       const struct reach_class *to, const struct portset *ports)
{
	struct link *link;

	if (!ports->n)
		return;
	link = vec_add(links);
	*link = (struct link){.effect = effect};
	add_class(store, from, &link->from);
	add_class(store, to, &link->to);
	portset_union(ports, &(struct portset){VEC_EMPTY}, &link->ports);
}

static bool may_join(const struct link *a, const struct link *b, bool by_from)
{
	return a->effect == b->effect && portset_eq(&a->ports, &b->ports) &&
	       (by_from ? names_eq(&a->from, &b->from) : names_eq(&a->to, &b->to));
}

/* Joins rows that have one end in common. */
static void merge_by(struct links *links, bool by_from)
{
	size_t kept = 0;

	for (size_t i = 0; i < links->n; i++) {
		struct link *link = &links->at[i];
		size_t into = 0;

		while (into < kept && !may_join(&links->at[into], link, by_from))
			into++;
		if (into < kept) {
			names_join(&links->at[into].from, &link->from);
			names_join(&links->at[into].to, &link->to);
			link_fini(link);
		} else {
			links->at[kept++] = *link;
		}
	}
	links->n = kept;
}

static int link_order(const void *a, const void *b)
{
	const struct link *x = a, *y = b;
	int order = (x->effect > y->effect) - (x->effect < y->effect);

	order = order ? order : strcmp(x->from.at[0], y->from.at[0]);
	return order ? order : strcmp(x->to.at[0], y->to.at[0]);
}

void links_merge(struct links *links)
{
	merge_by(links, true);
	merge_by(links, false);
	vec_sort(links, link_order);
}

char *names_text(const struct names *names, bool all)
{
	size_t n = all || names->n <= LISTED + 1 ? names->n : LISTED, size;
	char *text = NULL;
	FILE *out = text_open(&text, &size);

	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? ", " : "", names->at[i]);
	if (n < names->n)
		fprintf(out, " and %zu more", names->n - n);
	return text_of(out, &text);
}

char *ports_text(const struct portset *ports)
{
	char *text = NULL;
	size_t size;
	FILE *out = text_open(&text, &size);

	portset_print(ports, out);
	return text_of(out, &text);
}

json_t *names_json(const struct names *names)
{
	json_t *json = json_array();

	for (size_t i = 0; i < names->n; i++)
		json_array_append_new(json, json_text(names->at[i]));
	return json;
}

json_t *ports_json(const struct portset *ports)
{
	json_t *json = json_array();

	for (size_t i = 0; i < ports->n; i++) {
		const struct portcell *cell = &ports->at[i];
		const char *proto = proto_name(cell->proto);

		if (proto)
			json_array_append_new(json, json_pack("{s:s, s:i, s:i}", "proto", proto, "from", cell->lo, "to",
							      cell->hi));
		else
			json_array_append_new(json, json_pack("{s:s}", "proto", "other"));
	}
	return json;
}
