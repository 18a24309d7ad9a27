/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams are cut into the same objects wherever the network cuts them. */
#include <stdio.h>

#include "../../src/input/frames.h"

#include "unit.h"

#define LIMIT 200

/* What came out: the pieces, each followed by '|'. */
struct seen {
	char text[4096];
	size_t n;
	size_t refuse; /* the number of the piece that each() refuses, from 1; 0: none */
	size_t pieces;
};

static int see(void *ctx, const char *text, size_t size, struct err *err)
{
	struct seen *seen = ctx;

	if (++seen->pieces == seen->refuse)
		return err_set(err, ERR_ABSENT, "enough");
	memcpy(seen->text + seen->n, text, size);
	seen->n += size;
	seen->text[seen->n++] = '|';
	seen->text[seen->n] = '\0';
	return 0;
}

static int feed(struct frames *frames, struct seen *seen, const char *text, size_t n)
{
	struct err err = {0};

	return frames_feed(frames, text, n, see, seen, &err);
}

/* Feeds text in two parts, cut at every place, and byte by byte; each way gives `want`, and `envelope` for a list. */
static void wants(bool list, const char *text, const char *want, const char *envelope)
{
	size_t n = strlen(text);

	for (size_t cut = 0; cut <= n + 1; cut++) {
		struct frames frames = {.limit = LIMIT, .list = list};
		struct seen seen = {0};
		int status = 0;

		if (cut <= n) {
			status = feed(&frames, &seen, text, cut);
			status = status ? status : feed(&frames, &seen, text + cut, n - cut);
		}
		for (size_t i = 0; cut > n && !status && i < n; i++)
			status = feed(&frames, &seen, text + i, 1);
		cr_assert_eq(status, 0, "cut at %zu", cut);
		cr_assert(frames_complete(&frames), "cut at %zu", cut);
		cr_assert_str_eq(seen.text, want, "cut at %zu: %s", cut, seen.text);
		if (envelope)
			cr_assert_eq(memcmp(frames.envelope.at, envelope, frames.envelope.n), 0, "%.*s",
				     (int)frames.envelope.n, frames.envelope.at);
		frames_fini(&frames);
	}
}

/* Text that must be refused, whole and byte by byte. */
static void refuses(bool list, const char *text)
{
	for (size_t step = 1; step <= strlen(text); step += strlen(text) - 1) {
		struct frames frames = {.limit = LIMIT, .list = list};
		struct seen seen = {0};
		int status = 0;

		for (size_t i = 0; !status && i < strlen(text); i += step)
			status = feed(&frames, &seen, text + i, step);
		cr_expect_eq(status, -1, "%s", text);
		frames_fini(&frames);
	}
}

UNIT(frames, events_are_cut_at_every_place)
{
	wants(false, "{\"a\":1}\n{\"b\":{\"c\":[{}]}}\n\n{}", "{\"a\":1}|{\"b\":{\"c\":[{}]}}|{}|", NULL);
}

UNIT(frames, brackets_in_strings_do_not_count)
{
	wants(false, "{\"a}\":\"{[\\\"}\\\\\"} {\"\\\\\":\"]\"}", "{\"a}\":\"{[\\\"}\\\\\"}|{\"\\\\\":\"]\"}|", NULL);
}

UNIT(frames, the_items_of_a_list_are_cut_out_of_it)
{
	wants(true, "{\"kind\":\"L\",\"items\":[{\"x\":[1]}, {\"items\":[{}]}\n],\"metadata\":{\"a\":[{}]}}\n",
	      "{\"x\":[1]}|{\"items\":[{}]}|", "{\"kind\":\"L\",\"items\":[],\"metadata\":{\"a\":[{}]}}\n");
}

UNIT(frames, an_empty_list_has_no_items)
{
	wants(true, "{\"items\" : [ ],\"k\":1}", "", "{\"items\" : [],\"k\":1}");
	wants(true, "{\"items\":null}", "", "{\"items\":null}");
}

UNIT(frames, only_the_lists_own_items_are_cut_out)
{
	wants(true, "{\"a\":{\"items\":[{\"b\":1}]},\"x\":\"\\\"items\\\":[\",\"\\\"items\":[{}],\"items\":[{}]}",
	      "{}|", "{\"a\":{\"items\":[{\"b\":1}]},\"x\":\"\\\"items\\\":[\",\"\\\"items\":[{}],\"items\":[]}");
}

