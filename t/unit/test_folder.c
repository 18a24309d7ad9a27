/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

static const char *scene_path(const struct scene *s, const char *name, char path[static PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", s->dir, name);
	return path;
}

static void scene_begin(struct scene *s)
{
	*s = (struct scene){.dir = "/tmp/selvage-folder-XXXXXX"};
	cr_assert_not_null(mkdtemp(s->dir));
	s->sink = collect_sink(&s->got);
}

/* The words are joined without a shell: names are ours. */
static void scene_remove(const char *dir)
{
	char command[PATH_SIZE];

	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	cr_assert_eq(system(command), 0);
}

static void scene_end(struct scene *s)
{
	folder_close(s->folder);
	collect_clear(&s->got);
	scene_remove(s->dir);
}

static void scene_write(const struct scene *s, const char *name, const char *text)
{
	char path[PATH_SIZE];
	FILE *out = fopen(scene_path(s, name, path), "w");

	cr_assert_not_null(out);
	fputs(text, out);
	fclose(out);
}

static void scene_mkdir(const struct scene *s, const char *name)
{
	char path[PATH_SIZE];

	cr_assert_eq(mkdir(scene_path(s, name, path), 0755), 0);
}

static void scene_link(const struct scene *s, const char *target, const char *name)
{
	char path[PATH_SIZE];

	cr_assert_eq(symlink(target, scene_path(s, name, path)), 0);
}

static void scene_rename(const struct scene *s, const char *from, const char *to)
{
	char old[PATH_SIZE], new[PATH_SIZE];

	cr_assert_eq(rename(scene_path(s, from, old), scene_path(s, to, new)), 0);
}

static void scene_unlink(const struct scene *s, const char *name)
{
	char path[PATH_SIZE];

	cr_assert_eq(unlink(scene_path(s, name, path)), 0);
}

static size_t scene_load_path(struct scene *s, const char *name, bool watch)
{
	struct err err = {0};
	char path[PATH_SIZE];

	s->folder = folder_open(*name ? scene_path(s, name, path) : s->dir, &s->sink, watch, &err);
	cr_assert_not_null(s->folder, "%s", err.msg);
	return folder_load(s->folder);
}

static size_t scene_load(struct scene *s)
{
	return scene_load_path(s, "", true);
}

/* What the folder says of what has happened since the last time. */
static size_t scene_turn(struct scene *s)
{
	collect_clear(&s->got);
	return folder_turn(s->folder);
}

/* Were exactly these put (as "kind ns/name", in this order), and these deleted? */
static void scene_wants(const struct scene *s, const char *puts, const char *dels)
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

static const char *pod_label(const struct object *object)
{
	const struct pod *pod = (const struct pod *)(const void *)object;

	return pod->labels.n ? pod->labels.at[0].value : "";
}

UNIT(folder, files_are_read_in_sorted_order)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, "b");
	scene_write(&s, "c.yml", POD("four", "") POD("five", ""));
	scene_write(&s, "b/z.yaml", POD("two", ""));
	scene_write(&s, "b/z.yaml.json",
		    "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"three\"}}");
	scene_write(&s, "a.yaml", POD("one", ""));
	scene_write(&s, "notes.txt", "not: [a manifest");
	scene_write(&s, ".hidden.yaml", POD("hidden", ""));
	cr_assert_eq(scene_load(&s), 0);
	scene_wants(&s, "pod shop/one, pod shop/two, namespace three, pod shop/four, pod shop/five", "");
	cr_assert_str_eq(s.got.at[1]->source.file + strlen(s.dir), "/b/z.yaml");
	scene_end(&s);
}

UNIT(folder, nothing_has_happened_until_something_happens)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", ""));
	scene_load(&s);
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "", "");
	scene_end(&s);
}

UNIT(folder, without_a_watch_there_is_no_descriptor)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", "") "---\nx: [");
	cr_assert_eq(scene_load_path(&s, "", false), 1);
	cr_assert_eq(folder_fd(s.folder), -1);
	cr_assert_eq(folder_turn(s.folder), 1);
	scene_end(&s);
}

UNIT(folder, a_path_that_is_not_there_is_an_error)
{
	struct sink sink = {0};
	struct err err = {0};

	cr_assert_null(folder_open("/nowhere/at/all", &sink, true, &err));
	cr_assert_eq(err.code, ERR_IO);
	cr_assert_str_eq(err.msg, "/nowhere/at/all: No such file or directory");
}

