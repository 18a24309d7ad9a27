/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what nobody reads left out of an object, seen to be valid all the same, and nothing else touched by it? */
#include <stdio.h>
#include <unistd.h>

#include <selvage/decode.h>
#include <selvage/manifest.h>

#include "collect.h"

#define LARGE ((size_t)5 << 20) /* bytes: more than is read at once */

/* What came of a text: every document as JSON, the place of each one's status.podIP, and what is wrong. */
struct parsed {
	char json[2048];
	char places[256];
	struct collect problems;
};

static void parsed_document(void *ctx, const struct document *doc)
{
	struct parsed *p = ctx;
	const json_t *item = json_array_get(json_object_get(doc->root, "items"), 0);
	const json_t *status = json_object_get(item ? item : doc->root, "status");
	struct source at = marks_find(doc, status, "podIP", 0);
	char *json = json_dumps(doc->root, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t n = strlen(p->json), n_places = strlen(p->places);

	snprintf(p->json + n, sizeof p->json - n, "%s\n", json);
	if (status)
		snprintf(p->places + n_places, sizeof p->places - n_places, "%u:%u ", at.line, at.col);
	free(json);
}

static void parsed_problem(void *ctx, const struct problem *problem)
{
	collect_problem(&((struct parsed *)ctx)->problems, problem);
}

/* `problem` and `places` NULL: none. */
static void wants(const char *text, const char *json, const char *places, const char *problem)
{
	struct parsed p = {.json = ""};
	const char *file = atom("t.yaml");
	int status = manifest_parse(file, text, strlen(text), parsed_document, parsed_problem, &p);

	atom_put(file);
	cr_assert_str_eq(p.json, json, "%s\nis\n%s", text, p.json);
	if (places)
		cr_assert_str_eq(p.places, places, "%s\nhas them at %s", text, p.places);
	if (problem)
		collect_wants(&p.problems, problem);
	else
		collect_wants_none(&p.problems);
	cr_assert_eq(status, problem ? -1 : 0);
	collect_clear(&p.problems);
}

#define POD_LEFT                                                                                                 \
	"{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":[]}],\"affinity\":{}},\"status\":{" \
	"\"podIP\":"                                                                                             \
	"\"10.0.0.1\"}}\n"

UNIT(manifest_sparse, what_nobody_reads_is_empty_and_what_follows_has_its_place)
{
	wants("kind: Pod\n"
	      "spec:\n"
	      "  containers:\n"
	      "  - name: a\n"
	      "    env: [{name: x, value: [1, {y: 2}]}]\n"
	      "  affinity:\n"
	      "    nodeAffinity: {a: b}\n"
	      "status: {podIP: 10.0.0.1}\n",
	      POD_LEFT, "8:17 ", NULL);
	wants("{\"kind\": \"Pod\",\n"
	      " \"spec\": {\"containers\": [{\"name\": \"a\", \"env\": [{\"x\": \"\\\"]\\n\"},\n"
	      "   -17, {}, [], true]}], \"affinity\": {\n"
	      "   \"b\": null}}, \"status\": {\"podIP\": \"10.0.0.1\"}}\n",
	      POD_LEFT, "4:37 ", NULL);
}

UNIT(manifest_sparse, only_in_objects_that_say_first_that_they_have_a_pods_spec)
{
	wants("{\"spec\": {\"affinity\": {\"a\": 1}}, \"kind\": \"Pod\"}",
	      "{\"spec\":{\"affinity\":{\"a\":1}},\"kind\":\"Pod\"}\n", NULL, NULL);
	wants("spec: {affinity: {a: 1}}\nkind: Pod\n", "{\"spec\":{\"affinity\":{\"a\":1}},\"kind\":\"Pod\"}\n", NULL,
	      NULL);
	wants("kind: NetworkPolicy\nspec: {affinity: {a: 1}}\n",
	      "{\"kind\":\"NetworkPolicy\",\"spec\":{\"affinity\":{\"a\":1}}}\n", NULL, NULL);
	wants("{\"kind\": \"Service\", \"spec\": {\"kind\": \"Pod\", \"affinity\": {\"a\": 1}}}",
	      "{\"kind\":\"Service\",\"spec\":{\"kind\":\"Pod\",\"affinity\":{\"a\":1}}}\n", NULL, NULL);
	wants("kind: Deployment\nspec: {template: {spec: {affinity: {a: 1}}, other: {affinity: {a: 1}}}}\n",
	      "{\"kind\":\"Deployment\",\"spec\":{\"template\":{\"spec\":{\"affinity\":{}},\"other\":{\"affinity\":"
	      "{\"a\":1}}}}}\n",
	      NULL, NULL);
}

#define LIST_LEFT                                                                                        \
	"{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[{\"spec\":{\"affinity\":{}}}]}\n"        \
	"{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[{\"kind\":\"X\",\"spec\":{\"affinity\":" \
	"{\"a\":1}}}]}\n"                                                                                \
	"{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[{\"spec\":{\"affinity\":{}}}]}\n"

