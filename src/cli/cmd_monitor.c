/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage monitor: which packets does this node drop now, and why? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/drop_print.h>
#include <selvage/http_local.h>
#include <selvage/json_print.h>
#include <selvage/local.h>
#include <selvage/text.h>
#include <selvage/vec.h>

#include "cli.h"

#define LINE_MAX_BYTES (1u << 20)
#define FORMATS (FORMAT_BIT(FORMAT_TABLE) | FORMAT_BIT(FORMAT_JSON))

static const struct cli_option options[] = {
	{"output", 'o', "text|json", "how to print them (default: text)"},
	{"shadow", 0, NULL, "those that proposed policies (selvage run --shadow) would drop, instead"},
	{"socket", 0, "FILE", "where the agent listens (default: " LOCAL_PATH ")"},
	{0},
};

struct stream {
	VEC(char);
	bool json, shadow;
};

static void text_print(const json_t *line)
{
	const json_t *lost = json_object_get(line, "lost");
	const char *when = json_string_value(json_object_get(line, "time"));

	if (lost) {
		printf("(%lld more were not read in time)\n", (long long)json_integer_value(lost));
		return;
	}
	text_safe(stdout, when ? when : "?");
	putchar(' ');
	drop_print(line, stdout);
	putchar('\n');
}

/* Anything may come; what is no object is left out. */
static void line_print(const struct stream *stream, const char *bytes, size_t n)
{
	json_t *line = json_loadb(bytes, n, 0, NULL);

	if (!json_is_object(line) || (!json_object_get(line, "lost") && drop_shadow(line) != stream->shadow))
		json_decref(line);
	else if (stream->json)
		json_print_line(line, stdout);
	else {
		text_print(line);
		json_decref(line);
	}
}

static bool take(void *ctx, const char *bytes, size_t n)
{
	struct stream *stream = ctx;
	const char *end;
	size_t done = 0;

	vec_reserve(stream, n);
	memcpy(stream->at + stream->n, bytes, n);
	stream->n += n;
	while ((end = memchr(stream->at + done, '\n', stream->n - done))) {
		line_print(stream, stream->at + done, (size_t)(end - stream->at) - done);
		done = (size_t)(end - stream->at) + 1;
	}
	stream->n -= done;
	memmove(stream->at, stream->at + done, stream->n);
	return !fflush(stdout) && stream->n < LINE_MAX_BYTES;
}

static enum exit_code run(const struct args *args)
{
	const char *socket = args_value(args, "socket"), *output = args_value(args, "output");
	struct stream stream = {0};
	enum format format;
	struct err err = {0};
	int rc;

	if (args->n_operands)
		return cli_fatal(args, "takes no operand, got %s", args->operands[0]);
	if (format_parse(output && !strcmp(output, "text") ? NULL : output, FORMATS, &format, &err))
		return cli_fatal(args, "%s", err.msg);
	stream.shadow = args_value(args, "shadow");
	stream.json = format == FORMAT_JSON;
	rc = http_local_get(socket ? socket : LOCAL_PATH, "/monitor", 0, take, &stream, &err);
	vec_free(&stream);
	if (rc)
		return cli_fatal(args, "%s%s", err.msg, err.code == ERR_ABSENT ? ": the agent does not run" : "");
	return ferror(stdout) ? EXIT_CODE_NOTHING : cli_fatal(args, "the agent ended");
}

const struct command cmd_monitor = {"monitor", "", "say which packets this node drops now, and why", options, run};
