/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a JSON text say, but for the parts that nobody reads? */
#include <string.h>

#include "fault.h"
#include "jsonskim.h"
#include "unread.h"

#define DIGITS_MAX 18 /* of a number that every reader can hold */

/* A text between quotes, or none. */
struct word {
	const char *at;
	size_t n;
};

struct skimming {
	struct jsonskim *out;
	struct jsoncursor *c;
	unsigned top; /* level of the object itself */
	bool sparse;  /* it has parts that nobody reads */
};

/* A byte that stands for itself in a string. */
static bool is_plain(char b)
{
	return b >= ' ' && b <= '~' && b != '"' && b != '\\';
}

/* The string that starts here, if it is plain but for escapes of one letter.  False: it may be valid, or not. */
static bool plain_string(struct jsoncursor *c, struct word *out, bool *escaped)
{
	const char *start = ++c->p;

	*escaped = false;
	do {
		while (c->p < c->end) {
			if (is_plain(*c->p)) {
				c->p++;
			} else if (*c->p == '"') {
				*out = (struct word){start, (size_t)(c->p++ - start)};
				return true;
			} else if (*c->p == '\\' && (c->p + 1 < c->end || jsoncursor_more(c)) && c->p[1] &&
				   strchr("\"\\/bfnrt", c->p[1])) {
				*escaped = true;
				c->p += 2;
			} else {
				return false;
			}
		}
	} while (jsoncursor_more(c));
	return false;
}

/* What is neither a string nor an object nor an array, up to what ends it. */
static struct word bare_word(struct jsoncursor *c)
{
	const char *start = c->p;

	do {
		while (c->p < c->end && *c->p && !strchr(" \t\r\n,]}", *c->p))
			c->p++;
	} while (c->p == c->end && jsoncursor_more(c));
	return (struct word){start, (size_t)(c->p - start)};
}

static bool word_is(struct word word, const char *text)
{
	return word.n == strlen(text) && !memcmp(word.at, text, word.n);
}

/* -?(0|[1-9][0-9]*), not too long */
static bool is_integer(struct word word)
{
	if (word.n && *word.at == '-')
		word = (struct word){word.at + 1, word.n - 1};
	if (!word.n || word.n > DIGITS_MAX || (*word.at == '0' && word.n > 1))
		return false;
	for (size_t i = 0; i < word.n; i++)
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
	return true;
}

/* Behind an entry: over the comma to the next one, over the end, or neither. */
enum behind { BEHIND_NEXT, BEHIND_END, BEHIND_UNSURE };

static enum behind step_behind(struct jsoncursor *c, char end)
{
	char next = jsoncursor_next(c);

	if (next != ',' && next != end)
		return BEHIND_UNSURE;
	c->p++;
	return next == end ? BEHIND_END : BEHIND_NEXT;
}

/* Over the bracket; true if another closes it at once. */
static bool step_empty(struct jsoncursor *c, char end)
{
	c->p++;
	if (jsoncursor_next(c) != end)
		return false;
	c->p++;
	return true;
}

/* The key of an entry, and over the colon to its value. */
static bool read_key(struct jsoncursor *c, struct word *key, bool *escaped)
{
	if (jsoncursor_next(c) != '"' || !plain_string(c, key, escaped) || jsoncursor_next(c) != ':')
		return false;
	c->p++;
	return true;
}

static bool leave(struct skimming *s, unsigned depth);

static bool leave_array(struct skimming *s, unsigned depth)
{
	enum behind behind = step_empty(s->c, ']') ? BEHIND_END : BEHIND_NEXT;

	while (behind == BEHIND_NEXT) {
		if (!leave(s, depth + 1))
			return false;
		behind = step_behind(s->c, ']');
	}
	return behind == BEHIND_END;
}

static bool leave_object(struct skimming *s, unsigned depth)
{
	enum behind behind = step_empty(s->c, '}') ? BEHIND_END : BEHIND_NEXT;
	struct keys *keys = &s->out->keys;
	struct keys_of of = keys_begin(keys);

	while (behind == BEHIND_NEXT) {
		struct word key;
		bool escaped;

		if (!read_key(s->c, &key, &escaped) || escaped || !keys_add(keys, &of, key.at, key.n) ||
		    !leave(s, depth + 1))
			return false;
		behind = step_behind(s->c, '}');
	}
	keys_end(keys, &of);
	return behind == BEHIND_END;
}

