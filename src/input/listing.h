/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which manifests are in a directory? */
#ifndef SELVAGE_INPUT_LISTING_H
#define SELVAGE_INPUT_LISTING_H

#include <stdbool.h>

#include <selvage/err.h>
#include <selvage/vec.h>

struct listing {
	VEC(const char *); /* paths, atoms, owned, sorted */
	bool whole;        /* everything could be listed */
};

/* Is this the name of a manifest: *.yaml, *.yml, *.json, and not hidden? */
bool listing_name(const char *name);

/* Is `path` this directory, or in it or below it? */
bool listing_below(const char *path, const char *dir);

/* Lists a directory and all below it.  `visit` is told of each directory before it is listed, `fail` of each that
 * cannot be.  A directory that is not there has no manifests.  Symbolic links are followed, but not in circles. */
struct listing listing_read(const char *dir, void (*visit)(void *ctx, const char *dir),
			    void (*fail)(void *ctx, const char *path, const struct err *err), void *ctx);

void listing_fini(struct listing *listing);

#endif
