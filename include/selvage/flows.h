/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that conntrack(8) listed: `conntrack -L` as it is, with `-o extended`, `-o id`, `-o ktimestamp` and `-o xml`,
 * and /proc/net/nf_conntrack.
 */
#ifndef SELVAGE_FLOWS_H
#define SELVAGE_FLOWS_H

#include <selvage/flow.h>
#include <selvage/problem.h>

struct flows_calls {
	void (*flow)(void *ctx, const struct flow *flow);
	void (*problem)(void *ctx,
			const struct problem *problem); /* borrowed for the call; what follows is read all the same */
	void *ctx;
};

/* Reads a file ("-": standard input).  Which format it is, its first byte says.  -1 with ERR_IO, ERR_PERM or ERR_ABSENT. */
int flows_read(const char *path, const struct flows_calls *calls, struct err *err) __attribute__((warn_unused_result));

/* The same of text that is there already and ends with a NUL; `file` is an atom, or NULL. */
void flows_parse(const char *file, const char *text, size_t size, const struct flows_calls *calls);

#endif
