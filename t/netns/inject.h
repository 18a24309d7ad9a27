/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One fault in what this process says to the kernel over netlink, or hears from it. */
#ifndef INJECT_H
#define INJECT_H

#include <limits.h>
#include <stdbool.h>

enum inject_mode {
	INJECT_BEFORE, /* the call fails and nothing has happened */
	INJECT_LOST,   /* the kernel did it, or gave its answer, and the caller is told that it failed */
	INJECT_MODE_COUNT
};

#define INJECT_NEVER UINT_MAX

/* From now on calls on netlink sockets are counted, from 0, and the one with this number fails with errno `sys`.  None of
 * them waits: the kernel's answer is there when a request has been sent, or it never comes. */
void inject_arm(unsigned at, int sys, enum inject_mode mode);

/* Holds the counting for what is not to be disturbed, and goes on with it. */
void inject_pause(bool pause);

/* Ends it; how many calls there were. */
unsigned inject_disarm(void);

#endif