UNIT(folder, the_descriptor_is_readable_when_something_has_happened)
{
	struct scene s;
	struct pollfd p;

	scene_begin(&s);
	scene_load(&s);
	p = (struct pollfd){.fd = folder_fd(s.folder), .events = POLLIN};
	cr_assert_eq(poll(&p, 1, 0), 0);
	scene_write(&s, "a.yaml", POD("one", ""));
	cr_assert_eq(poll(&p, 1, 0), 1);
	scene_turn(&s);
	cr_assert_eq(poll(&p, 1, 0), 0);
	scene_wants(&s, "pod shop/one", "");
	scene_end(&s);
}

UNIT(folder, only_what_differs_is_put_again)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", "") POD("two", "") POD("three", ""));
	scene_load(&s);
	scene_write(&s, "a.yaml", "# moved down\n" POD("one", "") POD("two", ", labels: {a: b}") POD("four", ""));
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "pod shop/two, pod shop/four", "pod shop/three");
	scene_end(&s);
}

UNIT(folder, fields_that_do_not_matter_make_no_difference)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", "") "status: {phase: Pending}\n");
	scene_load(&s);
	scene_write(&s, "a.yaml",
		    POD("one", ", annotations: {a: b}") "status: {phase: Running, qosClass: Burstable}\n");
	scene_turn(&s);
	scene_wants(&s, "", "");
	scene_end(&s);
}

UNIT(folder, a_file_that_goes_takes_its_objects_along)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", "") POD("two", ""));
	scene_write(&s, "b.yaml", POD("three", ""));
	scene_load(&s);
	scene_unlink(&s, "a.yaml");
	scene_turn(&s);
	scene_wants(&s, "", "pod shop/one, pod shop/two");
	scene_end(&s);
}

UNIT(folder, a_file_with_a_new_name_leaves_no_gap)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, "sub");
	scene_write(&s, "a.yaml", POD("one", ""));
	scene_load(&s);
	scene_rename(&s, "a.yaml", "b.yaml");
	scene_turn(&s);
	scene_wants(&s, "", "");
	scene_rename(&s, "b.yaml", "sub/c.yaml");
	scene_turn(&s);
	scene_wants(&s, "", "");
	scene_rename(&s, "sub/c.yaml", "c.txt");
	scene_turn(&s);
	scene_wants(&s, "", "pod shop/one");
	scene_end(&s);
}

UNIT(folder, an_object_that_moves_from_file_to_file_leaves_no_gap)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", "") POD("two", ""));
	scene_load(&s);
	scene_write(&s, "a.yaml", POD("one", ""));
	scene_write(&s, "b.yaml", POD("two", ", labels: {a: b}"));
	scene_turn(&s);
	scene_wants(&s, "pod shop/two", "");
	scene_end(&s);
}

UNIT(folder, a_file_is_read_when_it_is_closed)
{
	struct scene s;
	char path[PATH_SIZE];
	FILE *out;

	scene_begin(&s);
	scene_load(&s);
	out = fopen(scene_path(&s, "a.yaml", path), "w");
	fputs(POD("one", ""), out);
	fflush(out);
	scene_turn(&s);
	scene_wants(&s, "", "");
	fputs(POD("two", ""), out);
	fclose(out);
	scene_turn(&s);
	scene_wants(&s, "pod shop/one, pod shop/two", "");
	scene_end(&s);
}

UNIT(folder, a_file_that_is_deleted_and_being_written_anew_is_kept)
{
	struct scene s;
	char path[PATH_SIZE];
	FILE *out;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", ""));
	scene_load(&s);
	scene_rename(&s, "a.yaml", "a.yaml~");
	out = fopen(scene_path(&s, "a.yaml", path), "w");
	scene_turn(&s);
	scene_wants(&s, "", "");
	fputs(POD("one", ""), out);
	fclose(out);
	scene_turn(&s);
	scene_wants(&s, "", "");
	scene_end(&s);
}

UNIT(folder, a_file_that_is_broken_keeps_what_it_said)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", "") POD("two", ""));
	scene_load(&s);
	scene_write(&s, "a.yaml", POD("one", ", labels: {a: b}") "---\nx: [");
	cr_assert_eq(scene_turn(&s), 1);
	scene_wants(&s, "", "");
	cr_assert_eq(s.got.problems.n, 1);
	scene_write(&s, "a.yaml", POD("one", ", labels: {a: b}"));
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "pod shop/one", "pod shop/two");
	scene_end(&s);
}

UNIT(folder, at_first_what_stands_before_an_error_counts)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", "") "---\nx: [");
	cr_assert_eq(scene_load(&s), 1);
	scene_wants(&s, "pod shop/one", "");
	scene_end(&s);
}

