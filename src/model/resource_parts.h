/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What object.c has from resource.c. */
#ifndef SELVAGE_MODEL_RESOURCE_PARTS_H
#define SELVAGE_MODEL_RESOURCE_PARTS_H

#include <selvage/resource.h>

/* Free what a resource holds, not the resource itself. */
void workload_fini(struct workload *workload);
void service_fini(struct service *service);
void endpoints_fini(struct endpoints *endpoints);
void route_fini(struct route *route);
void hook_fini(struct hook *hook);
void node_fini(struct node *node);

/* Frees the detail too; NULL is allowed. */
void pod_detail_free(struct pod_detail *detail);

#endif
