/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other processes do to the table `inet selvage`, as the kernel tells it once they have. */
#ifndef SELVAGE_MONITOR_H
#define SELVAGE_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <selvage/err.h>
#include <selvage/nl.h>

struct monitor;

/* One transaction of another process that touched our table. */
struct intrusion {
	uint32_t pid;         /* of the process, in the first PID namespace; 0 if the kernel did not tell */
	char process[16 + 1]; /* its name; may hold any byte */
	char what[160]; /* what it did, in words; of many things the gravest, and how many more; may hold any byte */
	bool lost;      /* the kernel had more to tell than there was room for: anything may have been done */
};

/* In the current network namespace.  What is written through `nl` is ours and is not told.  ERR_IO, ERR_KERNEL. */
struct monitor *monitor_open(const struct nl *nl, struct err *err);
void monitor_close(struct monitor *monitor);

/* Readable when there may be something. */
int monitor_fd(const struct monitor *monitor);

/* The next intrusion; false if there is none at present. */
bool monitor_next(struct monitor *monitor, struct intrusion *out);

/* Was the table of nl_sources() changed by others, or by the kernel when an interface went, as far as monitor_next() has read,
 * since this was last asked? */
bool monitor_sources(struct monitor *monitor);

#endif
