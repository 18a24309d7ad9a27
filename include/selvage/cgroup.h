/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much more memory may this process, and the kernel on its behalf, take? */
#ifndef SELVAGE_CGROUP_H
#define SELVAGE_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

struct cgroup {
	const char *self;  /* file: which cgroups are we in?  "/proc/self/cgroup" */
	const char *mount; /* folder of all hierarchies, or of the unified one: "/sys/fs/cgroup" */
};

/*
 * Bytes until the tightest limit of our memory cgroup and those above it, files' pages that the kernel can drop counted as
 * free; versions 2 (memory.max) and 1 (memory.limit_in_bytes).  False if there is no limit, or none that can be seen.
 */
bool cgroup_room(const struct cgroup *cgroup, uint64_t *room);

#endif
