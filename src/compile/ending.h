/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a chain ends in which nothing let a packet pass: counted, told to who listens, and stopped. */
#ifndef SELVAGE_ENDING_H
#define SELVAGE_ENDING_H

#include <selvage/compile.h>

enum ending {
	ENDING_POLICY, /* as the config says: dropped, or rejected, or but counted */
	ENDING_DROP,   /* dropped without a word, whatever it says: nobody honest sent it */
};

/* Appends the rules; the chain's counter and the prefix of its log have the chain's name. */
void ending_write(const struct compile_config *config, enum ending ending, struct fact *chain);

/* Appends the facts that all endings share. */
void ending_base(const struct compile_config *config, struct facts *facts);

#endif