UNIT(frames, what_is_no_stream_of_objects_is_refused)
{
	refuses(false, "<html>");
	refuses(false, "[{}]");
	refuses(false, "{}{}x");
	refuses(false, "{} ,{}");
	refuses(false, "\"a\"");
	refuses(false, "} ");
	refuses(true, "[{}]");
	refuses(true, "{\"items\":[1]}");
	refuses(true, "{\"items\":[\"a\"]}");
	refuses(true, "{\"items\":[[{}]]}");
	refuses(true, "{\"items\":[{}}]");
	refuses(true, "{\"items\":[]} {}");
	refuses(true, "{\"items\":[]}x");
}

UNIT(frames, what_ends_early_is_not_complete)
{
	static const char *const lists[] = {"", "{", "{\"items\":[", "{\"items\":[{}", "{\"items\":[{}]"};
	static const char *const events[] = {"{", "{}{", "{}\n{\"a\":\"}"};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct frames frames = {.limit = LIMIT, .list = true};
		struct seen seen = {0};

		cr_assert_eq(feed(&frames, &seen, lists[i], strlen(lists[i])), 0);
		cr_expect(!frames_complete(&frames), "%s", lists[i]);
		frames_fini(&frames);
	}
	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		struct frames frames = {.limit = LIMIT};
		struct seen seen = {0};

		cr_assert_eq(feed(&frames, &seen, events[i], strlen(events[i])), 0);
		cr_expect(!frames_complete(&frames), "%s", events[i]);
		frames_fini(&frames);
	}
}

/* {"a":"aaa..."} of n bytes */
static char *object_of(size_t n)
{
	char *text = mem_new(n + 1, 1);

	memset(text, 'a', n);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + n - 2, "\"}", 2);
	return text;
}

static int feed_object(size_t n, size_t step)
{
	struct frames frames = {.limit = LIMIT};
	struct seen seen = {0};
	char *text = object_of(n);
	int status = 0;

	for (size_t i = 0; !status && i < n; i += step)
		status = feed(&frames, &seen, text + i, n - i < step ? n - i : step);
	frames_fini(&frames);
	free(text);
	return status;
}

UNIT(frames, an_object_may_be_as_large_as_the_limit_and_no_larger)
{
	for (size_t step = 1; step <= LIMIT + 1; step++) {
		cr_assert_eq(feed_object(LIMIT, step), 0, "in steps of %zu", step);
		cr_assert_eq(feed_object(LIMIT + 1, step), -1, "in steps of %zu", step);
	}
}

UNIT(frames, what_never_ends_is_not_kept)
{
	struct frames frames = {.limit = LIMIT};
	struct seen seen = {0};
	int status = feed(&frames, &seen, "{\"", 2);
	size_t fed = 0;

	for (; !status && fed < 100000; fed += 10)
		status = feed(&frames, &seen, "aaaaaaaaaa", 10);
	cr_assert_eq(status, -1);
	cr_assert_leq(fed, LIMIT + 10);
	frames_fini(&frames);
}

UNIT(frames, nesting_without_end_is_refused)
{
	struct frames frames = {.limit = 1 << 20};
	struct seen seen = {0};
	int status = 0;

	for (size_t i = 0; !status && i < 5000; i++)
		status = feed(&frames, &seen, "{\"a\":", 5);
	cr_assert_eq(status, -1);
	frames_fini(&frames);
}

UNIT(frames, the_reader_may_have_enough)
{
	struct frames frames = {.limit = LIMIT};
	struct seen seen = {.refuse = 2};

	cr_assert_eq(feed(&frames, &seen, "{}{\"a\":1}{}", 11), -1);
	cr_assert_str_eq(seen.text, "{}|");
	frames_fini(&frames);
}

UNIT(frames, a_new_stream_begins_where_the_last_was_cut_off)
{
	struct frames frames = {.limit = LIMIT};
	struct seen seen = {0};

	cr_assert_eq(feed(&frames, &seen, "{\"a\":\"", 6), 0);
	frames_reset(&frames);
	cr_assert_eq(feed(&frames, &seen, "{\"b\":1}", 7), 0);
	cr_assert_str_eq(seen.text, "{\"b\":1}|");
	frames_fini(&frames);
}
