/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the objects in all files count, and what must the sink be told when files have changed? */
#include <stdio.h>
#include <string.h>

#include <selvage/atom.h>

#include "claims.h"
#include "fingerprint.h"

struct claim {
	struct claim *next;  /* in the file */
	struct claim *rival; /* another claim to the same object */
	struct known *known;
	struct file *file;
	const char *print; /* fingerprint, atom, owned */
	size_t position;
	unsigned line, col;
	char *text;            /* of the line, if others claimed the object when it was read */
	struct object *object; /* until all is settled, and only if it differs from what the sink has */
};

void file_init(struct file *file, const char *path)
{
	*file = (struct file){.path = atom(path)};
	file->fresh_end = &file->fresh;
}

void file_fini(struct file *file)
{
	atom_put(file->path);
	file->path = NULL;
}

static uint64_t known_hash(enum object_kind kind, const char *ns, const char *name)
{
	return hmap_mix(hmap_mix(kind, ns ? atom_hash(ns) : 0), atom_hash(name));
}

/* The object of that name; made if nobody has heard of it. */
static struct known *known_get(struct claims *claims, const struct object *object)
{
	uint64_t hash = known_hash(object->kind, object->ns, object->name);
	struct known *known;

	for (struct hnode *h = hmap_find(&claims->known, hash); h; h = hmap_next(h)) {
		known = hmap_entry(h, struct known, node);
		if (known->kind == object->kind && known->ns == object->ns && known->name == object->name)
			return known;
	}
	known = mem_new(1, sizeof *known);
	known->kind = object->kind;
	known->ns = atom_ref(object->ns);
	known->name = atom_ref(object->name);
	hmap_put(&claims->known, &known->node, hash);
	return known;
}

static void known_free(struct known *known)
{
	atom_put(known->ns);
	atom_put(known->name);
	atom_put(known->handed);
	free(known);
}

static void known_touch(struct claims *claims, struct known *known)
{
	if (!known->touched)
		*vec_add(&claims->touched) = known;
	known->touched = true;
}

static void claim_link(struct claims *claims, struct claim *claim)
{
	struct known *known = claim->known;

	claims->n++;
	claims->n_claimed += !known->claims;
	claim->rival = known->claims;
	known->claims = claim;
}

static void claim_unlink(struct claims *claims, struct claim *claim)
{
	struct claim **link = &claim->known->claims;

	while (*link != claim)
		link = &(*link)->rival;
	*link = claim->rival;
	claims->n--;
	claims->n_claimed -= !claim->known->claims;
}

static void claim_forget(struct claim *claim)
{
	object_free(claim->object);
	free(claim->text);
	claim->object = NULL;
	claim->text = NULL;
}

static void claim_free(struct claim *claim)
{
	claim_forget(claim);
	atom_put(claim->print);
	free(claim);
}

void claims_add(struct claims *claims, struct file *file, struct object *take, const struct document *doc)
{
	struct claim *claim = mem_new(1, sizeof *claim);

	claim->known = known_get(claims, take);
	claim->file = file;
	claim->print = fingerprint(take);
	claim->position = file->n_fresh++;
	claim->line = take->source.line;
	claim->col = take->source.col;
	if (claim->known->claims || claim->known->n_fresh)
		claim->text = marks_line(doc, claim->line);
	claim->known->n_fresh++;
	*file->fresh_end = claim;
	file->fresh_end = &claim->next;
	if (claim->print == claim->known->handed)
		object_free(take);
	else
		claim->object = take;
}

static void fresh_reset(struct file *file)
{
	file->fresh = NULL;
	file->fresh_end = &file->fresh;
	file->n_fresh = 0;
}

void claims_commit(struct claims *claims, struct file *file)
{
	struct claim *old = file->claims, *next;

	file->claims = file->fresh;
	fresh_reset(file);
	for (; old; old = next) {
		next = old->next;
		known_touch(claims, old->known);
		claim_unlink(claims, old);
		claim_free(old);
	}
	for (struct claim *new = file->claims; new; new = new->next) {
		known_touch(claims, new->known);
		new->known->n_fresh--;
		claim_link(claims, new);
	}
}

