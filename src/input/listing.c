/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which manifests are in a directory and below it? */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <selvage/atom.h>

#include "listing.h"

#define DEPTH_MAX 32

/* The directories that we are in, so that a link to one of them is not followed for ever. */
struct inside {
	const struct inside *up;
	dev_t dev;
	ino_t ino;
	unsigned depth;
};

struct walk {
	struct listing listing;
	void (*visit)(void *ctx, const char *dir);
	void (*fail)(void *ctx, const char *path, const struct err *err);
	void *ctx;
};

bool listing_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return *name != '.' && dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml") || !strcmp(dot, ".json"));
}

bool listing_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/' || (n && dir[n - 1] == '/'));
}

static void walk_fail(struct walk *w, const char *path, int sys, const char *what)
{
	struct err err;

	err_sys(&err, ERR_IO, sys, "%s", what);
	w->listing.whole = false;
	w->fail(w->ctx, path, &err);
}

static bool is_inside(const struct inside *inside, const struct stat *st)
{
	for (; inside; inside = inside->up)
		if (inside->dev == st->st_dev && inside->ino == st->st_ino)
			return true;
	return false;
}

static void walk_dir(struct walk *w, const char *dir, const struct stat *st, const struct inside *up);

static void walk_entry(struct walk *w, const char *path, const char *name, const struct inside *inside)
{
	struct stat st;

	if (stat(path, &st)) {
		if (listing_name(name) && errno != ENOENT)
			walk_fail(w, path, errno, "cannot be read");
		return;
	}
	if (S_ISDIR(st.st_mode))
		walk_dir(w, path, &st, inside);
	else if (listing_name(name) && S_ISREG(st.st_mode))
		*vec_add(&w->listing) = atom(path);
}

static void walk_dir(struct walk *w, const char *dir, const struct stat *st, const struct inside *up)
{
	struct inside inside = {.up = up, .dev = st->st_dev, .ino = st->st_ino, .depth = up ? up->depth + 1 : 0};
	const struct dirent *entry;
	DIR *stream;

	if (is_inside(up, st) || inside.depth > DEPTH_MAX)
		return;
	w->visit(w->ctx, dir);
	stream = opendir(dir);
	if (!stream) {
		walk_fail(w, dir, errno, "cannot be listed");
		return;
	}
	while ((entry = readdir(stream))) {
		const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/", *path;

		if (*entry->d_name == '.')
			continue;
		path = atom_fmt("%s%s%s", dir, slash, entry->d_name);
		walk_entry(w, path, entry->d_name, &inside);
		atom_put(path);
	}
	closedir(stream);
}

static int path_cmp(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

struct listing listing_read(const char *dir, void (*visit)(void *ctx, const char *dir),
			    void (*fail)(void *ctx, const char *path, const struct err *err), void *ctx)
{
	struct walk w = {.listing = {.whole = true}, .visit = visit, .fail = fail, .ctx = ctx};
	struct stat st;

	if (!stat(dir, &st) && S_ISDIR(st.st_mode))
		walk_dir(&w, dir, &st, NULL);
	else if (errno != ENOENT && errno != ENOTDIR)
		walk_fail(&w, dir, errno, "cannot be listed");
	vec_sort(&w.listing, path_cmp);
	return w.listing;
}

void listing_fini(struct listing *listing)
{
	for (size_t i = 0; i < listing->n; i++)
		atom_put(listing->at[i]);
	vec_free(listing);
}
