/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is this text known already?  One table of all texts in use, each with the number of its holders. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/hmap.h>
#include <selvage/mem.h>

struct atom {
	struct hnode node;
	uint32_t refs, len;
	char text[];
};

static struct hmap atoms;

/* The atom around a text.  By way of an integer: atoms are constant to everyone but this file. */
static struct atom *atom_of(const char *a)
{
	return (struct atom *)((uintptr_t)a - offsetof(struct atom, text));
}

static struct atom *atom_find(const char *s, size_t n, uint64_t hash)
{
	for (struct hnode *h = hmap_find(&atoms, hash); h; h = hmap_next(h)) {
		struct atom *found = hmap_entry(h, struct atom, node);

		if (found->len == n && !memcmp(found->text, s, n))
			return found;
	}
	return NULL;
}

static struct atom *atom_add(const char *s, size_t n, uint64_t hash)
{
	struct atom *new;

	if (n >= UINT32_MAX)
		abort();
	new = mem_resize(NULL, offsetof(struct atom, text) + n + 1, 1);
	new->refs = 0;
	new->len = (uint32_t)n;
	memcpy(new->text, s, n);
	new->text[n] = '\0';
	hmap_put(&atoms, &new->node, hash);
	return new;
}

const char *atom_n(const char *s, size_t n)
{
	uint64_t hash = hmap_hash(s, n);
	struct atom *found = atom_find(s, n, hash);

	if (!found)
		found = atom_add(s, n, hash);
	return atom_ref(found->text);
}

const char *atom(const char *s)
{
	return atom_n(s, strlen(s));
}

const char *atom_fmt(const char *fmt, ...)
{
	const char *made;
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		abort();
	made = atom_n(text, (size_t)n);
	free(text);
	return made;
}

const char *atom_peek(const char *s)
{
	size_t n = strlen(s);
	const struct atom *found = atom_find(s, n, hmap_hash(s, n));

	return found ? found->text : NULL;
}

const char *atom_ref(const char *a)
{
	if (a && ++atom_of(a)->refs == 0)
		abort();
	return a;
}

void atom_put(const char *a)
{
	struct atom *held;

	if (!a)
		return;
	held = atom_of(a);
	if (--held->refs)
		return;
	hmap_del(&atoms, &held->node);
	free(held);
	if (!atoms.n)
		hmap_fini(&atoms);
}

size_t atom_len(const char *a)
{
	return atom_of(a)->len;
}

uint64_t atom_hash(const char *a)
{
	return atom_of(a)->node.hash;
}

size_t atom_count(void)
{
	return atoms.n;
}
