/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the files say, and what has changed since they were read? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <selvage/atom.h>
#include <selvage/decode.h>
#include <selvage/folder.h>

#include "claims.h"
#include "listing.h"
#include "notify.h"

/* One path that was asked for. */
struct root {
	const char *path; /* atom, owned */
	enum root_kind { ROOT_DIR, ROOT_FILE, ROOT_STDIN } kind;
};

struct folder {
	struct {
		VEC(struct root);
	} roots;
	struct sink sink;
	struct notify *notify; /* NULL: nothing is watched */
	struct hmap files;     /* all that hold something or have a problem */
	struct claims claims;
	VEC(struct file *) gone; /* to be forgotten once all is settled; some may have come back */
	size_t problems;         /* in all files, duplicates not counted */
	bool loaded;
};

/* One file while it is read. */
struct intake {
	struct folder *folder;
	struct file *file;
	const struct document *doc;
};

static struct file *file_find(const struct folder *folder, const char *path)
{
	for (struct hnode *h = hmap_find(&folder->files, hmap_hash(path, strlen(path))); h; h = hmap_next(h)) {
		struct file *file = hmap_entry(h, struct file, node);

		if (!strcmp(file->path, path))
			return file;
	}
	return NULL;
}

static struct file *file_get(struct folder *folder, const char *path)
{
	struct file *file = file_find(folder, path);

	if (file)
		return file;
	file = mem_new(1, sizeof *file);
	file_init(file, path);
	hmap_put(&folder->files, &file->node, hmap_hash(path, strlen(path)));
	return file;
}

static void intake_problem(void *ctx, const struct problem *problem)
{
	struct intake *intake = ctx;

	intake->file->problems++;
	intake->folder->problems++;
	intake->folder->sink.problem(intake->folder->sink.ctx, problem);
}

static void intake_put(void *ctx, struct object *take)
{
	struct intake *intake = ctx;

	claims_add(&intake->folder->claims, intake->file, take, intake->doc);
}

static void intake_document(void *ctx, const struct document *doc)
{
	struct intake *intake = ctx;
	const struct sink sink = {
		.put = intake_put,
		.problem = intake_problem,
		.ctx = ctx,
		.wide = intake->folder->sink.wide,
	};

	intake->doc = doc;
	decode_document(doc, &sink);
}

/* Its problems are about to be found anew. */
static void file_begin(struct folder *folder, struct file *file)
{
	folder->problems -= file->problems;
	file->problems = 0;
	file->gone = false;
}

/* Something is wrong with a file or directory as a whole. */
static void path_problem(struct folder *folder, const char *path, const struct err *err)
{
	struct intake intake = {.folder = folder, .file = file_get(folder, path)};
	char message[sizeof err->msg];
	const struct problem problem = {.kind = PROBLEM_FILE,
					.source = {.file = intake.file->path},
					.message = message};

	memcpy(message, err->msg, sizeof message);
	file_begin(folder, intake.file);
	intake.file->listed = true;
	intake_problem(&intake, &problem);
}

static void file_drop(struct folder *folder, struct file *file)
{
	claims_commit(&folder->claims, file);
	file_begin(folder, file);
	file->gone = true;
	if (!file->dropped)
		*vec_add(&folder->gone) = file;
	file->dropped = true;
}

/* The first root that holds this path, or is it. */
static const struct root *root_of(const struct folder *folder, const char *path)
{
	for (size_t i = 0; i < folder->roots.n; i++) {
		const struct root *root = &folder->roots.at[i];

		if (root->path == path || (root->kind == ROOT_DIR && listing_below(path, root->path)))
			return root;
	}
	return NULL;
}

/* Has this file been deleted?  If the whole directory is out of reach, that is an accident and says nothing. */
static bool is_deleted(const struct root *root, const struct err *err)
{
	return err->code == ERR_ABSENT && root && root->kind == ROOT_DIR && !access(root->path, F_OK);
}