UNIT(manifest_sparse, the_items_of_a_list_have_its_kind_unless_they_say_another)
{
	wants("apiVersion: v1\nkind: PodList\nitems:\n- spec: {affinity: {a: 1}}\n- kind: X\n  spec: {affinity: {a: "
	      "1}}\n"
	      "- spec: {affinity: {a: 1}}\n",
	      LIST_LEFT "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[]}\n", NULL, NULL);
	wants("{\"apiVersion\": \"v1\", \"kind\": \"PodList\", \"items\": [{\"spec\": {\"affinity\": {\"a\": 1}}},\n"
	      "{\"kind\": \"X\", \"spec\": {\"affinity\": {\"a\": 1}}}, {\"spec\": {\"affinity\": {\"a\": 1}}}]}",
	      LIST_LEFT, NULL, NULL);
}

UNIT(manifest_sparse, what_is_left_out_of_yaml_must_be_valid)
{
	wants("kind: Pod\nspec:\n  affinity:\n    a: 1\n    b: 2\n    a: 3\n", "", NULL,
	      "6:5: key \"a\" stands here for the second time");
	wants("kind: Pod\nspec:\n  affinity:\n    1: 1\n    \"1\": 3\n", "", NULL,
	      "5:5: key \"1\" stands here for the second time");
	wants("kind: Pod\nspec: {affinity: [.nan]}\n", "", NULL, "2:19: JSON has no number .nan");
	wants("kind: Pod\nspec: {affinity: [!!int x]}\n", "", NULL, "2:19: \"x\" is not what its tag says");
	wants("kind: Pod\nspec: {affinity: [*x]}\n", "", NULL, "2:19: alias *x: no such anchor");
	wants("kind: Pod\nspec: {affinity: {[a]: b}}\n", "", NULL, "2:19: a key must be a scalar");
	wants("kind: Pod\nspec: {affinity: {<<: 1}}\n", "", NULL,
	      "2:19: \"<<\" needs a mapping, or a list of mappings");
	wants("kind: Pod\nspec: {affinity: {a: 1, <<: {b: 1}, b: 2, a: 2}}\n", "", NULL,
	      "2:43: key \"a\" stands here for the second time");
}

UNIT(manifest_sparse, anchors_in_what_is_left_out_can_be_used_elsewhere)
{
	wants("kind: Pod\nspec: {affinity: {a: &x [1, 2], <<: {b: 1}, b: 2}, b: *x}\n",
	      "{\"kind\":\"Pod\",\"spec\":{\"affinity\":{},\"b\":[1,2]}}\n", NULL, NULL);
	wants("kind: Pod\nspec: {affinity: &x {a: 1}, b: *x}\n",
	      "{\"kind\":\"Pod\",\"spec\":{\"affinity\":{\"a\":1},\"b\":{\"a\":1}}}\n", NULL, NULL);
	wants("kind: Pod\nspec: &s {affinity: {a: 1}}\nmetadata: *s\n",
	      "{\"kind\":\"Pod\",\"spec\":{\"affinity\":{\"a\":1}},\"metadata\":{\"affinity\":{\"a\":1}}}\n", NULL,
	      NULL);
}

/* A value that is left out where it is valid: is said of it what is said when all is read? */
static void wants_bad(const char *value)
{
	struct parsed sparse = {.json = ""}, whole = {.json = ""};
	const char *file = atom("t.json");
	char text[128];

	snprintf(text, sizeof text, "{\"kind\": \"Pod\", \"spec\": {\"affinity\": %s}}", value);
	cr_assert_eq(manifest_parse(file, text, strlen(text), parsed_document, parsed_problem, &sparse), -1, "%s",
		     text);
	cr_assert_eq(manifest_parse_all(file, text, strlen(text), parsed_document, parsed_problem, &whole), -1);
	cr_assert_eq(whole.problems.problems.n, 1);
	collect_wants(&sparse.problems, whole.problems.problems.at[0]);
	collect_clear(&sparse.problems);
	collect_clear(&whole.problems);
	atom_put(file);
}

