/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which documents are in a text, and where do their values stand? */
#include <selvage/manifest.h>

#include "collect.h"

/* What came of a text: every document as JSON, one a line. */
struct parsed {
	char json[4096];
	struct collect problems;
	int status;
};

static void parsed_document(void *ctx, const struct document *doc)
{
	struct parsed *p = ctx;
	size_t n = strlen(p->json);
	char *json = json_dumps(doc->root, JSON_COMPACT | JSON_ENCODE_ANY);

	snprintf(p->json + n, sizeof p->json - n, "%s\n", json);
	free(json);
}

static void parsed_problem(void *ctx, const struct problem *problem)
{
	struct parsed *p = ctx;

	collect_problem(&p->problems, problem);
}

static void parsed_wants(const char *text, size_t size, const char *json, const char *problem)
{
	struct parsed p = {.json = ""};
	const char *file = atom("t.yaml");

	p.status = manifest_parse(file, text, size, parsed_document, parsed_problem, &p);
	atom_put(file);
	cr_assert_str_eq(p.json, json, "%s\nis\n%s", text, p.json);
	if (problem)
		collect_wants(&p.problems, problem);
	else
		collect_wants_none(&p.problems);
	cr_assert_eq(p.status, problem ? -1 : 0);
	collect_clear(&p.problems);
}

static void wants(const char *text, const char *json)
{
	parsed_wants(text, strlen(text), json, NULL);
}

static void wants_problem(const char *text, const char *json, const char *problem)
{
	parsed_wants(text, strlen(text), json, problem);
}

UNIT(manifest, a_text_holds_any_number_of_documents)
{
	wants("", "");
	wants("# nothing\n", "");
	wants("---\n---\n...\n", "");
	wants("a: 1\n---\n# b\n---\nc: [2, {d: e}]\n", "{\"a\":1}\n{\"c\":[2,{\"d\":\"e\"}]}\n");
	wants("%YAML 1.1\n---\na: 1\n", "{\"a\":1}\n");
	wants("\xef\xbb\xbf"
	      "a: 1\n",
	      "{\"a\":1}\n");
}

UNIT(manifest, json_documents_may_follow_each_other)
{
	wants("{\"a\": 1} {\"b\": [null, true]}\n[]\n", "{\"a\":1}\n{\"b\":[null,true]}\n[]\n");
	wants("\xef\xbb\xbf {\"a\": \"\\\"}\"}", "{\"a\":\"\\\"}\"}\n");
	wants_problem("{\"a\": 1}\n---\n{}", "{\"a\":1}\n", "2:1: not JSON: '[' or '{' expected near '-'");
	wants_problem("{a: 1}", "", "1:2: not JSON: string or '}' expected near 'a'");
}

UNIT(manifest, quotes_and_tags_keep_a_string_a_string)
{
	wants("a: '5'\nb: \"yes\"\nc: !!str 5\nd: |\n  5\ne: ! 5\nf: !mine 5\n",
	      "{\"a\":\"5\",\"b\":\"yes\",\"c\":\"5\",\"d\":\"5\\n\",\"e\":\"5\",\"f\":\"5\"}\n");
}

UNIT(manifest, tags_are_checked)
{
	wants("a: !!int '5'\nb: !!float 1.5\nc: !!bool 'yes'\nd: !!null ''\ne: !!timestamp 2001-01-01\n",
	      "{\"a\":5,\"b\":1.5,\"c\":true,\"d\":null,\"e\":\"2001-01-01\"}\n");
	wants_problem("a: !!int five\n", "", "1:4: \"five\" is not what its tag says");
	wants_problem("a: !!binary aGk=\n", "", "1:4: !!binary is not supported");
}

UNIT(manifest, keys_become_strings)
{
	wants("1: a\n1.50: b\nyes: c\n2001-01-01: d\n",
	      "{\"1\":\"a\",\"1.5\":\"b\",\"true\":\"c\",\"2001-01-01\":\"d\"}\n");
	wants_problem("~: a\n", "", "1:1: a key must not be null");
	wants_problem("? [a]\n: b\n", "", "1:3: a key must be a scalar");
}

