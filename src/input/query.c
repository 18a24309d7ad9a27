/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is the path of a request? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

/* Everything but RFC 3986's unreserved characters as %NN. */
static void print_escaped(FILE *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			fputc(*text, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*text);
	}
}

static void print_field(FILE *out, const char *key, const char *value)
{
	fprintf(out, "&%s=", key);
	print_escaped(out, value);
}

static FILE *open_text(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	if (!out)
		abort();
	return out;
}

/*
 * "The continue token [...] the server will respond with the next page at the same resource version": it may not be given
 * again.  A list that may be newer than a given version comes from the server's cache only if it has no limit; a version of
 * "0" makes the cache ignore the limit.  "Exact: Return data at the exact resource version provided."
 */
char *query_list(const struct query *query, const char *next, unsigned limit)
{
	bool given = *query->version && strcmp(query->version, "0"), cached = given && !query->exact;
	char *text;
	size_t size;
	FILE *out = open_text(&text, &size);

	fprintf(out, "%s?limit=%u", query->path, !next && cached ? 0 : limit);
	if (next)
		print_field(out, "continue", next);
	else if (*query->version)
		print_field(out, "resourceVersion", query->version);
	if (!next && given)
		print_field(out, "resourceVersionMatch", query->exact ? "Exact" : "NotOlderThan");
	if (query->selector)
		print_field(out, "fieldSelector", query->selector);
	fclose(out);
	return text;
}

char *query_object(const char *path, const char *name)
{
	char *text;
	size_t size;
	FILE *out = open_text(&text, &size);

	fprintf(out, "%s/", path);
	print_escaped(out, name);
	fclose(out);
	return text;
}

char *query_watch(const struct query *query, bool initial, unsigned seconds)
{
	char *text;
	size_t size;
	FILE *out = open_text(&text, &size);

	fprintf(out, "%s?watch=1&allowWatchBookmarks=true&timeoutSeconds=%u", query->path, seconds);
	if (*query->version)
		print_field(out, "resourceVersion", query->version);
	if (initial)
		fputs("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", out);
	if (query->selector)
		print_field(out, "fieldSelector", query->selector);
	fclose(out);
	return text;
}