void claims_abort(struct claims *claims, struct file *file)
{
	struct claim *next;

	for (struct claim *claim = file->fresh; claim; claim = next) {
		next = claim->next;
		known_touch(claims, claim->known);
		claim->known->n_fresh--;
		claim_free(claim);
	}
	fresh_reset(file);
}

static bool claim_before(const struct claim *a, const struct claim *b)
{
	int order = a->file == b->file ? 0 : strcmp(a->file->path, b->file->path);

	return order ? order < 0 : a->position < b->position;
}

/* The claim that counts, NULL if there is none. */
static struct claim *known_winner(const struct known *known)
{
	struct claim *winner = known->claims;

	for (struct claim *claim = winner; claim; claim = claim->rival)
		if (claim_before(claim, winner))
			winner = claim;
	return winner;
}

struct file *claims_put(struct claims *claims, const struct sink *sink)
{
	struct file *again = NULL;

	for (size_t i = 0; i < claims->touched.n; i++) {
		struct known *known = claims->touched.at[i];
		struct claim *winner = known_winner(known);

		if (!winner || winner->print == known->handed)
			continue;
		if (!winner->object) {
			again = winner->file->again ? again : winner->file;
			continue;
		}
		atom_put(known->handed);
		known->handed = atom_ref(winner->print);
		sink->put(sink->ctx, winner->object);
		winner->object = NULL;
	}
	if (again)
		again->again = true;
	return again;
}

static void report_duplicate(const struct claim *claim, const struct claim *winner, const struct sink *sink)
{
	const struct known *known = claim->known;
	struct problem problem = {
		.kind = PROBLEM_REPEATED_OBJECT,
		.source = {claim->file->path, claim->line, claim->col},
		.text = claim->text,
	};

	if (asprintf(&problem.message, "%s %s%s%s: also at %s:%u:%u, which counts", object_kind_name(known->kind),
		     known->ns ? known->ns : "", known->ns ? "/" : "", known->name, winner->file->path, winner->line,
		     winner->col) < 0)
		abort();
	sink->problem(sink->ctx, &problem);
	free(problem.message);
}

static int claim_cmp(const void *a, const void *b)
{
	struct claim *const *left = a, *const *right = b;

	return claim_before(*left, *right) ? -1 : claim_before(*right, *left);
}

/* In the order of paths and positions. */
static void report_duplicates(const struct known *known, const struct sink *sink)
{
	struct {
		VEC(const struct claim *);
	} all = {VEC_EMPTY};

	for (const struct claim *claim = known->claims; claim; claim = claim->rival)
		*vec_add(&all) = claim;
	vec_sort(&all, claim_cmp);
	for (size_t i = 1; i < all.n; i++)
		report_duplicate(all.at[i], all.at[0], sink);
	vec_free(&all);
}

static void known_settle(struct claims *claims, struct known *known, const struct sink *sink)
{
	known->touched = false;
	if (known->claims && known->claims->rival)
		report_duplicates(known, sink);
	for (struct claim *claim = known->claims; claim; claim = claim->rival) {
		claim->file->again = false;
		claim_forget(claim);
	}
	if (known->claims)
		return;
	if (known->handed)
		sink->del(sink->ctx, known->kind, known->ns, known->name);
	hmap_del(&claims->known, &known->node);
	known_free(known);
}

void claims_settle(struct claims *claims, const struct sink *sink)
{
	for (size_t i = 0; i < claims->touched.n; i++)
		known_settle(claims, claims->touched.at[i], sink);
	vec_free(&claims->touched);
}

size_t claims_duplicates(const struct claims *claims)
{
	return claims->n - claims->n_claimed;
}

void claims_fini(struct claims *claims)
{
	struct hnode *next;

	for (struct hnode *h = hmap_walk(&claims->known, NULL); h; h = next) {
		struct known *known = hmap_entry(h, struct known, node);

		next = hmap_walk(&claims->known, h);
		for (struct claim *claim = known->claims, *rival; claim; claim = rival) {
			rival = claim->rival;
			claim_free(claim);
		}
		known_free(known);
	}
	hmap_fini(&claims->known);
	vec_free(&claims->touched);
}
