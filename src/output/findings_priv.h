/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writers of findings, one per format. */
#ifndef SELVAGE_OUTPUT_FINDINGS_PRIV_H
#define SELVAGE_OUTPUT_FINDINGS_PRIV_H

#include <jansson.h>

#include <selvage/findings_json.h>

void findings_table(const struct findings_report *report, const struct table_form *form, FILE *out);
void findings_github(const struct findings_report *report, FILE *out);
void findings_junit(const struct findings_report *report, FILE *out);

/* A value that is yours. */
json_t *findings_sarif(const struct findings_report *report);

/* Adds `key`, unless the text is NULL; bytes that are not UTF-8 as text_safe() writes them. */
void findings_json_text(json_t *into, const char *key, const char *text);

#endif
