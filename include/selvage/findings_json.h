/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as a JSON value, for who has more to say than they. */
#ifndef SELVAGE_FINDINGS_JSON_H
#define SELVAGE_FINDINGS_JSON_H

#include <jansson.h>

#include <selvage/findings_write.h>

/* What findings_write() writes as JSON; yours. */
json_t *findings_json(const struct findings_report *report);

#endif
