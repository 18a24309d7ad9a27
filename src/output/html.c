/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does the JSON of an audit become a page of its own? */
#include <selvage/html.h>

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html_texts.h"

#define OPEN "{{"
#define CLOSE "}}"
#define HASH_TEXT sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n > k && !strcmp(name + n - k, suffix);
}

static void write_texts(const char *suffix, FILE *out)
{
	for (const struct html_text *at = html_texts; at->name; at++)
		if (has_suffix(at->name, suffix))
			fputs(at->text, out);
}

/* "A hash-source matches an element if the digest of its text is the hash" (Content Security Policy Level 3, 6.7.3.3). */
static void write_hash(const char *suffix, FILE *out)
{
	crypto_hash_sha256_state state;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[HASH_TEXT];

	crypto_hash_sha256_init(&state);
	for (const struct html_text *at = html_texts; at->name; at++)
		if (has_suffix(at->name, suffix))
			crypto_hash_sha256_update(&state, (const unsigned char *)at->text, strlen(at->text));
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
	fprintf(out, "'sha256-%s'", text);
}

static void write_script(const json_t *data, FILE *out)
{
	(void)data;
	write_texts(".js", out);
}

static void write_style(const json_t *data, FILE *out)
{
	(void)data;
	write_texts(".css", out);
}

static void write_script_hash(const json_t *data, FILE *out)
{
	(void)data;
	write_hash(".js", out);
}

static void write_style_hash(const json_t *data, FILE *out)
{
	(void)data;
	write_hash(".css", out);
}

/* In ASCII and without "<", which in JSON stands in strings only: neither "</script>" nor "<!--" can come about. */
static void write_data(const json_t *data, FILE *out)
{
	char *text = json_dumps(data, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);

	if (!text)
		abort();
	for (const char *p = text; *p; p++) {
		if (*p == '<' || *p == '>' || *p == '&' || *p == '\177')
			fprintf(out, "\\u%04x", (unsigned)*p);
		else
			fputc(*p, out);
	}
	free(text);
}

/* What stands in the page between braces. */
static const struct part {
	const char *name;
	void (*write)(const json_t *data, FILE *out);
} parts[] = {
	{"data", write_data},   {"script", write_script},         {"script-hash", write_script_hash},
	{"style", write_style}, {"style-hash", write_style_hash},
};

static void write_part(const char *name, size_t n, const json_t *data, FILE *out)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (strlen(parts[i].name) != n || strncmp(parts[i].name, name, n) != 0)
			continue;
		parts[i].write(data, out);
		return;
	}
	abort();
}

int html_write(json_t *take, FILE *out, struct err *err)
{
	const char *at = html_texts[0].text, *open;

	while ((open = strstr(at, OPEN))) {
		const char *name = open + strlen(OPEN), *close = strstr(name, CLOSE);

		if (!close)
			abort();
		fwrite(at, 1, (size_t)(open - at), out);
		write_part(name, (size_t)(close - name), take, out);
		at = close + strlen(CLOSE);
	}
	fputs(at, out);
	json_decref(take);
	return ferror(out) ? err_set(err, ERR_IO, "cannot write the page") : 0;
}
