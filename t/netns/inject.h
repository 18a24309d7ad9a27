/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults in what this process says to the kernel over netlink, or hears from it. */
#ifndef INJECT_H
#define INJECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define INJECT_MOST 2

enum inject_mode {
	INJECT_BEFORE, /* the call fails and nothing has happened */
	INJECT_LOST,   /* the kernel did it, or gave its answer, and the caller is told that it failed */
	INJECT_MODE_COUNT
};

/* The call with this number, from 0, fails with errno `sys`. */
struct fault {
	unsigned at;
	int sys;
	enum inject_mode mode;
};

/* From now on calls on netlink sockets are counted, and those of the faults fail: n of them, at most INJECT_MOST.  None of
 * them waits: the kernel's answer is there when a request has been sent, or it never comes. */
void inject_arm(const struct fault *faults, size_t n);

/* Holds the counting for what is not to be disturbed, and goes on with it. */
void inject_pause(bool pause);

/* So many milliseconds pass in no time, on the monotonic clock. */
void inject_wait(int ms);

/* Ends it; how many calls there were. */
unsigned inject_disarm(void);

#endif