UNIT(folder, problems_count_until_they_are_gone)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", ", labels: 5"));
	scene_write(&s, "b.yaml", POD("two", ", labels: {a: 1, b: 2}"));
	cr_assert_eq(scene_load(&s), 3);
	scene_write(&s, "b.yaml", POD("two", ", labels: {a: 1}"));
	cr_assert_eq(scene_turn(&s), 2);
	cr_assert_eq(s.got.problems.n, 1);
	scene_unlink(&s, "a.yaml");
	cr_assert_eq(scene_turn(&s), 1);
	scene_end(&s);
}

UNIT(folder, of_duplicates_the_first_in_order_counts)
{
	struct scene s;
	char wanted[PATH_SIZE];

	scene_begin(&s);
	scene_write(&s, "b.yaml", POD("one", ", labels: {from: b}"));
	scene_write(&s, "a.yaml", POD("one", ", labels: {from: a1}") POD("one", ", labels: {from: a2}"));
	cr_assert_eq(scene_load(&s), 2);
	scene_wants(&s, "pod shop/one", "");
	cr_assert_str_eq(pod_label(s.got.at[0]), "a1");
	snprintf(wanted, sizeof wanted, "6:1: pod shop/one: also at %s/a.yaml:2:1, which counts", s.dir);
	cr_assert_str_eq(s.got.problems.at[0], wanted);
	snprintf(wanted, sizeof wanted, "2:1: pod shop/one: also at %s/a.yaml:2:1, which counts", s.dir);
	cr_assert_str_eq(s.got.problems.at[1], wanted);
	scene_end(&s);
}

UNIT(folder, when_the_first_of_duplicates_goes_the_next_one_counts)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", ", labels: {from: a}") POD("two", ""));
	scene_write(&s, "b.yaml", POD("one", ", labels: {from: b}"));
	scene_write(&s, "c.yaml", POD("one", ", labels: {from: c}"));
	cr_assert_eq(scene_load(&s), 2);
	scene_write(&s, "a.yaml", POD("two", ""));
	cr_assert_eq(scene_turn(&s), 1);
	scene_wants(&s, "pod shop/one", "");
	cr_assert_str_eq(pod_label(s.got.at[0]), "b");
	scene_unlink(&s, "b.yaml");
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "pod shop/one", "");
	cr_assert_str_eq(pod_label(s.got.at[0]), "c");
	scene_unlink(&s, "c.yaml");
	scene_turn(&s);
	scene_wants(&s, "", "pod shop/one");
	scene_end(&s);
}

UNIT(folder, a_duplicate_in_a_new_first_file_takes_over)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "b.yaml", POD("one", ", labels: {from: b}"));
	scene_load(&s);
	scene_write(&s, "a.yaml", POD("one", ", labels: {from: a}"));
	cr_assert_eq(scene_turn(&s), 1);
	scene_wants(&s, "pod shop/one", "");
	cr_assert_str_eq(pod_label(s.got.at[0]), "a");
	scene_write(&s, "a.yaml", POD("one", ", labels: {from: b}"));
	cr_assert_eq(scene_turn(&s), 1);
	scene_wants(&s, "pod shop/one", "");
	scene_unlink(&s, "a.yaml");
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "", "");
	scene_end(&s);
}

UNIT(folder, a_duplicate_that_cannot_be_read_again_changes_nothing)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", ", labels: {from: a}"));
	scene_write(&s, "b.yaml", POD("one", ", labels: {from: b}"));
	scene_load(&s);
	scene_write(&s, "b.yaml", "x: [");
	scene_unlink(&s, "a.yaml");
	cr_assert_eq(scene_turn(&s), 1);
	scene_wants(&s, "", "");
	scene_write(&s, "b.yaml", POD("one", ", labels: {from: b}"));
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "pod shop/one", "");
	scene_end(&s);
}

UNIT(folder, new_directories_are_watched)
{
	struct scene s;

	scene_begin(&s);
	scene_load(&s);
	scene_mkdir(&s, "sub");
	scene_mkdir(&s, "sub/sub");
	scene_write(&s, "sub/sub/a.yaml", POD("one", ""));
	scene_turn(&s);
	scene_wants(&s, "pod shop/one", "");
	scene_write(&s, "sub/sub/a.yaml", POD("two", ""));
	scene_turn(&s);
	scene_wants(&s, "pod shop/two", "pod shop/one");
	scene_write(&s, "sub/b.yaml", POD("three", ""));
	scene_turn(&s);
	scene_wants(&s, "pod shop/three", "");
	scene_end(&s);
}

