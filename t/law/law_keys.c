/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names in the kernel are keys: different fields never come to equal names (D3), though they may spell the same text when
 * they are joined.  10^7 pairs of field lists that differ only in where one field ends and the next begins, or in a field
 * that is empty, missing or a number.
 *
 * usage: law_keys [PAIRS [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/digest.h>

#include "fresh.h"
#include "rng.h"
#include "tap.h"

#define PAIRS (10000000 / LAW_SCALE)
#define FIELDS 3
#define TEXT 16

/* Fields cut out of one text; a length of -1 is a field that is missing. */
struct fields {
	char text[TEXT + 1];
	int size[FIELDS];
};

static const char letters[] = "ab-./:\"\\;\n\x01 ";

static void random_fields(struct rng *rng, struct fields *out)
{
	unsigned left = rng_below(rng, TEXT + 1);

	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < left; i++)
		out->text[i] = letters[rng_below(rng, sizeof letters - 1)];
	for (int i = 0; i < FIELDS; i++) {
		out->size[i] = i == FIELDS - 1 ? (int)left : (int)rng_below(rng, left + 1);
		left -= (unsigned)out->size[i];
		if (!out->size[i] && rng_one_in(rng, 2))
			out->size[i] = -1;
	}
}

/* The same text, cut elsewhere, or an empty field that is missing instead; false if it came out the same. */
static bool sibling(struct rng *rng, const struct fields *from, struct fields *out)
{
	int at = (int)rng_below(rng, FIELDS - 1), some;

	*out = *from;
	if (out->size[at] <= 0 && rng_one_in(rng, 2)) {
		out->size[at] = out->size[at] ? 0 : -1;
		return true;
	}
	some = out->size[at] > 0 ? 1 + (int)rng_below(rng, (unsigned)out->size[at]) : 0;
	out->size[at] -= some;
	out->size[at + 1] = (out->size[at + 1] < 0 ? 0 : out->size[at + 1]) + some;
	return memcmp(out->size, from->size, sizeof out->size) != 0;
}

static const char *key(const struct fields *fields)
{
	const char *at = fields->text;
	struct digest d;

	digest_init(&d);
	for (int i = 0; i < FIELDS; i++) {
		char field[TEXT + 1] = "";

		if (fields->size[i] >= 0)
			memcpy(field, at, (size_t)fields->size[i]);
		digest_text(&d, fields->size[i] < 0 ? NULL : field);
		at += fields->size[i] < 0 ? 0 : fields->size[i];
	}
	return digest_name(&d, "key-");
}

/* Known bad: fields joined by a character that they may contain. */
static void joined(const struct fields *fields, char *out)
{
	const char *at = fields->text;

	for (int i = 0; i < FIELDS; i++) {
		int n = fields->size[i] < 0 ? 0 : fields->size[i];

		memcpy(out, at, (size_t)n);
		at += n;
		out += n;
		*out++ = '-';
	}
	*out = '\0';
}

static bool joined_alike(const struct fields *a, const struct fields *b)
{
	char left[TEXT + FIELDS + 1], right[TEXT + FIELDS + 1];

	joined(a, left);
	joined(b, right);
	return strcmp(left, right) == 0;
}

/* Is it made of a prefix and 32 hexadecimal digits, whatever the fields were? */
static bool is_plain(const char *name)
{
	return strlen(name) == strlen("key-") + 32 && strspn(name + strlen("key-"), "0123456789abcdef") == 32;
}

int main(int argc, char **argv)
{
	unsigned long pairs = argc > 1 ? strtoul(argv[1], NULL, 0) : PAIRS, asked = 0, equal = 0, odd = 0, alike = 0;
	struct rng rng = {argc > 2 ? strtoull(argv[2], NULL, 0) : 5};
	struct tap tap = {0};

	while (asked < pairs) {
		const char *one, *two;
		struct fields a, b;

		random_fields(&rng, &a);
		if (!sibling(&rng, &a, &b))
			continue;
		one = key(&a);
		two = key(&b);
		asked++;
		equal += one == two;
		odd += !is_plain(one) || !is_plain(two);
		alike += joined_alike(&a, &b);
		atom_put(one);
		atom_put(two);
	}
	printf("# %lu pairs; joined by a dash %lu of them would be equal\n", asked, alike);
	tap_ok(&tap, asked == pairs && !equal, "D3: fields that differ never come to equal names");
	tap_ok(&tap, !odd, "D1: no byte of a field gets into a name");
	tap_ok(&tap, alike > 0, "known bad: joined fields are seen to collide");
	return tap_end(&tap);
}
