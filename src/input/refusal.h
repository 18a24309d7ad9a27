/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the API server says when it does not do what it was asked (meta/v1 Status), in an answer or in a watch. */
#ifndef SELVAGE_INPUT_REFUSAL_H
#define SELVAGE_INPUT_REFUSAL_H

#include <jansson.h>
#include <stdbool.h>

#include "http.h"

struct refusal {
	long code;       /* as in HTTP; 0: it was no Status */
	char reason[64]; /* "Expired"; may be empty */
	char message[256];
	double retry_after; /* seconds; 0: it does not say */
	bool too_new;       /* it is not yet where we were: "Too large resource version" */
};

/* From the Status in an ERROR event. */
void refusal_read(const json_t *status, struct refusal *refusal);

/* From an answer that is not 2xx. */
void refusal_from(const struct http_result *result, struct refusal *refusal);

/* Is what was asked for no longer to be had, so that only a new list helps? */
bool refusal_expired(const struct refusal *refusal);

/* One sentence: which verb on which resource went wrong, and why.  `needs`: the verbs that a role must have. */
void refusal_print(const struct refusal *refusal, const char *verb, const char *resource, const char *needs, char *text,
		   size_t size);

#endif
