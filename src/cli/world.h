/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster that an offline command was pointed at. */
#ifndef SELVAGE_WORLD_H
#define SELVAGE_WORLD_H

#include <stddef.h>

#include <selvage/kubeconf.h>
#include <selvage/store.h>

#include "cli.h"

/* Which API server: the options of every command that can ask one. */
#define LIVE_OPTIONS                                                                                    \
	{"kubeconfig", 0, "FILE", "how to reach the API server, as kubectl reads it"},                  \
	{                                                                                               \
		"context", 0, "NAME", "the context of the kubeconfig to use (default: its current one)" \
	}

/* Where every command that reads a cluster reads it. */
#define WORLD_OPTIONS \
	{"from", 0, "PATH", "read the cluster from a file, a directory or - (stdin); default: live"}, LIVE_OPTIONS

struct world {
	struct store *store;
	size_t problems; /* documents or fields that could not be read; they are on standard error already */
};

/* Reads the cluster, resources and details too if it is to be `wide` (sink.h); false after a message that says why not.
 * Yours to world_fini(). */
bool world_read(const struct args *args, bool wide, struct world *out);

/* The exit code of a command that answered `code`: incomplete if something could not be read. */
enum exit_code world_code(const struct world *world, enum exit_code code);

void world_fini(struct world *world);

/* Does the command line name one source of objects at most?  False after a message. */
bool source_clear(const struct args *args);

/* Reads how to reach the API server; false after a message.  Yours to kubeconf_fini(). */
bool live_conf(const struct args *args, struct kubeconf *out);

#endif
