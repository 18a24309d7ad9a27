/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where does an object begin and end in a stream of JSON text? */
#include <string.h>

#include "frames.h"

#define DEPTH_MAX 1000

/* What a byte is to the stream. */
enum role {
	ROLE_AROUND, /* of the envelope, or white space between pieces */
	ROLE_PIECE,  /* within a piece */
	ROLE_LAST,   /* its last byte */
	ROLE_STRAY,  /* must not be here */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool text_add(struct frames_text *text, const char *bytes, size_t n, size_t limit)
{
	if (n > limit || text->n > limit - n)
		return false;
	if (!n)
		return true;
	vec_reserve(text, n);
	memcpy(text->at + text->n, bytes, n);
	text->n += n;
	return true;
}

/* The length of text without the white space at its end. */
static size_t trimmed(const char *text, size_t n)
{
	while (n && is_space(text[n - 1]))
		n--;
	return n;
}

/* Does the envelope end with the key "items" and its colon? */
static bool items_next(const struct frames *frames)
{
	static const char key[] = "\"items\"";
	const char *text = frames->envelope.at;
	size_t n = trimmed(text, frames->envelope.n);

	if (!n || text[n - 1] != ':')
		return false;
	n = trimmed(text, n - 1);
	return n >= sizeof key && !memcmp(text + n - (sizeof key - 1), key, sizeof key - 1) &&
	       text[n - sizeof key] != '\\';
}

static enum role role_in_string(struct frames *frames, char c)
{
	if (frames->escaped)
		frames->escaped = false;
	else if (c == '\\')
		frames->escaped = true;
	else if (c == '"')
		frames->in_string = false;
	return frames->in_piece ? ROLE_PIECE : ROLE_AROUND;
}

/* The depth at which a piece starts. */
static unsigned floor_of(const struct frames *frames)
{
	return frames->list ? 2 : 0;
}

static enum role role_open(struct frames *frames, char c)
{
	if (frames->depth == DEPTH_MAX)
		return ROLE_STRAY;
	if (frames->list && frames->depth == 1 && c == '[' && items_next(frames))
		frames->in_items = true;
	else if (frames->depth == floor_of(frames) && (!frames->list || frames->in_items))
		frames->in_piece = true;
	frames->depth++;
	return frames->in_piece ? ROLE_PIECE : ROLE_AROUND;
}

static enum role role_close(struct frames *frames)
{
	bool was = frames->in_piece;

	if (!frames->depth)
		return ROLE_STRAY;
	frames->depth--;
	if (frames->depth == floor_of(frames))
		frames->in_piece = false;
	if (frames->list && frames->depth == 1)
		frames->in_items = false;
	frames->ended = frames->list && !frames->depth;
	if (was)
		return frames->in_piece ? ROLE_PIECE : ROLE_LAST;
	return ROLE_AROUND;
}

/* Between the pieces there is only white space, and commas in a list. */
static bool between(const struct frames *frames)
{
	return !frames->in_piece && (!frames->depth || (frames->in_items && frames->depth == 2));
}

static enum role role_of(struct frames *frames, char c)
{
	if (frames->in_string)
		return role_in_string(frames, c);
	if (between(frames) && !is_space(c) && c != '{' && !(frames->in_items && (c == ',' || c == ']')))
		return ROLE_STRAY;
	if (frames->ended && !is_space(c))
		return ROLE_STRAY;
	if (c == '{' || c == '[')
		return role_open(frames, c);
	if (c == '}' || c == ']')
		return role_close(frames);
	frames->in_string = c == '"';
	return frames->in_piece ? ROLE_PIECE : ROLE_AROUND;
}

static int too_large(const struct frames *frames, struct err *err)
{
	return err_set(err, ERR_INPUT, "an object is larger than %zu bytes", frames->limit);
}

/* Hands over a piece: what was kept of it, if anything, and its last bytes. */
static int piece_end(struct frames *frames, const char *bytes, size_t n, frames_each *each, void *ctx, struct err *err)
{
	int status;

	if (n > frames->limit)
		return too_large(frames, err);
	if (!frames->piece.n)
		return each(ctx, bytes, n, err);
	if (!text_add(&frames->piece, bytes, n, frames->limit))
		return too_large(frames, err);
	status = each(ctx, frames->piece.at, frames->piece.n, err);
	vec_clear(&frames->piece);
	if (frames->piece.cap > frames->limit / 8)
		vec_free(&frames->piece);
	return status;
}

/* A byte outside the pieces; those between the items, commas too, are left out of the envelope. */
static bool around(struct frames *frames, char c)
{
	if (!frames->list || (frames->in_items && frames->depth == 2 && c != '['))
		return true;
	return text_add(&frames->envelope, &c, 1, frames->limit);
}

int frames_feed(struct frames *frames, const char *bytes, size_t n, frames_each *each, void *ctx, struct err *err)
{
	size_t start = 0; /* of the piece, if it began in these bytes */

	for (size_t i = 0; i < n; i++) {
		bool was = frames->in_piece;
		enum role role = role_of(frames, bytes[i]);

		if (role == ROLE_STRAY)
			return err_set(err, ERR_INPUT, "not JSON as the API server sends it");
		if (role == ROLE_AROUND && !around(frames, bytes[i]))
			return too_large(frames, err);
		if (role == ROLE_PIECE && !was)
			start = i;
		if (role == ROLE_LAST && piece_end(frames, bytes + start, i + 1 - start, each, ctx, err))
			return -1;
		if (role == ROLE_LAST)
			start = i + 1;
	}
	if (frames->in_piece && !text_add(&frames->piece, bytes + start, n - start, frames->limit))
		return too_large(frames, err);
	return 0;
}

bool frames_complete(const struct frames *frames)
{
	return frames->list ? frames->ended : !frames->depth;
}

void frames_reset(struct frames *frames)
{
	struct frames fresh = {.limit = frames->limit, .list = frames->list};

	frames_fini(frames);
	*frames = fresh;
}

void frames_fini(struct frames *frames)
{
	vec_free(&frames->piece);
	vec_free(&frames->envelope);
}
