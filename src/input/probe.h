/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the API server for its version until it answers: what can be asked of it, and is it there at all? */
#ifndef SELVAGE_INPUT_PROBE_H
#define SELVAGE_INPUT_PROBE_H

#include "backoff.h"
#include "http.h"

struct probe;

struct probe_setup {
	struct event_base *base; /* this, http and pace are borrowed */
	struct http *http;
	const struct backoff_pace *pace;
	/* It answered; may be followed by probe_free(), but not from here. */
	void (*answered)(void *ctx);
	/* It cannot be reached; the probe goes on. */
	void (*failed)(void *ctx, const char *why);
	void *ctx;
};

struct probe *probe_new(const struct probe_setup *setup);

/* Is it known to be too old to begin watches with a list (Kubernetes 1.26 or older)?  It would ignore the wish. */
bool probe_old(const struct probe *probe);

/* Reads the answer to /version: the same question; false if it does not say. */
bool probe_read(const char *text, size_t size);

void probe_free(struct probe *probe);

#endif
