/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is wrong with files, for those who wrote them: nothing is kept of what they say. */
#ifndef SELVAGE_EXAMINE_H
#define SELVAGE_EXAMINE_H

#include <stddef.h>

#include <selvage/err.h>
#include <selvage/sink.h>

struct examined {
	size_t files;
	size_t policies;
	size_t others; /* documents and items of kinds that selvage does not use */
	size_t unread; /* files and documents that could not be read */
	/* Told of each file before its problems, which then come in any order; may be NULL.  The path is an atom. */
	void (*file)(void *ctx, const char *path);
};

/*
 * Reads a file, all manifests of a directory, or "-" for standard input, and hands problems and remarks to the sink: of its
 * functions only `problem` is used, for both.  Goes on after a document that cannot be parsed, as far as the next can be
 * found.  An object that stands twice in one file is a problem.  Adds to *out.  ERR_IO if the path cannot be opened.
 */
int examine(const char *path, const struct sink *sink, struct examined *out, struct err *err)
	__attribute__((warn_unused_result));

#endif
