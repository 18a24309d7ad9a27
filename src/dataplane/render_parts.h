/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scripts for nft are made of. */
#ifndef SELVAGE_DATAPLANE_RENDER_PARTS_H
#define SELVAGE_DATAPLANE_RENDER_PARTS_H

#include <selvage/render.h>

/* An element as its set has it, with its comment and verdict. */
void render_element(const struct fact *element, const struct fact *set, FILE *out);

/* Its steps and comment, without an end of the line. */
void render_rule(const struct chain_rule *rule, FILE *out);

#endif
