/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ready policies of policies/, as they stand there; policy_texts.c is made from them. */
#ifndef SELVAGE_POLICY_TEXTS_H
#define SELVAGE_POLICY_TEXTS_H

struct policy_text {
	const char *name; /* "allow-dns" */
	const char *text; /* comments and all */
};

/* Ends with a NULL name. */
extern const struct policy_text policy_texts[];

#endif
