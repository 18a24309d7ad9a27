/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which objects of a kind were handed over, at which version: what a list needs to yield deletes, and what keeps older
 * state from replacing newer.  Holds names and versions, no objects.
 *
 * A list is gathered first and handed over in one step when it is complete; objects that have the version that was handed
 * over before are not even decoded again.
 */
#ifndef SELVAGE_INPUT_LEDGER_H
#define SELVAGE_INPUT_LEDGER_H

#include <jansson.h>
#include <stdint.h>

#include <selvage/sink.h>

struct ledger;

/* An object as the API server sent it. */
struct item {
	const char *ns, *name; /* borrowed from root; ns NULL: none */
	uint64_t version;      /* its resourceVersion; 0 if that is not a number */
	json_t *root;
};

/* Reads the names and the version; false if it has no name. */
bool item_read(json_t *root, struct item *item);

/* A resourceVersion as a number, 0 if it is none. */
uint64_t version_parse(const char *text);

/* `wide`: as of a sink. */
struct ledger *ledger_new(enum object_kind kind, bool wide);

/* Begins to gather a list; drops what was gathered before and not handed over. */
void ledger_begin(struct ledger *ledger);

/* An object of the list; one that is older than what was handed over, or than what the list had of it before, changes
 * nothing.  Is it the first of this name in the list? */
bool ledger_gather(struct ledger *ledger, const struct item *item);

/* An object that was deleted while the list was being gathered. */
void ledger_gather_del(struct ledger *ledger, const struct item *item);

/* The list is complete: puts what is new or changed, deletes what is not in it.  How many objects were that? */
size_t ledger_commit(struct ledger *ledger, const struct sink *sink);

/* Forgets an incomplete list. */
void ledger_abort(struct ledger *ledger);

/* An event: hands an object over, or its delete.  False if it is older than what was handed over. */
bool ledger_put(struct ledger *ledger, const struct item *item, const struct sink *sink);
bool ledger_del(struct ledger *ledger, const struct item *item, const struct sink *sink);

/* Takes any version for newer than those handed over: the server's history was replaced by another. */
void ledger_rewind(struct ledger *ledger);

/* Objects handed over and not deleted. */
size_t ledger_count(const struct ledger *ledger);

void ledger_free(struct ledger *ledger);

#endif
