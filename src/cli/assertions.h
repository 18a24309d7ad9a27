/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of assertions: who may connect to whom, and who may not. */
#ifndef SELVAGE_ASSERTIONS_H
#define SELVAGE_ASSERTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <selvage/vec.h>

struct assertion {
	char *from, *to;
	uint8_t proto; /* PROTO_ANY: ICMP */
	uint16_t port;
	bool allowed; /* what is expected */
	unsigned line;
};

struct assertions {
	VEC(struct assertion);
};

/* Reads a YAML or JSON file ("-": standard input): lists of {from, to, port, protocol, expect}.  False after messages about
 * everything in it that is no assertion, each with its place.  Yours to assertions_fini() either way. */
bool assertions_read(const char *path, struct assertions *out);
void assertions_fini(struct assertions *assertions);

#endif