UNIT(manifest, a_key_that_comes_twice_is_a_problem)
{
	wants_problem("a: 1\nb:\n  c: 1\n  c: 2\n", "", "4:3: key \"c\" stands here for the second time");
	wants_problem("yes: 1\non: 2\n", "", "2:1: key \"true\" stands here for the second time");
}

UNIT(manifest, aliases_stand_for_their_anchors)
{
	wants("a: &x [1, 2]\nb: *x\nc: &y {d: *x}\ne: *y\n",
	      "{\"a\":[1,2],\"b\":[1,2],\"c\":{\"d\":[1,2]},\"e\":{\"d\":[1,2]}}\n");
	wants("a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}\n");
	wants("&x a: b\nc: *x\n", "{\"a\":\"b\",\"c\":\"a\"}\n");
	wants_problem("a: &x 1\n---\nb: *x\n", "{\"a\":1}\n", "3:4: alias *x: no such anchor");
	wants_problem("a: &x [1, *x]\n", "", "1:11: alias *x: stands inside its own anchor");
}

UNIT(manifest, what_is_merged_overrides_what_stands_before_and_yields_to_what_stands_behind)
{
	wants("b: &b {k: merged, j: b}\nx:\n  <<: *b\n  k: own\n",
	      "{\"b\":{\"k\":\"merged\",\"j\":\"b\"},\"x\":{\"k\":\"own\",\"j\":\"b\"}}\n");
	wants("b: &b {k: merged}\nx:\n  k: own\n  <<: *b\n", "{\"b\":{\"k\":\"merged\"},\"x\":{\"k\":\"merged\"}}\n");
	wants("<<: [{a: 1}, {a: 2, b: 3}]\n", "{\"a\":1,\"b\":3}\n");
	wants("\"<<\": 5\n", "{\"<<\":5}\n");
	wants_problem("<<: [{}, 5]\n", "", "1:1: \"<<\" needs a mapping, or a list of mappings");
	wants_problem("<<: {a: 1}\na: 2\na: 3\n", "", "3:1: key \"a\" stands here for the second time");
}

UNIT(manifest, aliases_cannot_stand_for_billions_of_values)
{
	wants_problem("a: &a [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]\n"
		      "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
		      "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
		      "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n",
		      "", "4:38: aliases stand for more than 100000 values");
}

UNIT(manifest, aliases_do_not_nest_deeper_than_anything_else)
{
	char text[8192] = "";
	size_t n = 0;

	for (int i = 0; i < 4; i++) {
		n += (size_t)sprintf(text + n, "a%d: &a%d ", i, i);
		for (int j = 0; j < 30; j++)
			n += (size_t)sprintf(text + n, "[");
		n += i ? (size_t)sprintf(text + n, "*a%d", i - 1) : (size_t)sprintf(text + n, "1");
		for (int j = 0; j < 30; j++)
			n += (size_t)sprintf(text + n, "]");
		n += (size_t)sprintf(text + n, "\n");
	}
	wants_problem(text, "", "4:39: more than 100 levels of nesting");
}

UNIT(manifest, a_text_that_is_not_utf_8_is_refused_where_it_is_not)
{
	wants_problem("a: 1\nb: caf\xe9 au lait\n", "", "2:8: not YAML: invalid trailing UTF-8 octet (0x20)");
	wants_problem("a: \xc3", "", "1:4: not YAML: incomplete UTF-8 octet sequence");
	wants_problem("a: \x1b[0m", "", "1:4: not YAML: control characters are not allowed (0x1b)");
}

UNIT(manifest, nul_bytes_are_refused)
{
	wants_problem("a: \"b\\0c\"\n", "", "1:4: a NUL byte in a string");
	wants_problem("\"a\\0b\": c\n", "", "1:1: a NUL byte in a string");
	parsed_wants("a: 1\0", 5, "", "1:5: not YAML: control characters are not allowed (0x00)");
	wants_problem("{\"a\": \"\\u0000\"}", "", "1:14: a NUL byte in a string");
}

UNIT(manifest, what_stands_before_an_error_is_handed_over)
{
	wants_problem("a: 1\n---\nb: [\n---\nc: 2\n", "{\"a\":1}\n",
		      "4:1: not YAML: did not find expected node content, while parsing a flow node");
}

