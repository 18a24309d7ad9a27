/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thing that is wrong with a document, with its place, as compilers print them. */
#ifndef SELVAGE_PROBLEM_H
#define SELVAGE_PROBLEM_H

#include <stddef.h>
#include <stdio.h>

#include <selvage/object.h>

enum problem_kind {
	PROBLEM_FILE,   /* a file or directory that cannot be read */
	PROBLEM_SYNTAX, /* a document that cannot be parsed */
	PROBLEM_REPEATED_KEY,
	PROBLEM_REPEATED_OBJECT,
	PROBLEM_VERSION, /* an apiVersion that is not known */
	/* what the API server refuses */
	PROBLEM_TYPE,
	PROBLEM_UNKNOWN_FIELD,
	PROBLEM_REQUIRED,
	PROBLEM_INVALID,
	PROBLEM_UNSUPPORTED,
	PROBLEM_FORBIDDEN,
	/* what it takes, and what hardly means what was meant */
	PROBLEM_EMPTY_LIST,
	PROBLEM_EMPTY_SELECTOR,
	PROBLEM_HOST_BITS,
	PROBLEM_MAPPED_ADDRESS,
	PROBLEM_DNS_TCP_ONLY,
	PROBLEM_TYPES_IGNORED,
	PROBLEM_TYPES_IMPLICIT,
	PROBLEM_PEER_LIST_OR,
	PROBLEM_KIND_COUNT
};

struct problem {
	enum problem_kind kind;
	struct source source; /* file NULL: no file; line 0: the file as a whole */
	size_t title;  /* bytes of the message that name the object, "networkpolicy shop/db: "; 0: none is named */
	char *message; /* "networkpolicy shop/db: spec.ingress[0].ports[0].port: must be 1 to 65535, is 70000" */
	char *text;    /* the line it stands in, without its newline, or NULL */
};

/* "a.yaml:3:7: error: MESSAGE", the line and a caret under the column; control bytes come out as \xNN. */
void problem_print(const struct problem *problem, FILE *out);

/* The same of anything that stands somewhere in a text: "a.yaml:3:7: WHAT: ", `message` and `message_end`, one behind the
 * other, and the line with its caret if text is not NULL. */
void problem_show(const struct source *source, const char *what, const char *message, const char *message_end,
		  const char *text, FILE *out);

void problem_fini(struct problem *problem);

#endif
