/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An API server that does nothing but send what it was given beforehand, as fast as it is read: lists, page by page or at
 * the beginning of a watch, and events.  HTTP/1.1 on 127.0.0.1, a thread for each connection.
 */
#ifndef SELVAGE_BENCH_API_H
#define SELVAGE_BENCH_API_H

#include <stdbool.h>
#include <stdint.h>

#include <selvage/object.h>

#include "cluster.h"

#define API_PORT 8001

struct api;

/* Serves a cluster from now on.  Without watch_list it refuses watches that begin with a list, as older servers do. */
struct api *api_start(const struct cluster *cluster, bool watch_list);

/* How many it has got. */
unsigned api_requests(struct api *api);

/* MB that it has sent. */
double api_sent(struct api *api);

/* Is somebody watching pods? */
bool api_watched(struct api *api);

/* An event about a pod; to be freed. */
char *api_event(struct api *api, const char *type, const struct cluster *cluster, unsigned pod, unsigned edition);

/* Sends it to whoever watches pods; the time when it began to, ns. */
int64_t api_send(struct api *api, const char *event);

/* Stops to serve; the agent must be gone. */
void api_stop(struct api *api);

#endif
