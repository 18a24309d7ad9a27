/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of get, list and watch requests (Kubernetes API Concepts: "Efficient detection of changes"). */
#ifndef SELVAGE_INPUT_QUERY_H
#define SELVAGE_INPUT_QUERY_H

#include <stdbool.h>

struct query {
	const char *path;     /* "/api/v1/pods" */
	const char *selector; /* fieldSelector; NULL: none */
	const char *version;  /* resourceVersion: "" the newest there is, "0" any */
	bool exact;           /* a list of that version and no other */
};

/* One page of a list, yours to free.  `next`: the continue token, NULL for the first page; limit 0: all in one. */
char *query_list(const struct query *query, const char *next, unsigned limit);

/* One object of a resource that has no namespaces; yours to free. */
char *query_object(const char *path, const char *name);

/* A watch that the server ends after `seconds`; yours to free.  `initial`: it begins with all objects there are. */
char *query_watch(const struct query *query, bool initial, unsigned seconds);

#endif
