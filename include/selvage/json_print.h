/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A JSON value on paper: as JSON or as YAML, with no byte that a terminal would obey. */
#ifndef SELVAGE_JSON_PRINT_H
#define SELVAGE_JSON_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include <selvage/format.h>

/* Indented JSON or one YAML document, by format (one of FORMATS_JSON, aborts on others), in ASCII.  Takes the value.  -1
 * with ERR_IO when the stream fails. */
int json_print(json_t *take, enum format format, FILE *out, struct err *err) __attribute__((warn_unused_result));

/* One line of compact JSON in ASCII.  Takes the value. */
void json_print_line(json_t *take, FILE *out);

/* A JSON string of any bytes: what is not UTF-8 is written as text_safe() does. */
json_t *json_text(const char *text);

#endif
