/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that came from users, made safe for terminals, logs and nft strings. */
#ifndef SELVAGE_TEXT_H
#define SELVAGE_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Prints s with every control byte, DEL and byte that is not valid UTF-8 as \xNN: no terminal escape gets through. */
void text_safe(FILE *out, const char *s);

/* Bytes of the character at s that may be shown as it is, or 0 if its first byte must be written as \xNN. */
size_t text_char(const char *s);

/* The name nearest to `word` among n, or NULL: for "did you mean".  Near is an edit distance of 2, or 1 for words shorter
 * than 5; of equally near names the first. */
const char *text_nearest(const char *word, const char *const *names, size_t n);

/* A stream into memory: text and size are set by text_close(), and the text is yours to free().  Without memory both abort. */
FILE *text_open(char **text, size_t *size);
void text_close(FILE *out);

#endif
