/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was handed over, what a list deletes, and what is too old to be believed. */
#include <jansson.h>

#include "../../src/input/ledger.h"

#include "collect.h"

struct scene {
	struct ledger *ledger;
	struct collect got;
	struct sink sink;
};

static void scene_begin(struct scene *s)
{
	*s = (struct scene){.ledger = ledger_new(OBJECT_POD, false)};
	s->sink = collect_sink(&s->got);
}

static void scene_end(struct scene *s)
{
	ledger_free(s->ledger);
	collect_clear(&s->got);
}

/* A pod of namespace "n" as the server sends it; yours to json_decref(). */
static json_t *pod_json(const char *name, const char *version)
{
	return json_pack("{s:s, s:s, s:{s:s, s:s, s:s}}", "apiVersion", "v1", "kind", "Pod", "metadata", "namespace",
			 "n", "name", name, "resourceVersion", version);
}

static bool with_pod(struct scene *s, const char *name, const char *version,
		     bool (*call)(struct scene *s, const struct item *item))
{
	json_t *root = pod_json(name, version);
	struct item item;
	bool result;

	cr_assert(item_read(root, &item));
	result = call(s, &item);
	json_decref(root);
	return result;
}

static bool call_gather(struct scene *s, const struct item *item)
{
	return ledger_gather(s->ledger, item);
}

static bool call_gather_del(struct scene *s, const struct item *item)
{
	ledger_gather_del(s->ledger, item);
	return true;
}

static bool call_put(struct scene *s, const struct item *item)
{
	return ledger_put(s->ledger, item, &s->sink);
}

static bool call_del(struct scene *s, const struct item *item)
{
	return ledger_del(s->ledger, item, &s->sink);
}

/* Hands over a list of up to three pods, each at a version; forgets what the sink was told before. */
static void list(struct scene *s, const char *const *names, const char *version)
{
	collect_clear(&s->got);
	ledger_begin(s->ledger);
	for (; *names; names++)
		with_pod(s, *names, version, call_gather);
	ledger_commit(s->ledger, &s->sink);
}

static const char *const none[] = {NULL};
static const char *const a[] = {"a", NULL};
static const char *const ab[] = {"a", "b", NULL};
static const char *const bc[] = {"b", "c", NULL};

UNIT(ledger, a_list_is_handed_over_when_it_is_complete)
{
	struct scene s;

	scene_begin(&s);
	ledger_begin(s.ledger);
	cr_expect(with_pod(&s, "a", "5", call_gather));
	cr_expect(with_pod(&s, "b", "6", call_gather));
	cr_expect_eq(s.got.n, 0);
	ledger_commit(s.ledger, &s.sink);
	cr_expect_eq(s.got.n, 2);
	cr_expect_eq(ledger_count(s.ledger), 2);
	scene_end(&s);
}

UNIT(ledger, what_a_list_lacks_is_deleted)
{
	struct scene s;

	scene_begin(&s);
	list(&s, ab, "5");
	list(&s, bc, "7");
	cr_expect_eq(s.got.n, 2);
	cr_assert_eq(s.got.dels.n, 1);
	cr_expect_str_eq(s.got.dels.at[0], "pod n/a");
	list(&s, none, "8");
	cr_expect_eq(s.got.dels.n, 2);
	cr_expect_eq(ledger_count(s.ledger), 0);
	scene_end(&s);
}

UNIT(ledger, an_incomplete_list_deletes_nothing)
{
	struct scene s;

	scene_begin(&s);
	list(&s, ab, "5");
	collect_clear(&s.got);
	ledger_begin(s.ledger);
	with_pod(&s, "c", "9", call_gather);
	ledger_abort(s.ledger);
	cr_expect_eq(s.got.n + s.got.dels.n, 0);
	cr_expect_eq(ledger_count(s.ledger), 2);
	list(&s, ab, "5");
	cr_expect_eq(s.got.n + s.got.dels.n, 0);
	scene_end(&s);
}

