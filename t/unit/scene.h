/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory of its own for each test of a folder. */
#ifndef SCENE_H
#define SCENE_H

#include <sys/stat.h>
#include <unistd.h>

#include <selvage/folder.h>

#include "collect.h"

/* A directory of its own, and what a folder on it says. */
struct scene {
	char dir[64];
	struct folder *folder;
	struct collect got;
	struct sink sink;
};

#define PATH_SIZE 256

__attribute__((unused)) static const char *scene_path(const struct scene *s, const char *name,
						      char path[static PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", s->dir, name);
	return path;
}

__attribute__((unused)) static void scene_begin(struct scene *s)
{
	*s = (struct scene){.dir = "/tmp/selvage-folder-XXXXXX"};
	cr_assert_not_null(mkdtemp(s->dir));
	strcat(s->dir, "/own"); /* the parent is watched too, and /tmp is busy */
	cr_assert_eq(mkdir(s->dir, 0755), 0);
	s->sink = collect_sink(&s->got);
}

/* The words are joined without a shell: names are ours. */
__attribute__((unused)) static void scene_remove(const char *dir)
{
	char command[PATH_SIZE];

	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	cr_assert_eq(system(command), 0);
}

__attribute__((unused)) static void scene_end(struct scene *s)
{
	folder_close(s->folder);
	collect_clear(&s->got);
	*strrchr(s->dir, '/') = '\0';
	scene_remove(s->dir);
}

__attribute__((unused)) static void scene_write(const struct scene *s, const char *name, const char *text)
{
	char path[PATH_SIZE];
	FILE *out = fopen(scene_path(s, name, path), "w");

	cr_assert_not_null(out);
	fputs(text, out);
	fclose(out);
}

__attribute__((unused)) static void scene_mkdir(const struct scene *s, const char *name)
{
	char path[PATH_SIZE];

	cr_assert_eq(mkdir(scene_path(s, name, path), 0755), 0);
}

__attribute__((unused)) static void scene_link(const struct scene *s, const char *target, const char *name)
{
	char path[PATH_SIZE];

	cr_assert_eq(symlink(target, scene_path(s, name, path)), 0);
}

__attribute__((unused)) static void scene_rename(const struct scene *s, const char *from, const char *to)
{
	char old[PATH_SIZE], new[PATH_SIZE];

	cr_assert_eq(rename(scene_path(s, from, old), scene_path(s, to, new)), 0);
}

__attribute__((unused)) static void scene_unlink(const struct scene *s, const char *name)
{
	char path[PATH_SIZE];

	cr_assert_eq(unlink(scene_path(s, name, path)), 0);
}

__attribute__((unused)) static size_t scene_load_path(struct scene *s, const char *name, bool watch)
{
	struct err err = {0};
	char path[PATH_SIZE];

	s->folder = folder_open(*name ? scene_path(s, name, path) : s->dir, &s->sink, watch, &err);
	cr_assert_not_null(s->folder, "%s", err.msg);
	return folder_load(s->folder);
}

__attribute__((unused)) static size_t scene_load(struct scene *s)
{
	return scene_load_path(s, "", true);
}

/* What the folder says of what has happened since the last time. */
__attribute__((unused)) static size_t scene_turn(struct scene *s)
{
	collect_clear(&s->got);
	return folder_turn(s->folder);
}

/* Were exactly these put (as "kind ns/name", in this order), and these deleted? */
__attribute__((unused)) static void scene_wants(const struct scene *s, const char *puts, const char *dels)
{
	char have_puts[1024] = "", have_dels[1024] = "";

	for (size_t i = 0; i < s->got.n; i++) {
		char *name = collect_name(s->got.at[i]->kind, s->got.at[i]->ns, s->got.at[i]->name);

		strcat(strcat(have_puts, i ? ", " : ""), name);
		free(name);
	}
	for (size_t i = 0; i < s->got.dels.n; i++)
		strcat(strcat(have_dels, i ? ", " : ""), s->got.dels.at[i]);
	cr_assert_str_eq(have_puts, puts);
	cr_assert_str_eq(have_dels, dels);
}

#define POD(name, rest) "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " name ", namespace: shop" rest "}\n"

__attribute__((unused)) static const char *pod_label(const struct object *object)
{
	const struct pod *pod = (const struct pod *)(const void *)object;

	return pod->labels.n ? pod->labels.at[0].value : "";
}

#endif
