/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sections of a kubeconfig file say. */
#ifndef SELVAGE_INPUT_KUBECONF_PARTS_H
#define SELVAGE_INPUT_KUBECONF_PARTS_H

#include <selvage/kubeconf.h>

#include "kubeconf_files.h"

/* Reads a section into the fields of conf that it decides. */
int kubeconf_cluster(const struct section *section, struct kubeconf *conf, struct err *err)
	__attribute__((warn_unused_result));
int kubeconf_user(const struct section *section, struct kubeconf *conf, struct err *err)
	__attribute__((warn_unused_result));

/* A copy of text, NULL of NULL; yours to free. */
char *kubeconf_copy(const char *text);

/* A copy of the text at a key of a section, NULL if there is none; yours to free.  After the first mistake, which is put
 * into err, it reads no more. */
char *section_text(const struct section *section, const char *key, struct err *err);

#endif
