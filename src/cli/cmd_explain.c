/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage explain: may this connection be made, and which policy says so? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>
#include <selvage/verdict.h>
#include <selvage/verdict_print.h>

#include "cli.h"
#include "frame.h"
#include "question.h"
#include "world.h"

static const struct cli_option options[] = {
	WORLD_OPTIONS,
	{"namespace", 'n', "NS", "the namespace of pods that are named without one (default: default)"},
	OVERLAY_OPTION,
	{"batch", 0, "FILE", "answer one question per line of JSON; - for standard input"},
	{"output", 'o', "FORMAT", "text (default) or json"},
	{0},
};

/* Who asks, of which cluster, and how it is to be answered. */
struct asker {
	const struct args *args;
	const struct store *store;
	struct overlay overlay;
	const char *ns;
	bool json;
};

static int text_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "NS/A, NS/B": the policies that isolate a pod in a direction; yours to free. */
static char *isolating(const struct store *store, const struct pod *pod, enum direction direction)
{
	VEC(const char *) names = VEC_EMPTY;
	const struct object *o = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	while (pod && (o = store_walk_ns(store, OBJECT_POLICY, pod->object.ns, o))) {
		const struct policy *policy = (const struct policy *)(const void *)o;

		if (policy->types[direction] && policy_selects(policy, pod))
			*vec_add(&names) = o->name;
	}
	vec_sort(&names, text_cmp);
	for (size_t i = 0; i < names.n; i++)
		fprintf(out, "%s%s/%s", i ? ", " : "", pod->object.ns, names.at[i]);
	vec_free(&names);
	fclose(out);
	return text;
}

static void answer_text(const struct asker *asker, const struct packet *packet, const struct verdict *verdict)
{
	/* NOLINTNEXTLINE(clang-analyzer-*): every verdict that is asked for is set */
	char *in = isolating(asker->store, verdict->ingress.pod, DIRECTION_INGRESS);
	char *out = isolating(asker->store, verdict->egress.pod, DIRECTION_EGRESS);
	const char *const both[DIRECTION_COUNT] = {[DIRECTION_INGRESS] = in, [DIRECTION_EGRESS] = out};

	verdict_print(packet, verdict, both, stdout);
	free(in);
	free(out);
}

/* In ASCII, so that no control character of a name reaches a terminal; jansson alone would let DEL pass. */
static void print_json(json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);

	if (!text)
		abort();
	for (const char *p = text; *p; p++) {
		if (*p == '\177')
			fputs("\\u007f", stdout);
		else
			putchar(*p);
	}
	putchar('\n');
	free(text);
	json_decref(json);
}

/* The question as it was asked, to be answered. */
static json_t *question_json(const struct question *question)
{
	const char *proto = proto_name(question->proto);
	json_t *json = json_object();

	json_object_set_new(json, "from", verdict_json_text(question->from));
	json_object_set_new(json, "to", verdict_json_text(question->to));
	json_object_set_new(json, "proto", json_string(proto ? proto : "ICMP"));
	if (proto)
		json_object_set_new(json, "port", json_integer(question->port));
	return json;
}

static enum exit_code answer_unknown(const struct asker *asker, const struct question *question, const struct err *err)
{
	enum exit_code code = err->code == ERR_UNSURE ? EXIT_CODE_INCOMPLETE : EXIT_CODE_FATAL;
	json_t *json;

	if (asker->json) {
		json = question_json(question);
		json_object_set_new(json, "verdict", json_string("unknown"));
		json_object_set_new(json, "error", verdict_json_text(err->msg));
		print_json(json);
		return code;
	}
	if (code == EXIT_CODE_INCOMPLETE) {
		fputs("UNKNOWN  ", stdout);
		text_safe(stdout, question->from);
		fputs(" -> ", stdout);
		text_safe(stdout, question->to);
		putchar('\n');
	}
	cli_fatal(asker->args, "%s", err->msg);
	return code;
}

/*
 * Pods of two families are asked about in both: the answer is that of the family that clients use first (the destination's
 * first address), and where they differ both are given.
 */
static enum exit_code answer(const struct asker *asker, const struct question *question)
{
	struct packet packets[FAMILY_COUNT];
	struct verdict verdicts[FAMILY_COUNT];
	struct err err = {0};
	int n = question_packets(question, asker->store, asker->ns, packets, &err);
	bool differ;
	json_t *json;

	if (n < 0)
		return answer_unknown(asker, question, &err);
	for (int i = 0; i < n; i++)
		verdicts[i] = verdict_beside(asker->store, &asker->overlay, &packets[i]);
	differ = n > 1 && verdicts[0].allowed != verdicts[1].allowed;
	if (asker->json) {
		json = question_json(question);
		verdict_json(&verdicts[0], json);
		if (differ)
			json_object_set_new(json, packets[1].to.family == FAMILY_6 ? "ipv6" : "ipv4",
					    json_string(verdicts[1].allowed ? "allowed" : "denied"));
		print_json(json);
	}
	for (int i = 0; !asker->json && i < (differ ? n : 1); i++)
		answer_text(asker, &packets[i], &verdicts[i]);
	return verdicts[0].allowed ? EXIT_CODE_NOTHING : EXIT_CODE_FINDINGS;
}