/* Reads a file again.  What was known from it stays if it cannot be read or parsed. */
static void file_read(struct folder *folder, struct file *file)
{
	struct intake intake = {.folder = folder, .file = file};
	const struct root *root = root_of(folder, file->path);
	const char *path = root && root->kind == ROOT_STDIN ? "-" : file->path;
	struct err err;
	int status;

	file_begin(folder, file);
	status = manifest_read(path, file->path, intake_document, intake_problem, &intake, &err);
	if (status < 0) {
		claims_abort(&folder->claims, file);
		if (is_deleted(root, &err))
			file_drop(folder, file);
		else
			path_problem(folder, file->path, &err);
		return;
	}
	file->whole |= !status;
	if (status && file->claims)
		claims_abort(&folder->claims, file);
	else
		claims_commit(&folder->claims, file);
}

static void watch_dir(void *ctx, const char *dir)
{
	struct folder *folder = ctx;
	struct err err;

	if (folder->notify && notify_dir(folder->notify, dir, &err))
		path_problem(folder, dir, &err);
}

static void listing_fail(void *ctx, const char *path, const struct err *err)
{
	path_problem(ctx, path, err);
}

/* Calls `visit` for all files below a directory. */
static void files_below(struct folder *folder, const char *dir, void (*visit)(struct folder *, struct file *, bool),
			bool whole)
{
	for (struct hnode *h = hmap_walk(&folder->files, NULL); h; h = hmap_walk(&folder->files, h)) {
		struct file *file = hmap_entry(h, struct file, node);

		if (listing_below(file->path, dir))
			visit(folder, file, whole);
	}
}

static void file_unlist(struct folder *folder, struct file *file, bool whole)
{
	(void)folder;
	(void)whole;
	file->listed = false;
}

/* Drops a file that is not there any more.  While not everything can be listed, nothing that was known goes. */
static void file_sweep(struct folder *folder, struct file *file, bool whole)
{
	if (!file->listed && (whole || !file->claims))
		file_drop(folder, file);
}

/* Reads a directory and all below it. */
static void tree_read(struct folder *folder, const char *dir)
{
	const struct root *root = root_of(folder, dir);
	struct listing listing;
	struct err err;

	files_below(folder, dir, file_unlist, false);
	if (folder->notify)
		notify_forget(folder->notify, dir);
	listing = listing_read(dir, watch_dir, listing_fail, folder);
	for (size_t i = 0; i < listing.n; i++) {
		struct file *file = file_get(folder, listing.at[i]);

		file->listed = true;
		file_read(folder, file);
	}
	if (root && access(root->path, F_OK)) {
		err_sys(&err, ERR_IO, errno, "cannot be listed");
		path_problem(folder, root->path, &err);
		listing.whole = false;
	}
	files_below(folder, dir, file_sweep, listing.whole);
	listing_fini(&listing);
}

static void root_read(struct folder *folder, const struct root *root)
{
	if (root->kind == ROOT_DIR)
		tree_read(folder, root->path);
	else
		file_read(folder, file_get(folder, root->path));
}

/* Standard input is there once. */
static void all_read(struct folder *folder)
{
	for (size_t i = 0; i < folder->roots.n; i++)
		if (folder->roots.at[i].kind != ROOT_STDIN || !folder->loaded)
			root_read(folder, &folder->roots.at[i]);
	folder->loaded = true;
}

/* Forgets the files that are gone, but for those that have come back since. */
static void files_settle(struct folder *folder)
{
	for (size_t i = 0; i < folder->gone.n; i++) {
		struct file *file = folder->gone.at[i];

		file->dropped = false;
		if (!file->gone)
			continue;
		hmap_del(&folder->files, &file->node);
		file_fini(file);
		free(file);
	}
	vec_free(&folder->gone);
}

static size_t outstanding(const struct folder *folder)
{
	return folder->problems + claims_duplicates(&folder->claims);
}

/* Tells the sink what all that was read amounts to: puts first, so that a file's new name leaves no gap. */
static void settle(struct folder *folder)
{
	struct file *again;

	while ((again = claims_put(&folder->claims, &folder->sink)))
		file_read(folder, again);
	claims_settle(&folder->claims, &folder->sink);
	files_settle(folder);
}

