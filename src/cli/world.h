/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster that an offline command was pointed at. */
#ifndef SELVAGE_WORLD_H
#define SELVAGE_WORLD_H

#include <stddef.h>

#include <selvage/folder.h>
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

/* Policies that are proposed. */
#define PROPOSAL_OPTIONS                                                                                         \
	{"shadow", 0, "PATH...",                                                                                 \
	 "count what the policies of a file or directory would drop beside those enforced; may be given again"}, \
	{                                                                                                        \
		"filename", 'f', "PATH...", "the same as --shadow"                                               \
	}

struct world {
	struct store *store;
	size_t problems; /* documents or fields that could not be read; they are on standard error already */
	uint32_t
		unknown_kinds; /* 1 << kind: may have objects that the API server does not let us list; likewise said */
	bool counting;         /* a line of progress stands on standard error */
};

enum world_read {
	WORLD_NARROW,  /* what decides packets */
	WORLD_WIDE,    /* resources and details too (sink.h) */
	WORLD_LENIENT, /* wide, and without pods, namespaces or policies too if they may not be listed */
};

/* Reads the cluster; false after a message that says why not.  Yours to world_fini(). */
bool world_read(const struct args *args, enum world_read how, struct world *out);

/* Reads a file, a directory or "-" into the world's store, resources too; what it holds already is replaced by (kind,
 * namespace, name).  False after a message. */
bool world_add(const struct args *args, const char *path, struct world *world);

/* Are all objects of this kind known? */
bool world_knows(const struct world *world, enum object_kind kind);

/* The exit code of a command that answered `code`: incomplete if something could not be read or listed. */
enum exit_code world_code(const struct world *world, enum exit_code code);

void world_fini(struct world *world);

/* What is only proposed (--shadow, -f), opened but not loaded: NULL if nothing is, or after a message, when *ok is false.
 * Yours to folder_close(). */
struct folder *proposal_open(const struct args *args, const struct sink *sink, bool watch, bool *ok);

/* Is anything proposed? */
bool proposal_given(const struct args *args);

/* Does the command line name one source of objects at most?  False after a message. */
bool source_clear(const struct args *args);

/* Reads how to reach the API server; false after a message.  Yours to kubeconf_fini(). */
bool live_conf(const struct args *args, struct kubeconf *out);

#endif
