/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do files say, when there are several, when they say the same and when they are broken? */
#include "scene.h"

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

UNIT(folder, several_paths_are_read_as_one)
{
	struct scene s;
	struct err err = {0};
	char path[PATH_SIZE];

	scene_begin(&s);
	scene_mkdir(&s, "one");
	scene_mkdir(&s, "two");
	scene_write(&s, "one/a.yaml", POD("a", ""));
	scene_write(&s, "two/b.yaml", POD("b", "") POD("a", ", labels: {from: two}"));
	scene_write(&s, "c.yaml", POD("c", ""));
	s.folder = folder_new(&s.sink, true, &err);
	cr_assert_not_null(s.folder, "%s", err.msg);
	cr_assert_eq(folder_add(s.folder, scene_path(&s, "two/", path), &err), 0);
	cr_assert_eq(folder_add(s.folder, scene_path(&s, "one", path), &err), 0);
	cr_assert_eq(folder_add(s.folder, scene_path(&s, "c.yaml", path), &err), 0);
	cr_assert_eq(folder_add(s.folder, scene_path(&s, "d.yaml", path), &err), -1);
	cr_assert_eq(folder_load(s.folder), 1);
	scene_wants(&s, "pod shop/b, pod shop/a, pod shop/c", "");
	cr_assert_str_eq(pod_label(s.got.at[1]), "");
	scene_unlink(&s, "one/a.yaml");
	scene_write(&s, "c.yaml", POD("c", ", labels: {new: yes-it-is}"));
	cr_assert_eq(scene_turn(&s), 0);
	scene_wants(&s, "pod shop/c, pod shop/a", "");
	cr_assert_str_eq(pod_label(s.got.at[1]), "two");
	scene_unlink(&s, "c.yaml");
	scene_unlink(&s, "two/b.yaml");
	scene_turn(&s);
	scene_wants(&s, "", "pod shop/b, pod shop/a");
	scene_end(&s);
}
