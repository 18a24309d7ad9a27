/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever the API server sends, and wherever the network cuts it: the same objects, or the same refusal. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <selvage/object.h>

#include "../../src/input/frames.h"
#include "../../src/input/ledger.h"

#define LIMIT 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
	if (!truth)
		abort();
}

/* What one way of feeding gave. */
struct outcome {
	struct ledger *ledger;
	struct frames_text text; /* all pieces, each after a NUL */
	bool refused;
};

static int take(void *ctx, const char *text, size_t size, struct err *err)
{
	struct outcome *outcome = ctx;
	json_error_t unused;
	json_t *root;
	struct item item;

	(void)err;
	demand(size <= LIMIT);
	vec_reserve(&outcome->text, size + 1);
	outcome->text.at[outcome->text.n++] = '\0';
	memcpy(outcome->text.at + outcome->text.n, text, size);
	outcome->text.n += size;
	root = json_loadb(text, size, JSON_ALLOW_NUL, &unused);
	if (root && item_read(root, &item))
		ledger_gather(outcome->ledger, &item);
	json_decref(root);
	return 0;
}

static void sink_put(void *ctx, struct object *object)
{
	(void)ctx;
	object_free(object);
}

static void sink_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	(void)ctx;
	(void)kind;
	(void)ns;
	(void)name;
}

static void sink_problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	(void)problem;
}

/* Feeds everything in steps of so many bytes. */
static struct outcome feed(bool list, const char *bytes, size_t size, size_t step)
{
	static const struct sink sink = {.put = sink_put, .del = sink_del, .problem = sink_problem};
	struct outcome outcome = {.ledger = ledger_new(OBJECT_POD, false)};
	struct frames frames = {.limit = LIMIT, .list = list};
	struct err err;

	for (size_t i = 0; !outcome.refused && i < size; i += step)
		outcome.refused =
			frames_feed(&frames, bytes + i, size - i < step ? size - i : step, take, &outcome, &err);
	demand(frames.piece.n <= LIMIT && frames.envelope.n <= LIMIT);
	ledger_commit(outcome.ledger, &sink);
	ledger_free(outcome.ledger);
	frames_fini(&frames);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, cut;

	if (size < 2)
		return 0;
	whole = feed(data[0] & 1, (const char *)data + 2, size - 2, size);
	cut = feed(data[0] & 1, (const char *)data + 2, size - 2, data[1] % 16 + 1);
	demand(whole.refused == cut.refused);
	demand(whole.text.n == cut.text.n && (!whole.text.n || !memcmp(whole.text.at, cut.text.at, cut.text.n)));
	vec_free(&whole.text);
	vec_free(&cut.text);
	return 0;
}