UNIT(folder, a_directory_with_a_new_name_leaves_no_gap)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, "sub");
	scene_write(&s, "sub/a.yaml", POD("one", ""));
	scene_load(&s);
	scene_rename(&s, "sub", "other");
	scene_turn(&s);
	scene_wants(&s, "", "");
	scene_write(&s, "other/a.yaml", POD("two", ""));
	scene_turn(&s);
	scene_wants(&s, "pod shop/two", "pod shop/one");
	scene_rename(&s, "other", ".other");
	scene_turn(&s);
	scene_wants(&s, "", "pod shop/two");
	scene_write(&s, ".other/a.yaml", POD("three", ""));
	scene_turn(&s);
	scene_wants(&s, "", "");
	scene_end(&s);
}

/* As the kubelet mounts a ConfigMap: files are links through ..data, which is replaced in one step. */
UNIT(folder, the_swap_of_a_mounted_config_map_is_seen)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, "..1");
	scene_write(&s, "..1/a.yaml", POD("one", "") POD("two", ""));
	scene_link(&s, "..1", "..data");
	scene_link(&s, "..data/a.yaml", "a.yaml");
	cr_assert_eq(scene_load(&s), 0);
	scene_wants(&s, "pod shop/one, pod shop/two", "");
	scene_mkdir(&s, "..2");
	scene_write(&s, "..2/a.yaml", POD("two", "") POD("three", ""));
	scene_link(&s, "..2", "..data_tmp");
	scene_rename(&s, "..data_tmp", "..data");
	scene_unlink(&s, "..1/a.yaml");
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "pod shop/three", "pod shop/one");
	scene_end(&s);
}

UNIT(folder, a_single_file_may_be_replaced_or_swapped)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, "..1");
	scene_write(&s, "..1/manifest", POD("one", ""));
	scene_link(&s, "..1", "..data");
	scene_link(&s, "..data/manifest", "manifest");
	cr_assert_eq(scene_load_path(&s, "manifest", true), 0);
	scene_wants(&s, "pod shop/one", "");
	scene_mkdir(&s, "..2");
	scene_write(&s, "..2/manifest", POD("two", ""));
	scene_link(&s, "..2", "..data_tmp");
	scene_rename(&s, "..data_tmp", "..data");
	scene_turn(&s);
	scene_wants(&s, "pod shop/two", "pod shop/one");
	scene_write(&s, "other", POD("three", ""));
	scene_turn(&s);
	scene_wants(&s, "", "");
	scene_rename(&s, "other", "manifest");
	scene_turn(&s);
	scene_wants(&s, "pod shop/three", "pod shop/two");
	scene_write(&s, "manifest", POD("four", ""));
	scene_turn(&s);
	scene_wants(&s, "pod shop/four", "pod shop/three");
	scene_end(&s);
}

UNIT(folder, a_single_file_that_is_gone_is_a_problem_and_its_objects_stay)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", ""));
	scene_load_path(&s, "a.yaml", true);
	scene_unlink(&s, "a.yaml");
	cr_assert_eq(scene_turn(&s), 1);
	scene_wants(&s, "", "");
	collect_wants(&s.got, "0:0: cannot be read: No such file or directory");
	scene_write(&s, "a.yaml", POD("one", ""));
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "", "");
	scene_end(&s);
}

UNIT(folder, a_directory_that_is_a_link_may_be_swapped)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, "v1");
	scene_mkdir(&s, "v2");
	scene_write(&s, "v1/a.yaml", POD("one", "") POD("two", ""));
	scene_write(&s, "v2/a.yaml", POD("two", "") POD("three", ""));
	scene_link(&s, "v1", "current");
	scene_load_path(&s, "current/", true);
	scene_link(&s, "v2", "next");
	scene_rename(&s, "next", "current");
	scene_turn(&s);
	scene_wants(&s, "pod shop/three", "pod shop/one");
	scene_write(&s, "v2/a.yaml", POD("four", ""));
	scene_turn(&s);
	scene_wants(&s, "pod shop/four", "pod shop/two, pod shop/three");
	scene_end(&s);
}

UNIT(folder, when_the_whole_directory_is_gone_everything_stays)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, "dir");
	scene_write(&s, "dir/a.yaml", POD("one", ""));
	scene_load_path(&s, "dir", true);
	scene_rename(&s, "dir", "away");
	cr_assert_eq(scene_turn(&s), 1);
	scene_wants(&s, "", "");
	scene_rename(&s, "away", "dir");
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "", "");
	scene_unlink(&s, "dir/a.yaml");
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "", "pod shop/one");
	scene_end(&s);
}

