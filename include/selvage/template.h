/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pods that a workload will have: as real ones for who evaluates files in which there are none. */
#ifndef SELVAGE_TEMPLATE_H
#define SELVAGE_TEMPLATE_H

#include <selvage/resource.h>

/*
 * Puts a pod into the store for every workload that asks for pods, belongs to no other and has none there, as helm and
 * kustomize print them.  It is called as the workload is, with the kind in front where a pod is called so, and has no
 * address yet.
 */
void template_add_pods(struct store *store);

/* A workload is to be what `workload` says: the pods that it has take over labels and ports of its template, as a rollout
 * brings them; with no replicas they go.  Who has none gets one as template_add_pods() makes them. */
void template_roll_out(struct store *store, const struct workload *workload);

/* Removes the pods of a workload, as garbage collection does when it is deleted. */
void template_remove_pods(struct store *store, const struct workload *workload);

/* Did one of the above make this pod up? */
bool template_made(const struct pod *pod);

#endif