/* Looks up marks in the document it is given. */
static void check_marks(void *ctx, const struct document *doc)
{
	const json_t *list = json_object_get(doc->root, "list"), *item = json_array_get(list, 1);
	struct source root = marks_find(doc, NULL, NULL, 0);
	struct source value = marks_find(doc, doc->root, "list", 0);
	struct source second = marks_find(doc, list, NULL, 1);
	struct source inner = marks_find(doc, item, "b\xc3\xa9", 0);
	struct source key = marks_find_key(doc, item, "b\xc3\xa9");
	char *line = marks_line(doc, inner.line);
	int *calls = ctx;

	cr_assert(root.line == 2 && root.col == 1);
	cr_assert(value.line == 2 && value.col == 9);
	cr_assert(second.line == 3 && second.col == 3);
	cr_assert(inner.line == 3 && inner.col == 18, "%u:%u", inner.line, inner.col);
	cr_assert(key.line == 3 && key.col == 12, "%u:%u", key.line, key.col);
	cr_assert_str_eq(root.file, "t.yaml");
	cr_assert_str_eq(line, "  {\"a\": 1, \"b\xc3\xa9\": 5}]}");
	cr_assert_eq(marks_find(doc, item, "c", 0).line, 0);
	cr_assert_eq(marks_find(doc, list, NULL, 2).line, 0);
	cr_assert_null(marks_line(doc, 9));
	free(line);
	++*calls;
}

static void no_problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	cr_assert_fail("%s", problem->message);
}

UNIT(manifest, json_and_yaml_have_the_same_marks)
{
	static const char json[] = " \n{\"list\":[1,\r\n  {\"a\": 1, \"b\xc3\xa9\": 5}]}";
	static const char yaml[] = "#\n{\"list\":[1,\r\n  {\"a\": 1, \"b\xc3\xa9\": 5}]}";
	const char *file = atom("t.yaml");
	int calls = 0;

	manifest_parse(file, json, sizeof json - 1, check_marks, no_problem, &calls);
	manifest_parse(file, yaml, sizeof yaml - 1, check_marks, no_problem, &calls);
	cr_assert_eq(calls, 2);
	atom_put(file);
}

/* What is merged stands where the "<<" is. */
static void check_merged(void *ctx, const struct document *doc)
{
	const json_t *x = json_object_get(doc->root, "x");
	struct source merged = marks_find(doc, x, "j", 0), own = marks_find(doc, x, "k", 0);
	int *calls = ctx;

	cr_assert(merged.line == 3 && merged.col == 3, "%u:%u", merged.line, merged.col);
	cr_assert(own.line == 4 && own.col == 6, "%u:%u", own.line, own.col);
	++*calls;
}

UNIT(manifest, what_is_merged_has_marks)
{
	static const char text[] = "b: &b {k: merged, j: b}\nx:\n  <<: *b\n  k: own\n";
	const char *file = atom("t.yaml");
	int calls = 0;

	manifest_parse(file, text, sizeof text - 1, check_merged, no_problem, &calls);
	cr_assert_eq(calls, 1);
	atom_put(file);
}

UNIT(manifest, the_items_of_a_list_come_one_by_one)
{
	static const char items[] = "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[{\"a\":1}]}\n"
				    "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[[2]]}\n";
	static const char rest[] = "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[]}\n";
	static const char behind[] = "{\"apiVersion\":\"v1\",\"items\":[],\"kind\":\"PodList\"}\n";
	char wanted[512];

	wants("{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[ {\"a\":1} , [2] ] }", items);
	snprintf(wanted, sizeof wanted, "%s%s", items, rest);
	wants("apiVersion: v1\nkind: PodList\nitems:\n- a: 1\n- [2]\n", wanted);
	snprintf(wanted, sizeof wanted, "%s%s", items, behind);
	wants("apiVersion: v1\nitems:\n- a: 1\n- [2]\nkind: 'PodList' # at last\n", wanted);
	wants("{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[ ]}", "");
	wants("apiVersion: v1\nkind: PodList\nitems:\n- a: 1\n- &x [2]\n- *x\n",
	      "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[{\"a\":1}]}\n"
	      "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[[2],[2]]}\n");
}

