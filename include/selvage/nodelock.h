/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One agent for each network namespace, whoever may write to its table.  A lock on a file that outlives nobody: the kernel
 * gives it up with the process, however that ends.  It is seen by agents with the same /run/selvage.
 */
#ifndef SELVAGE_NODELOCK_H
#define SELVAGE_NODELOCK_H

#include <stdbool.h>

#include <selvage/err.h>

struct nodelock {
	char path[64];
	int fd; /* -1: not ours */
};

/* Of the current network namespace; nothing is taken yet. */
struct nodelock nodelock_here(void);

/* Takes it, unless it is ours.  ERR_BUSY: another process has it, and which; ERR_IO or ERR_PERM: nobody can tell. */
int nodelock_take(struct nodelock *lock, struct err *err) __attribute__((warn_unused_result));

/* Gives it up if it is ours. */
void nodelock_free(struct nodelock *lock);

#endif
