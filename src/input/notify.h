/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has changed in these directories?  inotify, as changes of paths. */
#ifndef SELVAGE_INPUT_NOTIFY_H
#define SELVAGE_INPUT_NOTIFY_H

#include <stdbool.h>

#include <selvage/err.h>
#include <selvage/vec.h>

struct notify;

struct path_change {
	const char *path; /* atom, owned by the list of changes */
	size_t order;
	enum path_change_kind {
		PATH_FILE,    /* a file was written, came or went */
		PATH_WRITING, /* a file is being written: wait for its PATH_FILE */
		PATH_TREE,    /* a directory, or how it is reached, came, went or was replaced */
		PATH_LOST     /* anything may have changed; path is NULL */
	} kind;
};

struct path_changes {
	VEC(struct path_change);
};

struct notify *notify_open(struct err *err);

int notify_fd(const struct notify *notify);

/* Watches the manifests and directories in a directory.  -1 if that is not possible. */
int notify_dir(struct notify *notify, const char *dir, struct err *err) __attribute__((warn_unused_result));

/* Watches one name in a directory: what happens to it happens to `target`. */
int notify_name(struct notify *notify, const char *dir, const char *name, const char *target, struct err *err)
	__attribute__((warn_unused_result));

/* No longer watches a directory and those below it. */
void notify_forget(struct notify *notify, const char *dir);

/* What has changed since the last call, sorted by path, each path once: its latest change. */
struct path_changes notify_read(struct notify *notify);

void path_changes_fini(struct path_changes *changes);

void notify_close(struct notify *notify);

#endif
