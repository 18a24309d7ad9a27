/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts as an `nft -f` script.  What is printed loads, and reads back as the same facts. */
#ifndef SELVAGE_RENDER_H
#define SELVAGE_RENDER_H

#include <stdio.h>

#include <selvage/fact.h>

/* The whole table, replacing any that is there; a sorted list. */
void render_table(const struct facts *facts, FILE *out);

#endif
