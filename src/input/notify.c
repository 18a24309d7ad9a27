/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has changed in these directories?  A file is read when it is closed or renamed into place, so that nobody sees
 * half of it; a link is there at once.  Hidden names matter only as the links that a mounted ConfigMap's files go
 * through (..data): when one is put in place, all in its directory may be different.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <selvage/atom.h>

#include "listing.h"
#include "notify.h"

#define WATCHED                                                                                                 \
	(IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF | \
	 IN_ONLYDIR)
#define RENAME_MS 2 /* a rename is two events; how long the second may take */

struct watch {
	int wd;
	const char *dir;    /* atom, owned */
	const char *name;   /* atom, owned: the only name that matters; NULL: all */
	const char *target; /* atom, owned: what that name stands for */
};

struct notify {
	int fd;
	uint32_t moving; /* the rename whose second half has not come yet, or 0 */
	VEC(struct watch);
};

struct notify *notify_open(struct err *err)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct notify *notify;

	if (fd < 0) {
		err_sys(err, ERR_IO, errno, "cannot watch files");
		return NULL;
	}
	notify = mem_new(1, sizeof *notify);
	notify->fd = fd;
	return notify;
}

int notify_fd(const struct notify *notify)
{
	return notify->fd;
}

static void watch_fini(struct watch *watch)
{
	atom_put(watch->dir);
	atom_put(watch->name);
	atom_put(watch->target);
}

static int watch_add(struct notify *notify, const char *dir, const char *name, const char *target, struct err *err)
{
	int wd = inotify_add_watch(notify->fd, dir, WATCHED | IN_MASK_ADD);

	if (wd < 0)
		return err_sys(err, ERR_IO, errno, "cannot be watched");
	for (size_t i = 0; i < notify->n; i++) {
		const struct watch *old = &notify->at[i];

		if (old->wd == wd && !strcmp(old->dir, dir) && !old->name == !name &&
		    (!name || !strcmp(old->name, name)))
			return 0;
	}
	*vec_add(notify) = (struct watch){wd, atom(dir), name ? atom(name) : NULL, target ? atom(target) : NULL};
	return 0;
}

int notify_dir(struct notify *notify, const char *dir, struct err *err)
{
	return watch_add(notify, dir, NULL, NULL, err);
}

int notify_name(struct notify *notify, const char *dir, const char *name, const char *target, struct err *err)
{
	return watch_add(notify, dir, name, target, err);
}

static bool is_watched(const struct notify *notify, int wd)
{
	for (size_t i = 0; i < notify->n; i++)
		if (notify->at[i].wd == wd)
			return true;
	return false;
}

/* The kernel has one watch per directory however many paths lead to it. */
void notify_forget(struct notify *notify, const char *dir)
{
	for (size_t i = notify->n; i-- > 0;) {
		struct watch watch = notify->at[i];

		if (watch.name || !listing_below(watch.dir, dir))
			continue;
		vec_drop(notify, i);
		if (!is_watched(notify, watch.wd))
			inotify_rm_watch(notify->fd, watch.wd);
		watch_fini(&watch);
	}
}

static void wd_forget(struct notify *notify, int wd)
{
	for (size_t i = notify->n; i-- > 0;) {
		struct watch watch = notify->at[i];

		if (watch.wd != wd)
			continue;
		vec_drop(notify, i);
		watch_fini(&watch);
	}
}

static bool has_dir(const struct notify *notify, const char *dir)
{
	for (size_t i = 0; i < notify->n; i++)
		if (!notify->at[i].name && !strcmp(notify->at[i].dir, dir))
			return true;
	return false;
}

/* Takes the path. */
static void change_add(struct path_changes *changes, const char *path, enum path_change_kind kind)
{
	size_t order = changes->n;

	*vec_add(changes) = (struct path_change){path, order, kind};
}

/* What has happened to a name that just came into being?  -1: nothing that matters yet. */
static int kind_of_new(const char *path, const char *name)
{
	bool manifest = listing_name(name);
	struct stat st, target;

	if (lstat(path, &st))
		return manifest ? PATH_FILE : -1;
	if (S_ISDIR(st.st_mode))
		return *name == '.' ? -1 : PATH_TREE;
	if (S_ISLNK(st.st_mode) && (!manifest || (!stat(path, &target) && S_ISDIR(target.st_mode))))
		return PATH_TREE;
	if (!manifest)
		return -1;
	return S_ISREG(st.st_mode) && st.st_nlink == 1 ? PATH_WRITING : PATH_FILE;
}

/* An event on a name in a directory all of which is watched. */
static void event_in_dir(struct notify *notify, const struct watch *watch, const struct inotify_event *event,
			 struct path_changes *changes)
{
	const char *slash = watch->dir[strlen(watch->dir) - 1] == '/' ? "" : "/";
	const char *path = atom_fmt("%s%s%s", watch->dir, slash, event->name);
	bool manifest = listing_name(event->name), came = event->mask & (IN_CREATE | IN_MOVED_TO);
	int kind = came ? kind_of_new(path, event->name) : -1;

