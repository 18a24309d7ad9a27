/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writers of JSON in an audit have from each other. */
#ifndef SELVAGE_AUDIT_WRITE_H
#define SELVAGE_AUDIT_WRITE_H

#include <jansson.h>

#include <selvage/portset.h>

#define AUDIT_SCHEMA_VERSION 1

/* [{"proto": "TCP", "from": 80, "to": 80}]; {"proto": "any"} stands for all protocols that have no entry of their own. */
json_t *audit_ports_json(const struct portset *ports);

#endif
