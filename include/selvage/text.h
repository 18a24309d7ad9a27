/* Text that came from users, made safe for terminals, logs and nft strings. */
#ifndef SELVAGE_TEXT_H
#define SELVAGE_TEXT_H

#include <stdio.h>

/* Prints s with every control byte, DEL and byte that is not valid UTF-8 as \xNN: no terminal escape gets through. */
void text_safe(FILE *out, const char *s);

/* The edit distance-1 or -2 neighbour of `word` among n names, or NULL: for "did you mean". */
const char *text_nearest(const char *word, const char *const *names, size_t n);

#endif
