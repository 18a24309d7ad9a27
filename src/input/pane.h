/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a text say, where it is being read?  All of it has its place in memory, but of a large file only the part is
 * there that somebody needs at the moment: a whole cluster is read in little more memory than what becomes of it.  A file
 * is read, not mapped: one that others shorten meanwhile must not end the process.
 */
#ifndef SELVAGE_INPUT_PANE_H
#define SELVAGE_INPUT_PANE_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/err.h>

#define PANE_STEP ((size_t)1 << 20) /* bytes that are read at once; files of fewer than four times as many whole */

struct pane {
	char *at; /* bytes that are not there must not be read */
	size_t size;
	size_t from, to; /* what is there */
	int fd;          /* -1: all is there, always */
	bool owned;
	bool torn; /* the file became shorter while it was read */
};

/* A file, "-" for standard input.  Yours to pane_close().  -1 with ERR_IO, ERR_PERM or ERR_ABSENT. */
int pane_open(const char *path, struct pane *out, struct err *err) __attribute__((warn_unused_result));

/* A text that is in memory already; borrowed. */
struct pane pane_of(const char *text, size_t size);

/* Sees to it that the bytes are there from `from` to `to`, or to the text's end.  Nothing before `from` is, from then on. */
void pane_need(struct pane *pane, size_t from, size_t to);

/* The line that starts at `from`, without its newline; its length is in *n.  False at the end of the text. */
bool pane_line(struct pane *pane, size_t from, size_t *n);

void pane_close(struct pane *pane);

#endif