/* Over a value that is left out.  False if it may not be valid. */
static bool leave(struct skimming *s, unsigned depth)
{
	char next = jsoncursor_next(s->c);
	struct word word;
	bool escaped;

	if (next == '"')
		return plain_string(s->c, &word, &escaped);
	if (next == '{' || next == '[')
		return depth <= LEVELS_MAX && (next == '{' ? leave_object(s, depth) : leave_array(s, depth));
	word = bare_word(s->c);
	return word_is(word, "true") || word_is(word, "false") || word_is(word, "null") || is_integer(word);
}

static json_t *take(struct skimming *s, struct word under, unsigned depth);

/* Up to where the cursor is, as jansson reads it. */
static json_t *read_token(const struct jsoncursor *c, const char *from)
{
	return json_loadb(from, (size_t)(c->p - from), JSON_DECODE_ANY, NULL);
}

static json_t *take_string(struct jsoncursor *c)
{
	const char *from = c->p;
	struct word word;
	bool escaped;

	if (plain_string(c, &word, &escaped) && !escaped)
		return json_stringn_nocheck(word.at, word.n);
	c->p = from;
	jsoncursor_string(c);
	return read_token(c, from);
}

static json_t *take_word(struct jsoncursor *c)
{
	struct word word = bare_word(c);
	bool negative = word.n && *word.at == '-';
	json_int_t value = 0;

	if (!is_integer(word))
		return read_token(c, word.at);
	for (size_t i = negative; i < word.n; i++)
		value = value * 10 + (word.at[i] - '0');
	return json_integer(negative ? -value : value);
}

static bool fill_array(struct skimming *s, json_t *array, struct word under, unsigned depth)
{
	enum behind behind = step_empty(s->c, ']') ? BEHIND_END : BEHIND_NEXT;

	while (behind == BEHIND_NEXT) {
		json_t *value = take(s, under, depth + 1);

		if (!value)
			return false;
		json_array_append_new(array, value);
		behind = step_behind(s->c, ']');
	}
	return behind == BEHIND_END;
}

/* The value of a key, empty if nobody reads it. */
static json_t *take_entry(struct skimming *s, struct word under, struct word key, unsigned depth)
{
	char next = jsoncursor_next(s->c);
	const char *from = s->c->p;

	if (!s->sparse || (next != '{' && next != '[') || !unread(under.at, under.n, key.at, key.n))
		return take(s, key, depth);
	if (!leave(s, depth))
		return NULL;
	*vec_add(&s->out->left_out) = (struct jsonspan){from, s->c->p};
	return next == '{' ? json_object() : json_array();
}

/* A key of the object itself that says what may be left out of it. */
static void note_kind(struct skimming *s, struct word key, const json_t *value, unsigned depth)
{
	if (depth == s->top && json_is_string(value) && word_is(key, "kind"))
		s->sparse = unread_kind(json_string_value(value), json_string_length(value));
}

static bool fill_object(struct skimming *s, json_t *object, struct word under, unsigned depth)
{
	enum behind behind = step_empty(s->c, '}') ? BEHIND_END : BEHIND_NEXT;

	for (size_t n = 1; behind == BEHIND_NEXT; n++) {
		struct word key;
		bool escaped;
		json_t *value;

		if (!read_key(s->c, &key, &escaped) || escaped)
			return false;
		value = take_entry(s, under, key, depth + 1);
		if (!value)
			return false;
		note_kind(s, key, value, depth);
		json_object_setn_new_nocheck(object, key.at, key.n, value);
		if (json_object_size(object) < n)
			return false;
		behind = step_behind(s->c, '}');
	}
	return behind == BEHIND_END;
}

/* What the value is: NULL if unsure. */
static json_t *take(struct skimming *s, struct word under, unsigned depth)
{
	char next = jsoncursor_next(s->c);
	json_t *value;

	if (next == '"')
		return take_string(s->c);
	if (next != '{' && next != '[')
		return take_word(s->c);
	if (depth > LEVELS_MAX)
		return NULL;
	value = next == '{' ? json_object() : json_array();
	if (next == '{' ? fill_object(s, value, under, depth) : fill_array(s, value, under, depth))
		return value;
	json_decref(value);
	return NULL;
}

json_t *jsonskim(struct jsonskim *skim, struct jsoncursor *c, unsigned depth, bool sparse)
{
	struct skimming s = {.out = skim, .c = c, .top = depth, .sparse = sparse};
	json_t *value;

	vec_clear(&skim->left_out);
	vec_clear(&skim->keys.text);
	c->from = c->p;
	value = take(&s, (struct word){"", 0}, depth);
	c->from = NULL;
	return value;
}

void jsonskim_fini(struct jsonskim *skim)
{
	vec_free(&skim->left_out);
	keys_fini(&skim->keys);
}
