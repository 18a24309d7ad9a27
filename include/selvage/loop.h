/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's event loop: one thread that waits for files, the API server, signals and the next try. */
#ifndef SELVAGE_LOOP_H
#define SELVAGE_LOOP_H

#include <selvage/err.h>
#include <selvage/folder.h>
#include <selvage/kubeconf.h>
#include <selvage/reconcile.h>

/* What the agent runs on; all borrowed. */
struct loop_config {
	struct reconcile *reconcile;
	struct folder *folder;      /* where the cluster comes from: files, */
	const struct kubeconf *api; /* or an API server; the other is NULL */
	struct folder *shadow;      /* where policies are proposed, or NULL */
	const char *metrics;        /* ADDR:PORT to listen on, or NULL */
	const char *socket;         /* path of the unix socket for local questions, or NULL */
};

/*
 * Programs the node and keeps it right until SIGTERM or SIGINT; SIGHUP reads everything again, the kernel included.
 * Returns 0 when it was told to stop, -1 when it cannot run at all.  The table stays either way.
 */
int loop_run(const struct loop_config *config, struct err *err);

#endif