	if (kind == PATH_TREE && *event->name == '.')
		change_add(changes, atom_ref(watch->dir), PATH_TREE);
	else if (kind == PATH_TREE || (*event->name != '.' && (event->mask & IN_ISDIR)) || has_dir(notify, path))
		change_add(changes, atom_ref(path), PATH_TREE);
	else if (manifest && (event->mask & IN_CREATE))
		change_add(changes, atom_ref(path), (enum path_change_kind)kind);
	else if (manifest)
		change_add(changes, atom_ref(path), PATH_FILE);
	atom_put(path);
}

/* An event in a directory of which one name is watched. */
static void event_on_name(const struct watch *watch, const struct inotify_event *event, struct path_changes *changes)
{
	const char *path = atom_fmt("%s/%s", watch->dir, event->name);
	bool same = !strcmp(event->name, watch->name);
	struct stat st;

	if (!same && (*event->name != '.' || !(event->mask & (IN_CREATE | IN_MOVED_TO)))) {
		atom_put(path);
		return;
	}
	if (lstat(path, &st))
		st = (struct stat){.st_mode = 0};
	atom_put(path);
	if (same && (event->mask & IN_CREATE) && S_ISREG(st.st_mode) && st.st_nlink == 1)
		change_add(changes, atom_ref(watch->target), PATH_WRITING);
	else if (same || S_ISLNK(st.st_mode))
		change_add(changes, atom_ref(watch->target), PATH_FILE);
}

static void event_take(struct notify *notify, const struct inotify_event *event, struct path_changes *changes)
{
	if (event->mask & IN_MOVED_FROM)
		notify->moving = event->cookie;
	else if ((event->mask & IN_MOVED_TO) && event->cookie == notify->moving)
		notify->moving = 0;
	if (event->mask & IN_Q_OVERFLOW)
		change_add(changes, NULL, PATH_LOST);
	for (size_t i = 0; i < notify->n; i++) {
		const struct watch *watch = &notify->at[i];

		if (watch->wd != event->wd)
			continue;
		if (event->len && watch->name)
			event_on_name(watch, event, changes);
		else if (event->len)
			event_in_dir(notify, watch, event, changes);
		else if (!watch->name && (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)))
			change_add(changes, atom_ref(watch->dir), PATH_TREE);
	}
	if (event->mask & IN_IGNORED)
		wd_forget(notify, event->wd);
}

/* Reads until there is nothing more. */
static void read_events(struct notify *notify, struct path_changes *changes)
{
	_Alignas(struct inotify_event) char buffer[64 * 1024];

	for (;;) {
		ssize_t n = read(notify->fd, buffer, sizeof buffer);

		if (n <= 0 && (n == 0 || errno != EINTR))
			return;
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event = (const struct inotify_event *)(const void *)(buffer + at);

			event_take(notify, event, changes);
			at += (ssize_t)(sizeof *event + event->len);
		}
	}
}

static int change_cmp(const void *left, const void *right)
{
	const struct path_change *a = left, *b = right;
	int order = a->path && b->path ? strcmp(a->path, b->path) : !b->path - !a->path;

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* Keeps the latest change of each path, but that a directory has changed is never forgotten. */
static void changes_compact(struct path_changes *changes)
{
	size_t n = 0;

	vec_sort(changes, change_cmp);
	for (size_t i = 0; i < changes->n; i++) {
		struct path_change *last = n ? &changes->at[n - 1] : NULL;

		if (!last || last->path != changes->at[i].path) {
			changes->at[n++] = changes->at[i];
			continue;
		}
		if (last->kind != PATH_TREE)
			last->kind = changes->at[i].kind;
		atom_put(changes->at[i].path);
	}
	changes->n = n;
}

/* The two halves of a rename belong together: else the old name is deleted before the new one is read. */
struct path_changes notify_read(struct notify *notify)
{
	struct pollfd more = {.fd = notify->fd, .events = POLLIN};
	struct path_changes changes = {VEC_EMPTY};

	notify->moving = 0;
	read_events(notify, &changes);
	if (notify->moving && poll(&more, 1, RENAME_MS) > 0)
		read_events(notify, &changes);
	changes_compact(&changes);
	return changes;
}

void path_changes_fini(struct path_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		atom_put(changes->at[i].path);
	vec_free(changes);
}

void notify_close(struct notify *notify)
{
	if (!notify)
		return;
	for (size_t i = 0; i < notify->n; i++)
		watch_fini(&notify->at[i]);
	vec_free(notify);
	close(notify->fd);
	free(notify);
}