UNIT(manifest, items_that_belong_to_no_list_stay_together)
{
	wants("{\"kind\":\"List\",\"items\":[1,2]}", "{\"kind\":\"List\",\"items\":[1,2]}\n");
	wants("{\"apiVersion\":\"v1\",\"kind\":\"Lists\",\"items\":[1,2]}",
	      "{\"apiVersion\":\"v1\",\"kind\":\"Lists\",\"items\":[1,2]}\n");
	wants("apiVersion: v1\nitems: [1, 2]\n---\nkind: List\n",
	      "{\"apiVersion\":\"v1\",\"items\":[1,2]}\n{\"kind\":\"List\"}\n");
	wants("apiVersion: v1\nkind: Lists\nitems: [1, 2]\n",
	      "{\"apiVersion\":\"v1\",\"kind\":\"Lists\",\"items\":[1,2]}\n");
	wants("apiVersion: v1\nitems: [1, 2]\n", "{\"apiVersion\":\"v1\",\"items\":[1,2]}\n");
}

UNIT(manifest, a_list_that_is_broken_is_handed_over_up_to_there)
{
	static const char one[] = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[1]}\n";

	wants_problem("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[1,]}", one,
		      "1:45: not JSON: unexpected token near ']'");
	wants_problem("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[1 2]}", one, "1:45: not JSON: ']' expected");
	wants_problem("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[1],}", "",
		      "1:46: not JSON: string or '}' expected near '}'");
	wants_problem("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[1],\"items\":[]}", "",
		      "1:52: not JSON: duplicate object key near '\"items\"'");
	wants_problem("apiVersion: v1\nkind: List\nitems:\n- 1\n- [\n", one,
		      "6:1: not YAML: did not find expected node content, while parsing a flow node");
	wants_problem("apiVersion: v1\nitems:\n- 1\nx: '\nkind: List'\n", one,
		      "1:1: the kind of this list must start a line, once");
}

/* As parsed_wants(), of one who wants to know all that is wrong. */
static void wants_all(const char *text, const char *json, const char *const *problems, size_t n)
{
	struct parsed p = {.json = ""};
	const char *file = atom("t.yaml");

	p.status = manifest_parse_all(file, text, strlen(text), parsed_document, parsed_problem, &p);
	atom_put(file);
	cr_assert_str_eq(p.json, json, "%s\nis\n%s", text, p.json);
	cr_assert_eq(p.problems.problems.n, n, "%zu problems", p.problems.problems.n);
	for (size_t i = 0; i < n; i++)
		cr_assert_str_eq(p.problems.problems.at[i], problems[i]);
	collect_clear(&p.problems);
}

UNIT(manifest, who_wants_all_problems_goes_on_at_the_next_document)
{
	static const char *const problems[] = {
		"4:1: not YAML: did not find expected node content, while parsing a flow node",
		"5:1: not YAML: found character that cannot start any token, while scanning for the next token",
		"8:4: alias *x: no such anchor",
	};

	wants_all("a: 1\n---\nb: [\n---\n\tc: 1\n--- # d\nd: 1\ne: *x\n---\nf: 1\n", "{\"a\":1}\n{\"f\":1}\n", problems,
		  3);
}

UNIT(manifest, who_wants_all_problems_is_told_of_every_key_that_stands_twice)
{
	static const char *const problems[] = {
		"2:1: key \"a\" stands here for the second time",
		"3:13: key \"c\" stands here for the second time",
	};

	wants_all("a: 1\na: 2\nb: {c: 1,   c: 2}\n", "{\"a\":2,\"b\":{\"c\":2}}\n", problems, 2);
	wants_problem("a: 1\na: 2\nb: {c: 1,   c: 2}\n", "", problems[0]);
}

UNIT(manifest, who_wants_all_problems_goes_on_behind_bytes_that_are_no_text)
{
	static const char *const problems[] = {"3:4: not YAML: invalid leading UTF-8 octet (0xff)"};

	wants_all("a: 1\n---\nb: \xff\n---\nc: 1\n", "{\"c\":1}\n", problems, 1);
}