static void change_read(struct folder *folder, const struct path_change *change)
{
	const struct root *root;

	switch (change->kind) {
	case PATH_LOST:
		all_read(folder);
		return;
	case PATH_TREE:
		tree_read(folder, change->path);
		return;
	case PATH_FILE:
		root = root_of(folder, change->path);
		if (root && root->path == change->path)
			root_read(folder, root);
		else
			file_read(folder, file_get(folder, change->path));
		return;
	case PATH_WRITING:
		return;
	}
}

size_t folder_load(struct folder *folder)
{
	all_read(folder);
	settle(folder);
	return outstanding(folder);
}

int folder_fd(const struct folder *folder)
{
	return folder->notify ? notify_fd(folder->notify) : -1;
}

size_t folder_turn(struct folder *folder)
{
	struct path_changes changes;

	if (!folder->notify)
		return outstanding(folder);
	changes = notify_read(folder->notify);
	for (size_t i = 0; i < changes.n; i++)
		change_read(folder, &changes.at[i]);
	if (changes.n)
		settle(folder);
	path_changes_fini(&changes);
	return outstanding(folder);
}

/* Also watches the name by which the file or directory is reached: it may be replaced as a whole. */
static int watch_root(struct folder *folder, const struct root *root, struct err *err)
{
	const char *slash = strrchr(root->path, '/'), *name = slash ? slash + 1 : root->path, *up;
	int status;

	if (root->kind == ROOT_STDIN || !*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	if (slash == root->path)
		up = atom("/");
	else
		up = slash ? atom_n(root->path, (size_t)(slash - root->path)) : atom(".");
	status = notify_name(folder->notify, up, name, root->path, err);
	atom_put(up);
	return status ? err_ctx(err, "the directory of %s: ", root->path) : 0;
}

int folder_add(struct folder *folder, const char *path, struct err *err)
{
	bool input = !strcmp(path, "-");
	size_t n = strlen(path);
	struct root root = {.kind = ROOT_FILE};
	struct stat st = {0};

	if (!input && (stat(path, &st) || access(path, R_OK)))
		return err_sys(err, ERR_IO, errno, "%s", path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	root.path = input ? atom("<stdin>") : atom_n(path, n);
	if (input || S_ISDIR(st.st_mode))
		root.kind = input ? ROOT_STDIN : ROOT_DIR;
	*vec_add(&folder->roots) = root;
	return folder->notify ? watch_root(folder, &root, err) : 0;
}

struct folder *folder_new(const struct sink *sink, bool watch, struct err *err)
{
	struct folder *folder = mem_new(1, sizeof *folder);

	folder->sink = *sink;
	if (!watch)
		return folder;
	folder->notify = notify_open(err);
	if (folder->notify)
		return folder;
	folder_close(folder);
	return NULL;
}

struct folder *folder_open(const char *path, const struct sink *sink, bool watch, struct err *err)
{
	struct folder *folder = folder_new(sink, watch && strcmp(path, "-"), err);

	if (folder && !folder_add(folder, path, err))
		return folder;
	folder_close(folder);
	return NULL;
}

bool folder_whole(const struct folder *folder)
{
	for (struct hnode *h = hmap_walk(&folder->files, NULL); h; h = hmap_walk(&folder->files, h)) {
		const struct file *file = hmap_entry(h, struct file, node);

		if (!file->whole && file->problems)
			return false;
	}
	return true;
}

void folder_close(struct folder *folder)
{
	struct hnode *next;

	if (!folder)
		return;
	claims_fini(&folder->claims);
	for (struct hnode *h = hmap_walk(&folder->files, NULL); h; h = next) {
		struct file *file = hmap_entry(h, struct file, node);

		next = hmap_walk(&folder->files, h);
		file_fini(file);
		free(file);
	}
	hmap_fini(&folder->files);
	notify_close(folder->notify);
	for (size_t i = 0; i < folder->roots.n; i++)
		atom_put(folder->roots.at[i].path);
	vec_free(&folder->roots);
	free(folder);
}
