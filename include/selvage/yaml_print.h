/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON values as YAML documents (libyaml): what looks like something else than the string it is comes out quoted. */
#ifndef SELVAGE_YAML_PRINT_H
#define SELVAGE_YAML_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include <selvage/err.h>

struct yaml_printer;

/* Borrows the stream until yaml_print_end(). */
struct yaml_printer *yaml_print_begin(FILE *out);

/* One document; borrows the value.  -1 with ERR_IO when the stream fails. */
int yaml_print(struct yaml_printer *printer, json_t *value, struct err *err) __attribute__((warn_unused_result));

/* Frees the printer. */
void yaml_print_end(struct yaml_printer *printer);

/* A string in UTF-8 as it stands behind a key: one line without its newline, yours to free(). */
char *yaml_print_scalar(const char *text);

#endif