UNIT(ledger, what_has_not_changed_is_not_handed_over_again)
{
	struct scene s;

	scene_begin(&s);
	list(&s, ab, "5");
	list(&s, ab, "5");
	cr_expect_eq(s.got.n + s.got.dels.n, 0);
	list(&s, ab, "6");
	cr_expect_eq(s.got.n, 2);
	scene_end(&s);
}

UNIT(ledger, a_listed_object_that_is_older_than_known_changes_nothing)
{
	struct scene s;

	scene_begin(&s);
	list(&s, ab, "9");
	list(&s, ab, "8");
	cr_expect_eq(s.got.n + s.got.dels.n, 0);
	scene_end(&s);
}

UNIT(ledger, after_a_rewind_anything_is_newer)
{
	struct scene s;

	scene_begin(&s);
	list(&s, ab, "9");
	ledger_rewind(s.ledger);
	list(&s, a, "8");
	cr_expect_eq(s.got.n, 1);
	cr_expect_eq(s.got.dels.n, 1);
	scene_end(&s);
}

UNIT(ledger, what_is_deleted_while_a_list_is_gathered_is_not_in_it)
{
	struct scene s;

	scene_begin(&s);
	list(&s, a, "3");
	ledger_begin(s.ledger);
	with_pod(&s, "a", "5", call_gather);
	with_pod(&s, "b", "6", call_gather);
	with_pod(&s, "b", "4", call_gather_del);
	with_pod(&s, "a", "7", call_gather_del);
	collect_clear(&s.got);
	ledger_commit(s.ledger, &s.sink);
	cr_expect_eq(s.got.n, 1);
	cr_expect_str_eq(s.got.at[0]->name, "b");
	cr_assert_eq(s.got.dels.n, 1);
	cr_expect_str_eq(s.got.dels.at[0], "pod n/a");
	scene_end(&s);
}

UNIT(ledger, of_an_object_listed_twice_the_newer_counts)
{
	struct scene s;

	scene_begin(&s);
	ledger_begin(s.ledger);
	cr_expect(with_pod(&s, "a", "7", call_gather));
	cr_expect(!with_pod(&s, "a", "6", call_gather));
	cr_expect(!with_pod(&s, "a", "8", call_gather));
	ledger_commit(s.ledger, &s.sink);
	cr_expect_eq(s.got.n, 1);
	cr_expect(!with_pod(&s, "a", "7", call_put));
	scene_end(&s);
}

UNIT(ledger, events_older_than_what_is_known_are_refused)
{
	struct scene s;

	scene_begin(&s);
	cr_expect(with_pod(&s, "a", "10", call_put));
	cr_expect(!with_pod(&s, "a", "9", call_put));
	cr_expect(!with_pod(&s, "a", "9", call_del));
	cr_expect(with_pod(&s, "a", "11", call_put));
	cr_expect(with_pod(&s, "a", "12", call_del));
	cr_expect(!with_pod(&s, "a", "13", call_del));
	cr_expect_eq(s.got.n, 2);
	cr_expect_eq(s.got.dels.n, 1);
	scene_end(&s);
}

UNIT(ledger, versions_that_are_no_numbers_are_believed)
{
	struct scene s;

	scene_begin(&s);
	cr_expect(with_pod(&s, "a", "z9", call_put));
	cr_expect(with_pod(&s, "a", "a1", call_put));
	cr_expect(with_pod(&s, "a", "", call_del));
	scene_end(&s);
}

UNIT(ledger, versions_are_numbers_as_wide_as_etcds)
{
	cr_expect_eq(version_parse("9223372036854775807"), INT64_MAX);
	cr_expect_eq(version_parse("1"), 1);
	cr_expect_eq(version_parse(NULL), 0);
	cr_expect_eq(version_parse(""), 0);
	cr_expect_eq(version_parse("-1"), 0);
	cr_expect_eq(version_parse(" 1"), 0);
	cr_expect_eq(version_parse("1a"), 0);
	cr_expect_eq(version_parse("99999999999999999999"), 0);
}

