/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's HTTP listener: /healthz (the loop turns), /readyz (200 or 503 with the reason), /metrics (Prometheus). */
#ifndef SELVAGE_HEALTH_H
#define SELVAGE_HEALTH_H

#include <event2/event.h>

#include <selvage/err.h>
#include <selvage/metrics.h>

struct health;

/* Where the answers come from. */
struct health_source {
	const char *(*unready)(void *ctx);     /* why the agent is not ready, borrowed for the call; NULL: it is */
	void (*remarks)(void *ctx, FILE *out); /* what people should see to all the same, a line each */
	void (*metrics)(void *ctx, struct metrics *out);
	void *ctx;
};

/* Listens on "ADDR:PORT" ("127.0.0.1:9469", "[::]:9469") on the loop.  ERR_USAGE for a malformed address, ERR_IO if it
 * cannot be listened on. */
struct health *health_new(struct event_base *base, const char *address, const struct health_source *source,
			  struct err *err);

void health_free(struct health *health);

#endif