UNIT(manifest_sparse, what_is_left_out_of_json_must_be_valid)
{
	static const char *const bad[] = {
		"{\"a\": 1, \"b\": 2, \"a\": 3}",
		"{\"a\": 1, \"\\u0061\": 2}",
		"[1, 2,]",
		"[01]",
		"[-]",
		"[+1]",
		"[1.]",
		"[nul]",
		"[truefalse]",
		"[\"\\x\"]",
		"[\"\\ud800\"]",
		"[\"a\nb\"]",
		"[\"a\tb\"]",
		"[\"\xff\"]",
		"[1 2]",
		"[1}",
		"{1}",
		"{\"a\" 1}",
		"{\"a\": 1,}",
		"{\"a\": }",
		"[99999999999999999999]",
		"[",
		"\"",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		wants_bad(bad[i]);
}

UNIT(manifest_sparse, what_is_not_plain_is_read_as_it_is)
{
	wants("{\"kind\": \"Pod\", \"spec\": {\"affinity\": [\"\xc3\xbc\"]}}",
	      "{\"kind\":\"Pod\",\"spec\":{\"affinity\":[\"\xc3\xbc\"]}}\n", NULL, NULL);
	wants("{\"kind\": \"Pod\", \"a\": [\"\xc3\xbc\\u00fc\\n\", 1.5, 1e3, -0, 123456789012345678]}",
	      "{\"kind\":\"Pod\",\"a\":[\"\xc3\xbc\xc3\xbc\\n\",1.5,1000.0,0,123456789012345678]}\n", NULL, NULL);
	wants("{\"a\": 1, \"\\u0061\": 2}", "", NULL, "1:17: not JSON: duplicate object key near '\"\\u0061\"'");
	wants("{\"a\": 99999999999999999999}", "", NULL, "1:26: not JSON: too big integer near '99999999999999999999'");
}

/* Objects of a large file, and what is wrong with it. */
struct large {
	char path[32];
	struct collect got;
	char text[128]; /* the line of the problem */
	bool shorten;   /* the file, as soon as something is read from it */
};

static void large_problem(void *ctx, const struct problem *problem)
{
	struct large *large = ctx;

	collect_problem(&large->got, problem);
	snprintf(large->text, sizeof large->text, "%s", problem->text);
}

static void large_put(void *ctx, struct object *take)
{
	collect_put(&((struct large *)ctx)->got, take);
}

static void large_document(void *ctx, const struct document *doc)
{
	struct large *large = ctx;
	const struct sink sink = {.put = large_put, .problem = large_problem, .ctx = ctx};

	if (large->shorten)
		cr_assert_eq(truncate(large->path, 100), 0);
	decode_document(doc, &sink);
}

/* A file with two pods in a list, LARGE bytes of blanks or comments apart, the second of which has no good address. */
static FILE *large_begin(struct large *large)
{
	int fd;

	*large = (struct large){.path = "/tmp/selvage-large-XXXXXX"};
	fd = mkstemp(large->path);
	cr_assert_geq(fd, 0);
	return fdopen(fd, "w");
}

static void fill(FILE *out, const char *line)
{
	for (size_t n = 0; n < LARGE; n += strlen(line))
		fputs(line, out);
}

static void yaml_write(FILE *out)
{
	fputs("apiVersion: v1\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ns}}\n", out);
	fill(out, "# no more than a comment of 64 bytes, that nobody reads, at all\n");
	fputs("- {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: ns}, status: {podIP: 1}}\nkind: List\n",
	      out);
	fclose(out);
}

static void json_write(FILE *out)
{
	fputs("{\"apiVersion\": \"v1\", \"items\": [\n"
	      "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\", \"namespace\": \"ns\"}},\n",
	      out);
	fill(out, "                                                               \n");
	fputs("{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"b\", \"namespace\": \"ns\"},\n"
	      " \"spec\": {\"affinity\": {\"a\":\n",
	      out);
	fill(out, "                                                               \n");
	fputs("1}}, \"status\": {\"podIP\": 1}}\n], \"kind\": \"List\"}\n", out);
	fclose(out);
}

static int large_read(struct large *large, struct err *err)
{
	const char *file = atom("t");
	int status = manifest_read(large->path, file, large_document, large_problem, large, err);

	atom_put(file);
	unlink(large->path);
	return status;
}

/* Are both pods there, and is the second one's problem said with its place and its line? */
static void large_wants(struct large *large, const char *problem, const char *text)
{
	struct err err = {0};

	cr_assert_eq(large_read(large, &err), 0, "%s", err.msg);
	cr_assert_eq(large->got.n, 2);
	collect_wants(&large->got, problem);
	cr_assert_str_eq(large->text, text);
	collect_clear(&large->got);
}

UNIT(manifest_sparse, a_large_file_says_what_a_small_one_says)
{
	struct large large;

	yaml_write(large_begin(&large));
	large_wants(&large, "81924:83: pod ns/b: status.podIP: must be a string, is a number",
		    "- {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: ns}, status: {podIP: 1}}");
	json_write(large_begin(&large));
	large_wants(&large, "163845:26: pod ns/b: status.podIP: must be a string, is a number",
		    "1}}, \"status\": {\"podIP\": 1}}");
}

UNIT(manifest_sparse, a_file_that_becomes_shorter_while_it_is_read_cannot_be_read)
{
	struct large large;
	struct err err = {0};

	yaml_write(large_begin(&large));
	large.shorten = true;
	cr_assert_eq(large_read(&large, &err), -1);
	cr_assert_eq(err.code, ERR_IO);
	cr_assert_str_eq(err.msg, "became shorter while it was read");
	collect_clear(&large.got);
}
