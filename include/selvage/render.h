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

#endif
