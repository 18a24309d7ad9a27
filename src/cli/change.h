/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The world as a change makes it: -f and --delete over the cluster that there is. */
#ifndef SELVAGE_CLI_CHANGE_H
#define SELVAGE_CLI_CHANGE_H

#include "world.h"

#define CHANGE_OPTIONS                                                                                          \
	{"filename", 'f', "PATH...", "objects to apply: a file, a directory or - (stdin); may be given again"}, \
	{                                                                                                       \
		"delete", 0, "KIND/NS/NAME...", "an object to delete; may be given again"                       \
	}

/*
 * A copy of the base with what -f holds in place of objects of the same kind, namespace and name, and without what --delete
 * names; its changes (store_changes()) are what is not as in the base.  Of a pod without a status what the base knows is
 * kept; a workload rolls out; with a namespace goes what is in it.  False after a message.  Yours to world_fini().
 */
bool change_read(const struct args *args, const struct world *base, struct world *out);

#endif
