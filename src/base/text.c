/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be shown of a text, and which word was meant? */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#define WORD_MAX 64 /* longer words get no suggestion */

/* How many bytes follow this lead byte; -1 for bytes that lead nothing. */
static int utf8_more(uint8_t lead)
{
	if (lead < 0x80)
		return 0;
	if (lead < 0xc2 || lead >= 0xf5)
		return -1;
	return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
}

/* Bytes of the well-formed sequence at s (RFC 3629: shortest form, no surrogates, up to U+10FFFF), 0 if it is none. */
static unsigned utf8_decode(const uint8_t *s, uint32_t *code)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	static const uint8_t lead_mask[] = {0x7f, 0x1f, 0x0f, 0x07};
	int more = utf8_more(s[0]);

	if (more < 0)
		return 0;
	*code = s[0] & lead_mask[more];
	for (int i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3fu);
	}
	if (*code < least[more] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return (unsigned)more + 1;
}

/* C0, DEL and C1: U+009B alone starts an escape sequence on some terminals. */
static bool code_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/*
 * What leaves no mark but changes how the rest of the line reads: line separators, marks and overrides of the writing
 * direction, joiners and the like (general categories Zl, Zp and the Cf of U+200B to U+206F and U+FEFF).
 */
static bool code_is_invisible(uint32_t code)
{
	return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edits that make b of a: a letter put in, left out or changed, or two neighbours swapped.  By rows, of which the last
 * three are kept; both words at most WORD_MAX long. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1], *row = rows[0];
	size_t n = strlen(b);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		const unsigned *above = rows[(i - 1) % 3], *second = rows[(i + 1) % 3];

		row = rows[i % 3];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min3(row[j], second[j - 2] + 1, row[j]);
		}
	}
	return row[n];
}

size_t text_char(const char *s)
{
	uint32_t code;
	unsigned n = utf8_decode((const uint8_t *)s, &code);

	return n && !code_is_control(code) && !code_is_invisible(code) ? n : 0;
}

void text_safe(FILE *out, const char *s)
{
	while (*s) {
		size_t n = text_char(s);

		if (n) {
			fwrite(s, 1, n, out);
			s += n;
		} else {
			fprintf(out, "\\x%02x", (uint8_t)*s++);
		}
	}
}

const char *text_nearest(const char *word, const char *const *names, size_t n)
{
	size_t length = strlen(word);
	unsigned best = length < 5 ? 2 : 3; /* one more than what is near enough */
	const char *nearest = NULL;

	if (length > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned distance = strlen(names[i]) <= WORD_MAX ? edit_distance(word, names[i]) : best;

		if (distance < best) {
			best = distance;
			nearest = names[i];
		}
	}
	return nearest;
}

FILE *text_open(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	if (!out)
		abort();
	return out;
}

void text_close(FILE *out)
{
	if (fclose(out))
		abort();
}
