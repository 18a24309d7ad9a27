/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts in the kernel of the current network namespace, for tests, and nft for a second opinion. */
#ifndef FACTS_KERNEL_H
#define FACTS_KERNEL_H

#include <selvage/nl.h>

struct tally {
	int n, failed;
};

/* One TAP line. */
bool ok(struct tally *tally, bool good, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Equal, or a diagnostic of what differs. */
bool facts_same(const struct facts *have, const struct facts *want);

/* Does the kernel hold these facts? */
bool kernel_is(struct nl *nl, const struct facts *want);

/* Brings the kernel from `have` to `want`. */
bool kernel_bring(struct nl *nl, const struct facts *have, const struct facts *want, struct nl_stats *stats);

/* Brings it there from nothing. */
bool kernel_fresh(struct nl *nl, const struct facts *want, struct nl_stats *stats);

/* Runs nft commands; their output, yours to free, or NULL. */
char *nft_run(const char *commands);
bool nft_do(const char *commands);

/* A table with a hook, a list `allow` and its `n` peers 10.0.0.0 and up; yours to free. */
void facts_large(uint32_t n, struct facts *out);

#endif
