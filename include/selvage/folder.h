/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster from files (`--from PATH`): a file, a directory (its *.yaml, *.yml, *.json, recursively, in sorted order;
 * hidden names are skipped, so that a mounted ConfigMap's ..data swap is seen once) or "-" for standard input.  Links are
 * followed.  Keeps, per file, which objects came from it and a digest of each, so that reading a file again yields the
 * deletes as well and puts only what is no longer object_same().
 */
#ifndef SELVAGE_FOLDER_H
#define SELVAGE_FOLDER_H

#include <stdbool.h>

#include <selvage/err.h>
#include <selvage/sink.h>

struct folder;

/* Borrows the sink's ctx.  With `watch`, sets up inotify before anything is read, so that no change is missed.
 * ERR_IO if the path cannot be opened. */
struct folder *folder_open(const char *path, const struct sink *sink, bool watch, struct err *err);

/* The same in two steps, for several paths: what stands in more than one of them stands twice.  folder_add() comes before
 * folder_load(). */
struct folder *folder_new(const struct sink *sink, bool watch, struct err *err);
int folder_add(struct folder *folder, const char *path, struct err *err) __attribute__((warn_unused_result));

/* Reads everything.  An object that stands twice is a problem that names both places; the first in order counts.
 * A file that cannot be read or parsed is a problem; what was known from it stays as it was, at the first reading what
 * stands before the error counts.  Returns the number of problems. */
size_t folder_load(struct folder *folder);

/* The inotify descriptor to poll for reading, -1 without `watch`. */
int folder_fd(const struct folder *folder);

/* Reads what inotify has to say without blocking and reads again just the files that changed: problems, puts, deletes.
 * A file that is being written is read when it is closed.  An object is deleted only when no file holds it any more, and
 * nothing is while the directory itself, or the single file, is not there.
 * A lost event (queue overflow) reads everything again.  Returns the number of problems now outstanding in all files. */
size_t folder_turn(struct folder *folder);

/* Was every file read to its end at least once?  If not, objects may be missing that nobody ever saw. */
bool folder_whole(const struct folder *folder);

void folder_close(struct folder *folder);

#endif
