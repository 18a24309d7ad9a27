/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's unix socket, for root on this machine: GET /status (a JSON document) and GET /monitor (a line of JSON for
 * each dropped packet that the kernel tells of, until the client has enough).
 */
#ifndef SELVAGE_LOCAL_H
#define SELVAGE_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <selvage/err.h>

#define LOCAL_PATH "/run/selvage/agent.sock"

struct event_base;
struct local;

struct local_source {
	void (*status)(void *ctx, FILE *out); /* writes the document */
	void *ctx;
};

/* For a socket at this path, which is borrowed.  Listens nowhere yet. */
struct local *local_new(struct event_base *base, const char *path, const struct local_source *source);

/*
 * Listens, unless it does: mode 0600, in place of what an agent left that is gone.  One that lives keeps its socket until
 * `mine` says that the node is ours: ERR_BUSY.  ERR_IO or ERR_PERM: there can be no socket there.
 */
int local_open(struct local *local, bool mine, struct err *err) __attribute__((warn_unused_result));

/* Sends a line, with its end, to all who monitor.  Who does not read it in time misses it, and is told how many he did. */
void local_tell(struct local *local, const char *line, size_t n);

/* Does anybody monitor? */
bool local_heard(const struct local *local);

/* Removes the socket if it is still ours. */
void local_free(struct local *local);

#endif
