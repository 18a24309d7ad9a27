/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How are many lines of JSON written without a value for each? */
#include <selvage/line.h>

#include <stdlib.h>

#include <selvage/json_print.h>
#include <selvage/verdict_print.h>

#define FLUSH_BYTES (256 * 1024)

void line_number(struct line *line, uint64_t number)
{
	char digits[20];
	size_t n = sizeof digits;

	do
		digits[--n] = (char)('0' + number % 10);
	while (number /= 10);
	line_put(line, digits + n, sizeof digits - n);
}

/* Bytes at the start of a text that stand for themselves in a JSON string. */
static size_t plain(const char *text)
{
	size_t n = 0;

	while ((unsigned char)(text[n] - 0x20) < 0x7f - 0x20 && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

/* As jansson writes it, but for DEL. */
static void put_escaped(struct line *line, const char *text)
{
	char *lines = NULL;
	size_t size;
	FILE *out = open_memstream(&lines, &size);

	if (!out)
		abort();
	json_print_line(json_text(text), out);
	if (fclose(out))
		abort();
	line_put(line, lines, size - 1);
	free(lines);
}

void line_string(struct line *line, const char *text)
{
	size_t n = plain(text);

	if (text[n]) {
		put_escaped(line, text);
		return;
	}
	line_put(line, "\"", 1);
	line_put(line, text, n);
	line_put(line, "\"", 1);
}

static void put_bool(struct line *line, bool value)
{
	line_raw(line, value ? "true" : "false");
}

static void put_name(struct line *line, const struct object *object)
{
	size_t ns = plain(object->ns), name = plain(object->name);
	char *both;

	if (!object->ns[ns] && !object->name[name]) {
		line_put(line, "\"", 1);
		line_put(line, object->ns, ns);
		line_put(line, "/", 1);
		line_put(line, object->name, name);
		line_put(line, "\"", 1);
		return;
	}
	if (asprintf(&both, "%s/%s", object->ns, object->name) < 0)
		abort();
	put_escaped(line, both);
	free(both);
}

static void put_rule(struct line *line, const struct ruling *ruling)
{
	const struct source *source = &ruling->rule->source;
	char path[96];

	ruling_path(ruling, path, sizeof path);
	line_raw(line, ",\"policy\":");
	put_name(line, &ruling->policy->object);
	line_raw(line, ",\"rule\":");
	line_string(line, path);
	if (!source->file)
		return;
	line_raw(line, ",\"file\":");
	line_string(line, source->file);
	line_raw(line, ",\"line\":");
	line_number(line, source->line);
}

static void put_ruling(struct line *line, const struct ruling *ruling)
{
	line_raw(line, "{");
	if (ruling->pod) {
		line_raw(line, "\"pod\":");
		put_name(line, &ruling->pod->object);
		line_raw(line, ",");
	}
	line_raw(line, "\"isolated\":");
	put_bool(line, ruling->isolated);
	line_raw(line, ",\"allowed\":");
	put_bool(line, ruling->allowed);
	if (ruling->policy)
		put_rule(line, ruling);
	line_raw(line, "}");
}

void line_verdict(struct line *line, const struct verdict *verdict)
{
	line_raw(line, verdict->allowed ? "\"verdict\":\"allowed\",\"why\":\"" : "\"verdict\":\"denied\",\"why\":\"");
	line_raw(line, verdict_why_name(verdict->why));
	line_raw(line, "\",\"egress\":");
	put_ruling(line, &verdict->egress);
	line_raw(line, ",\"ingress\":");
	put_ruling(line, &verdict->ingress);
}

void line_flush(struct line *line, bool all, FILE *out)
{
	if (!all && line->n < FLUSH_BYTES)
		return;
	fwrite(line->at, 1, line->n, out);
	line->n = 0;
}
