/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificates that the API server's must be signed by, read again every few minutes: they are rotated. */
#ifndef SELVAGE_INPUT_TRUST_H
#define SELVAGE_INPUT_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/kubeconf.h>
#include <selvage/mono.h>

struct trust {
	const struct kubeconf_pem *ca; /* borrowed */
	char *text;                    /* PEM, of ca's file; NULL: not read yet, or it has none */
	size_t size;
	struct mono read;
	bool doubted; /* the server's certificate did not fit: read again now */
};

/* The PEM text to trust, borrowed until the next call; *text is NULL if the system's own certificates count.  A file that
 * is empty, half-written or unreadable leaves what was read before; -1 if there is nothing yet. */
int trust_get(struct trust *trust, struct mono now, const char **text, size_t *size, struct err *err)
	__attribute__((warn_unused_result));

/* Is this at least one certificate in PEM, and nothing cut off? */
bool trust_whole(const char *text, size_t size);

void trust_fini(struct trust *trust);

#endif
