/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may a selector that matches nothing have meant?  Each gives "; did you mean ...?" or "", yours to free(). */
#ifndef SELVAGE_AUDIT_MEANT_H
#define SELVAGE_AUDIT_MEANT_H

#include "audit_parts.h"

/* Of pods of this namespace. */
char *audit_meant_pods(const struct audit_view *view, const char *ns, const struct selector *selector);

/* Of namespaces. */
char *audit_meant_namespaces(const struct audit_view *view, const struct selector *selector);

/* Of pods of the namespaces that another selector matches. */
char *audit_meant_peer(const struct audit_view *view, const struct selector *namespaces, const struct selector *pods);

#endif
