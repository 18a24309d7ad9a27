/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which objects of the cluster could not be understood in full? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/text.h>
#include <selvage/vec.h>

#include "flaws.h"

struct flaw {
	struct hnode node;
	enum object_kind kind;
	const char *ns, *name; /* atoms, owned */
	char *message;         /* the first problem's */
	size_t n;              /* problems */
};

static uint64_t key_hash(enum object_kind kind, const char *ns, const char *name)
{
	return hmap_mix(hmap_mix(kind, ns ? atom_hash(ns) : 0), atom_hash(name));
}

/* ns and name are atoms. */
static struct flaw *flaw_find(const struct flaws *flaws, enum object_kind kind, const char *ns, const char *name)
{
	for (struct hnode *h = hmap_find(&flaws->by_key, key_hash(kind, ns, name)); h; h = hmap_next(h)) {
		struct flaw *flaw = hmap_entry(h, struct flaw, node);

		if (flaw->kind == kind && flaw->ns == ns && flaw->name == name)
			return flaw;
	}
	return NULL;
}

/* Takes the references to the names. */
static struct flaw *flaw_new(struct flaws *flaws, enum object_kind kind, const char *ns, const char *name)
{
	struct flaw *flaw = mem_new(1, sizeof *flaw);

	flaw->kind = kind;
	flaw->ns = ns;
	flaw->name = name;
	hmap_put(&flaws->by_key, &flaw->node, key_hash(kind, ns, name));
	flaws->n[kind]++;
	return flaw;
}

static void flaw_free(struct flaws *flaws, struct flaw *flaw)
{
	hmap_del(&flaws->by_key, &flaw->node);
	flaws->n[flaw->kind]--;
	atom_put(flaw->ns);
	atom_put(flaw->name);
	free(flaw->message);
	free(flaw);
}

/* False if it says so already. */
static bool flaw_say(struct flaw *flaw, const struct problem *problems, size_t n)
{
	const char *message = problems[0].message;

	if (flaw->n == n && !strcmp(flaw->message, message))
		return false;
	free(flaw->message);
	flaw->message = mem_copy(message, strlen(message) + 1);
	flaw->n = n;
	return true;
}

bool flaws_set(struct flaws *flaws, enum object_kind kind, const char *ns, const char *name,
	       const struct problem *problems, size_t n)
{
	const char *ns_atom = ns ? atom(ns) : NULL, *name_atom = atom(name);
	struct flaw *flaw = flaw_find(flaws, kind, ns_atom, name_atom);
	bool news = n || flaw;

	if (n && !flaw)
		flaw = flaw_new(flaws, kind, atom_ref(ns_atom), atom_ref(name_atom));
	if (n)
		news = flaw_say(flaw, problems, n);
	else if (flaw)
		flaw_free(flaws, flaw);
	atom_put(ns_atom);
	atom_put(name_atom);
	return news;
}

static int message_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void flaws_print(const struct flaws *flaws, size_t most, FILE *out)
{
	VEC(const char *) messages = VEC_EMPTY;

	for (struct hnode *h = hmap_walk(&flaws->by_key, NULL); h; h = hmap_walk(&flaws->by_key, h))
		*vec_add(&messages) = hmap_entry(h, struct flaw, node)->message;
	vec_sort(&messages, message_cmp);
	for (size_t i = 0; i < messages.n && i < most; i++) {
		text_safe(out, messages.at[i]);
		fputc('\n', out);
	}
	if (messages.n > most)
		fprintf(out, "and %zu more\n", messages.n - most);
	vec_free(&messages);
}

void flaws_fini(struct flaws *flaws)
{
	struct hnode *h;

	while ((h = hmap_walk(&flaws->by_key, NULL)))
		flaw_free(flaws, hmap_entry(h, struct flaw, node));
	hmap_fini(&flaws->by_key);
}
