/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the API server list, page by page? */
#include <stdlib.h>
#include <string.h>

#include <selvage/mem.h>

#include "watch_parts.h"

/* Seconds; a server that refuses one request may end the connection, and with it requests that have no fault. */
#define BROKEN_WAIT 0.1

/* One object of the list. */
static int on_item(void *ctx, const char *text, size_t size, struct err *err)
{
	struct watch *watch = ctx;
	json_t *root = watch_parse(text, size, err);
	struct item item;
	int status;

	if (!root)
		return -1;
	status = watch_item(watch, root, &item, err);
	if (!status)
		ledger_gather(watch->ledger, &item);
	json_decref(root);
	return status;
}

static int on_bytes(void *ctx, const char *bytes, size_t n)
{
	struct watch *watch = ctx;
	struct err err = {0};

	if (!frames_feed(&watch->frames, bytes, n, on_item, watch, &err))
		return 0;
	watch->rejected = true;
	memcpy(watch->refusal.message, err.msg, sizeof watch->refusal.message - 1);
	return -1;
}

/* The list without its items; NULL if it is none. */
static json_t *read_envelope(const struct watch *watch, struct err *err)
{
	const struct frames_text *text = &watch->frames.envelope;
	json_t *root = watch_parse(text->at, text->n, err), *items = json_object_get(root, "items");

	if (!root || json_is_null(items) || (json_is_array(items) && !json_array_size(items)))
		return root;
	json_decref(root);
	err_set(err, ERR_INPUT, "the API server sent no list");
	return NULL;
}

static const char *next_of(const json_t *root)
{
	const char *next = json_string_value(json_object_get(json_object_get(root, "metadata"), "continue"));

	return next && *next ? next : NULL;
}

/* A page is there: gets the next one, or hands the list over. */
static void page_read(struct watch *watch, const json_t *root)
{
	const char *version = watch_version(root), *next = next_of(root);

	if (watch_too_old(watch, version)) {
		watch_list_drop(watch);
		watch_retry(watch, "the API server's state is older than what it told before", 0);
		return;
	}
	if (!watch->list_version)
		watch->list_version = mem_copy(version, strlen(version) + 1);
	free(watch->next_page);
	watch->next_page = next ? mem_copy(next, strlen(next) + 1) : NULL;
	watch->failed = 0;
	if (watch->setup.paged)
		watch->setup.paged(watch->setup.ctx, watch);
	if (!next) {
		watch_commit(watch);
		watch_report(watch, false, "");
	}
	if (next || !watch->setup.once)
		watch_next(watch);
}

static void page_whole(struct watch *watch)
{
	struct err err = {0};
	json_t *root;

	if (!frames_complete(&watch->frames)) {
		watch_retry(watch, "the API server's list broke off", 0);
		return;
	}
	root = read_envelope(watch, &err);
	if (root)
		page_read(watch, root);
	else
		watch_retry(watch, err.msg, 0);
	json_decref(root);
}

static void page_done(void *ctx, const struct http_result *result)
{
	struct watch *watch = ctx;
	struct refusal refusal;

	watch->request = NULL;
	watch->unreachable = http_unreachable(result);
	if (watch->verifying && (watch->rejected || result->outcome != HTTP_ANSWERED || result->status / 100 != 2)) {
		watch->state.failures++;
		watch_verify_drop(watch);
		watch_next(watch);
	} else if (watch->rejected) {
		watch->state.rejected++;
		watch_retry(watch, watch->refusal.message, 0);
	} else if (result->outcome != HTTP_ANSWERED) {
		watch_retry(watch, result->error, result->outcome == HTTP_BROKEN ? BROKEN_WAIT : 0);
	} else if (result->status / 100 == 2) {
		page_whole(watch);
	} else {
		refusal_from(result, &refusal);
		watch_refused(watch, "list", &refusal);
	}
}

/* What the list must not be older than, as a resourceVersion. */
static const char *list_from(const struct watch *watch)
{
	if (watch->verifying)
		return watch->version;
	if (watch->from == FROM_ANY)
		return "0";
	return watch->from == FROM_LAST ? watch->version : "";
}

void watch_list_page(struct watch *watch)
{
	const struct watch_pace *pace = watch->setup.pace;
	struct http_patience patience = {pace->head, pace->list_silence};
	struct http_calls calls = {.data = on_bytes, .done = page_done, .ctx = watch};
	struct query query = watch_query(watch, list_from(watch));
	char *path;

	query.exact = watch->verifying;
	path = query_list(&query, watch->next_page, watch->one_page ? 0 : LIST_LIMIT);
	if (!watch->next_page)
		ledger_begin(watch->ledger);
	watch->frames.list = true;
	frames_reset(&watch->frames);
	watch->phase = PHASE_LIST;
	watch->request = http_get(watch->setup.http, path, &patience, &calls);
	free(path);
}
