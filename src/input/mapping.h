/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A YAML mapping while it is read: which keys may come again, and what "<<" brings in. */
#ifndef SELVAGE_INPUT_MAPPING_H
#define SELVAGE_INPUT_MAPPING_H

#include "fault.h"

struct mapping {
	json_t *object; /* borrowed */
	json_t *merged; /* its keys came from "<<"; NULL if there was none */
	struct marks *marks;
	const char *under; /* the key that it stands under, itself or in a list */
};

/* Takes the value.  -1 if the mapping has that key already. */
int mapping_put(struct mapping *m, const char *key, struct spot key_spot, json_t *value, struct spot value_spot,
		struct fault *fault);

/*
 * "<<: *other" or "<<: [*first, *second]".  As in the YAML library of Kubernetes, what is merged overrides the keys
 * that stand before it and is overridden by those behind; of several, the first has precedence.  -1 if it is neither.
 */
int mapping_merge(struct mapping *m, struct spot spot, const json_t *value, struct fault *fault);

void mapping_fini(struct mapping *m);

#endif
