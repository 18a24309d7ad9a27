/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thing that is wrong with a document, with its place, as compilers print them. */
#ifndef SELVAGE_PROBLEM_H
#define SELVAGE_PROBLEM_H

#include <stdio.h>

#include <selvage/object.h>

struct problem {
	struct source source; /* file NULL: no file; line 0: the file as a whole */
	char *message;        /* "networkpolicy shop/db: spec.ingress[0].ports[0].port: must be 1 to 65535, is 70000" */
	char *text;           /* the line it stands in, without its newline, or NULL */
};

/* "a.yaml:3:7: error: MESSAGE", the line and a caret under the column; control bytes come out as \xNN. */
void problem_print(const struct problem *problem, FILE *out);

void problem_fini(struct problem *problem);

#endif