UNIT(folder, links_are_followed_but_not_in_circles)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, "..1");
	scene_mkdir(&s, "..1/sub");
	scene_write(&s, "..1/sub/a.yaml", POD("one", ""));
	scene_link(&s, "..1/sub", "sub");
	scene_link(&s, ".", "self");
	scene_link(&s, "nowhere", "dangling.yaml");
	cr_assert_eq(scene_load(&s), 0);
	scene_wants(&s, "pod shop/one", "");
	scene_write(&s, "sub/a.yaml", POD("two", ""));
	scene_turn(&s);
	scene_wants(&s, "pod shop/two", "pod shop/one");
	scene_end(&s);
}

UNIT(folder, a_new_link_to_a_directory_is_followed_until_it_goes)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, ".away");
	scene_write(&s, ".away/a.yaml", POD("one", ""));
	scene_load(&s);
	scene_link(&s, ".away", "here");
	scene_turn(&s);
	scene_wants(&s, "pod shop/one", "");
	scene_unlink(&s, "here");
	scene_turn(&s);
	scene_wants(&s, "", "pod shop/one");
	scene_end(&s);
}

UNIT(folder, a_hard_link_is_read_at_once)
{
	struct scene s;
	char old[PATH_SIZE], new[PATH_SIZE];

	scene_begin(&s);
	scene_write(&s, "a.txt", POD("one", ""));
	scene_load(&s);
	cr_assert_eq(link(scene_path(&s, "a.txt", old), scene_path(&s, "a.yaml", new)), 0);
	scene_turn(&s);
	scene_wants(&s, "pod shop/one", "");
	scene_end(&s);
}

UNIT(folder, standard_input_is_read_once)
{
	struct scene s;
	struct err err;
	char path[PATH_SIZE];

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", "") "---\nx: [");
	cr_assert_not_null(freopen(scene_path(&s, "a.yaml", path), "r", stdin));
	s.folder = folder_open("-", &s.sink, true, &err);
	cr_assert_eq(folder_load(s.folder), 1);
	scene_wants(&s, "pod shop/one", "");
	cr_assert_str_eq(s.got.at[0]->source.file, "<stdin>");
	cr_assert_eq(folder_fd(s.folder), -1);
	cr_assert_eq(folder_load(s.folder), 1);
	cr_assert_eq(folder_turn(s.folder), 1);
	cr_assert_eq(s.got.n, 1);
	scene_end(&s);
}

UNIT(folder, loading_again_reads_everything_again)
{
	struct scene s;

	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", ""));
	scene_write(&s, "b.yaml", POD("two", ""));
	scene_load_path(&s, "", false);
	collect_clear(&s.got);
	scene_unlink(&s, "a.yaml");
	scene_write(&s, "c.yaml", POD("three", ""));
	cr_assert_eq(folder_load(s.folder), 0);
	scene_wants(&s, "pod shop/three", "pod shop/one");
	scene_end(&s);
}

UNIT(folder, when_events_were_lost_everything_is_read_again)
{
	struct scene s;
	char limit[16] = "16384";
	FILE *in = fopen("/proc/sys/fs/inotify/max_queued_events", "r");

	if (in && !fgets(limit, sizeof limit, in))
		limit[0] = '0';
	if (in)
		fclose(in);
	scene_begin(&s);
	scene_write(&s, "a.yaml", POD("one", ""));
	scene_write(&s, "b.txt", "");
	scene_load(&s);
	for (long i = 0; i < atol(limit) / 2 + 2; i++) {
		scene_rename(&s, "b.txt", "c.txt");
		scene_rename(&s, "c.txt", "b.txt");
	}
	scene_write(&s, "a.yaml", POD("two", ""));
	scene_turn(&s);
	scene_wants(&s, "pod shop/two", "pod shop/one");
	scene_end(&s);
}

UNIT(folder, a_thousand_files_may_change_at_once)
{
	struct scene s;
	char name[32];

	scene_begin(&s);
	scene_load(&s);
	for (int i = 0; i < 1000; i++) {
		char text[200];

		snprintf(name, sizeof name, "f%d.yaml", i);
		snprintf(text, sizeof text, "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns-%d}\n", i);
		scene_write(&s, name, text);
	}
	cr_assert_eq(scene_turn(&s), 0);
	cr_assert_eq(s.got.n, 1000);
	scene_end(&s);
}
