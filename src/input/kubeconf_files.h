/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kubeconfig files, merged: of two clusters, contexts or users with the same name the first counts. */
#ifndef SELVAGE_INPUT_KUBECONF_FILES_H
#define SELVAGE_INPUT_KUBECONF_FILES_H

#include <jansson.h>

#include <selvage/err.h>
#include <selvage/vec.h>

struct kubeconf_file {
	char *path; /* owned */
	json_t *root;
};

struct kubeconf_files {
	VEC(struct kubeconf_file);
};

/* One cluster, context or user. */
struct section {
	const char *what, *name; /* "cluster", "prod" */
	const char *file;        /* that it stands in; borrowed, as is json */
	const json_t *json;      /* object */
};

/* Reads a file and adds it.  ERR_ABSENT if it is not there. */
int kubeconf_files_add(struct kubeconf_files *files, const char *path, struct err *err)
	__attribute__((warn_unused_result));

/* The first current-context that is not empty, or NULL; borrowed. */
const char *kubeconf_files_current(const struct kubeconf_files *files);

/* The names in one of the lists ("clusters", "contexts", "users"), joined by ", "; yours to free, NULL if there are none. */
char *kubeconf_files_names(const struct kubeconf_files *files, const char *list);

/* Finds a section: `what` is "cluster", "context" or "user".  -1 with ERR_ABSENT, and what may have been meant. */
int kubeconf_files_find(const struct kubeconf_files *files, const char *what, const char *name, struct section *out,
			struct err *err) __attribute__((warn_unused_result));

void kubeconf_files_fini(struct kubeconf_files *files);

#endif
