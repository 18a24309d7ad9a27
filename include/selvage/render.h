/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts as an `nft -f` script.  What is printed loads, and reads back as the same facts. */
#ifndef SELVAGE_RENDER_H
#define SELVAGE_RENDER_H

#include <stdio.h>

#include <selvage/fact.h>

/* The whole table, replacing any that is there; a sorted list without what is not of our making.  Ports are asked of
 * TCP, UDP and SCTP only: of a rule that has named another protocol, nft 1.0.6 lists them as something else, or
 * crashes. */
void render_table(const struct facts *facts, FILE *out);

/*
 * The commands that turn the table of `have` into that of `want`; `patch` is the difference of the two, as diff_run() gives
 * it.  They are one transaction of nft -f: chains that change are flushed and filled again.  Nothing for no difference; the
 * whole table where something must be made anew (diff_anew()).
 */
void render_patch(const struct facts *have, const struct facts *want, const struct patch *patch, FILE *out);

#endif
