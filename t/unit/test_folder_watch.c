/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever way files change, is it seen, once, and without a gap? */
#include <poll.h>

#include "scene.h"

UNIT(folder_watch, the_descriptor_is_readable_when_something_has_happened)
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

UNIT(folder_watch, a_file_with_a_new_name_leaves_no_gap)
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

UNIT(folder_watch, an_object_that_moves_from_file_to_file_leaves_no_gap)
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

UNIT(folder_watch, a_file_is_read_when_it_is_closed)
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

UNIT(folder_watch, a_file_that_is_deleted_and_being_written_anew_is_kept)
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

UNIT(folder_watch, new_directories_are_watched)
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

UNIT(folder_watch, a_directory_with_a_new_name_leaves_no_gap)
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
UNIT(folder_watch, the_swap_of_a_mounted_config_map_is_seen)
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

UNIT(folder_watch, a_single_file_may_be_replaced_or_swapped)
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

UNIT(folder_watch, a_directory_that_is_a_link_may_be_swapped)
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

UNIT(folder_watch, when_the_whole_directory_is_gone_everything_stays)
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

UNIT(folder_watch, links_are_followed_but_not_in_circles)
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

UNIT(folder_watch, a_new_link_to_a_directory_is_followed_until_it_goes)
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

UNIT(folder_watch, a_new_link_to_a_file_is_read_at_once)
{
	struct scene s;

	scene_begin(&s);
	scene_mkdir(&s, ".away");
	scene_write(&s, ".away/a.yaml", POD("one", ""));
	scene_load(&s);
	scene_link(&s, ".away/a.yaml", "a.yaml");
	scene_turn(&s);
	scene_wants(&s, "pod shop/one", "");
	scene_end(&s);
}

UNIT(folder_watch, a_hard_link_is_read_at_once)
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

UNIT(folder_watch, when_events_were_lost_everything_is_read_again)
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

UNIT(folder_watch, a_thousand_files_may_change_at_once)
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