/* {"from":"NS/POD","to":"10.0.0.1","proto":"TCP","port":80} */
static int line_parse(const char *line, size_t size, struct question *out, struct err *err)
{
	json_error_t why;
	json_t *json = json_loadb(line, size, JSON_REJECT_DUPLICATES, &why);
	const char *from, *to, *proto = NULL;
	json_int_t port = 0;
	int rc;

	if (!json)
		return err_set(err, ERR_INPUT, "%s", why.text);
	if (json_unpack_ex(json, &why, 0, "{s:s, s:s, s?s, s?I}", "from", &from, "to", &to, "proto", &proto, "port",
			   &port))
		rc = err_set(err, ERR_INPUT, "%s", why.text);
	else if (strlen(from) >= sizeof out->from || strlen(to) >= sizeof out->to)
		rc = err_set(err, ERR_INPUT, "a name is too long");
	else
		rc = question_parse_port(proto, port, out, err);
	if (!rc) {
		strcpy(out->from, from);
		strcpy(out->to, to);
	}
	json_decref(json);
	return rc;
}

/* The worse of two: incomplete, then findings, then nothing. */
static enum exit_code worse(enum exit_code a, enum exit_code b)
{
	return a > b ? a : b;
}

/* A line that asks nothing gets an answer too, so that answers and questions can be laid side by side. */
static void answer_broken(const struct asker *asker, size_t number, struct err *err)
{
	json_t *json;

	if (asker->json) {
		json = json_object();
		json_object_set_new(json, "line", json_integer((json_int_t)number));
		json_object_set_new(json, "verdict", json_string("unknown"));
		json_object_set_new(json, "error", verdict_json_text(err->msg));
		print_json(json);
	} else {
		printf("UNKNOWN  line %zu\n", number);
	}
	err_ctx(err, "line %zu: ", number);
	cli_fatal(asker->args, "%s", err->msg);
}

static enum exit_code answer_line(const struct asker *asker, const char *line, size_t size, size_t number)
{
	struct question question = {0};
	struct err err = {0};
	enum exit_code code;

	if (line_parse(line, size, &question, &err)) {
		answer_broken(asker, number, &err);
		return EXIT_CODE_INCOMPLETE;
	}
	code = answer(asker, &question);
	return code == EXIT_CODE_FATAL ? EXIT_CODE_INCOMPLETE : code;
}

static enum exit_code answer_batch(const struct asker *asker, const char *file)
{
	FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	enum exit_code code = EXIT_CODE_NOTHING;
	size_t cap = 0, number = 0;
	char *line = NULL;
	ssize_t n;

	if (!in)
		return cli_fatal(asker->args, "%s: %s", file, strerror(errno));
	while ((n = getline(&line, &cap, in)) > 0) {
		number++;
		if (strspn(line, " \t\r\n") < (size_t)n)
			code = worse(code, answer_line(asker, line, (size_t)n, number));
	}
	if (ferror(in))
		code = cli_fatal(asker->args, "%s: %s", file, strerror(errno));
	free(line);
	if (in != stdin)
		fclose(in);
	return code;
}

static enum exit_code answer_operands(const struct asker *asker)
{
	const struct args *args = asker->args;
	struct question question = {0};
	struct err err = {0};

	if (strlen(args->operands[0]) >= sizeof question.from)
		return cli_fatal(args, "a name is too long");
	strcpy(question.from, args->operands[0]);
	if (question_parse_to(args->operands[1], &question, &err))
		return cli_fatal(args, "%s", err.msg);
	return answer(asker, &question);
}

static enum exit_code run(const struct args *args)
{
	const char *batch = args_value(args, "batch"), *format = args_value(args, "output"),
		   *ns = args_value(args, "namespace");
	struct overlay overlay;
	struct world world;
	enum exit_code code;

	if (format && strcmp(format, "text") && strcmp(format, "json"))
		return cli_fatal(args, "unknown format \"%s\"; there are text and json", format);
	if (args->n_operands != (batch ? 0 : 2))
		return cli_fatal(args, "needs %s",
				 batch ? "no operands with --batch" : "FROM and TO[:PORT[/PROTO]], or --batch FILE");
	if (batch && !strcmp(batch, "-") && args_value(args, "from") && !strcmp(args_value(args, "from"), "-"))
		return cli_fatal(args, "--from and --batch cannot both be standard input");
	if (!frame_overlay(args, &overlay))
		return EXIT_CODE_FATAL;
	if (!world_read(args, WORLD_NARROW, &world))
		return EXIT_CODE_FATAL;
	struct asker asker = {args, world.store, overlay, ns ? ns : "default", format && !strcmp(format, "json")};

	code = batch ? answer_batch(&asker, batch) : answer_operands(&asker);
	code = code == EXIT_CODE_FATAL ? code : world_code(&world, code);
	world_fini(&world);
	return code;
}

const struct command cmd_explain = {
	"explain", "FROM TO[:PORT[/PROTO]]", "say whether a connection may be made, and why", options, run,
};