UNIT(ledger, an_object_without_a_name_is_none)
{
	json_t *root = json_pack("{s:{s:s}}", "metadata", "namespace", "n");
	struct item item;

	cr_expect(!item_read(root, &item));
	json_decref(root);
}

/* What the sink was told of flaws: how many of "n/a" there are now, and how often it was told anything. */
struct told {
	size_t flaws, times;
};

static void told_put(void *ctx, struct object *take)
{
	(void)ctx;
	object_free(take);
}

static void told_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	(void)ctx;
	(void)kind;
	(void)ns;
	(void)name;
}

static void told_flaws(void *ctx, enum object_kind kind, const char *ns, const char *name,
		       const struct problem *problems, size_t n)
{
	struct told *told = ctx;

	cr_expect_eq(kind, OBJECT_POLICY);
	cr_expect_str_eq(ns, "n");
	cr_expect_str_eq(name, "a");
	for (size_t i = 0; i < n; i++)
		cr_expect_not_null(problems[i].message);
	told->flaws = n;
	told->times++;
}

/* A policy for a protocol, as the server sends it; yours to json_decref(). */
static json_t *policy_json(const char *proto, const char *version, struct item *item)
{
	json_t *root =
		json_pack("{s:s, s:s, s:{s:s, s:s, s:s}, s:{s:{}, s:[{s:[{s:s}]}]}}", "apiVersion",
			  "networking.k8s.io/v1", "kind", "NetworkPolicy", "metadata", "namespace", "n", "name", "a",
			  "resourceVersion", version, "spec", "podSelector", "ingress", "ports", "protocol", proto);

	cr_assert(root && item_read(root, item));
	return root;
}

static void policy_put(struct ledger *ledger, const char *proto, const char *version, const struct sink *sink)
{
	struct item item;
	json_t *root = policy_json(proto, version, &item);

	ledger_put(ledger, &item, sink);
	json_decref(root);
}

static void policy_list(struct ledger *ledger, const char *proto, const char *version, const struct sink *sink)
{
	struct item item;
	json_t *root = policy_json(proto, version, &item);

	ledger_begin(ledger);
	ledger_gather(ledger, &item);
	ledger_commit(ledger, sink);
	json_decref(root);
}

UNIT(ledger, flaws_are_told_while_they_last)
{
	struct ledger *ledger = ledger_new(OBJECT_POLICY, false);
	struct told told = {0};
	const struct sink sink = {.put = told_put, .del = told_del, .ctx = &told, .flaws = told_flaws};

	policy_put(ledger, "TCP", "1", &sink);
	cr_expect_eq(told.times, 0);
	policy_put(ledger, "FTP", "2", &sink);
	cr_expect_eq(told.flaws, 1);
	policy_put(ledger, "TCP", "3", &sink);
	cr_expect_eq(told.flaws, 0);
	cr_expect_eq(told.times, 2);
	policy_put(ledger, "TCP", "4", &sink);
	cr_expect_eq(told.times, 2);
	ledger_free(ledger);
}

UNIT(ledger, flaws_end_with_their_object_and_last_through_lists_that_repeat_it)
{
	struct ledger *ledger = ledger_new(OBJECT_POLICY, false);
	struct told told = {0};
	const struct sink sink = {.put = told_put, .del = told_del, .ctx = &told, .flaws = told_flaws};

	policy_list(ledger, "FTP", "2", &sink);
	cr_expect_eq(told.flaws, 1);
	policy_list(ledger, "FTP", "2", &sink);
	cr_expect_eq(told.flaws, 1);
	cr_expect_eq(told.times, 1);
	ledger_begin(ledger);
	ledger_commit(ledger, &sink);
	cr_expect_eq(told.flaws, 0);
	cr_expect_eq(told.times, 2);
	ledger_free(ledger);
}
