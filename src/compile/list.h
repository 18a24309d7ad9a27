/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists: the chains that a port map leads to.  A list is an ordered sequence of (peers, verdict); falling off its end
 * returns to the pod's chain.  NetworkPolicy needs one entry that accepts; tiers with deny and pass need more.
 */
#ifndef SELVAGE_LIST_H
#define SELVAGE_LIST_H

#include "profile.h"

/* Both members may be NULL, for nobody. */
struct list_entry {
	const struct peers *peers;
	const struct blocks *blocks;
	enum verdict_kind verdict; /* ACCEPT or DROP */
};

/* Appends the chain of the list to the facts and gives its name (an atom of yours).  Equal lists have equal names. */
const char *list_write(enum direction direction, const struct list_entry *entries, size_t n, const char *comment,
		       struct facts *facts);

#endif
