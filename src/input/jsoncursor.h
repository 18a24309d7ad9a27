/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in a JSON text are we, and is there more of it? */
#ifndef SELVAGE_INPUT_JSONCURSOR_H
#define SELVAGE_INPUT_JSONCURSOR_H

#include "pane.h"

struct jsoncursor {
	struct pane *pane;
	const char *p, *end; /* end: of what is there */
	const char *from;    /* nothing before it is needed any more; NULL: nothing before p */
};

struct jsoncursor jsoncursor_at(struct pane *pane, const char *p);

/* Goes to a place that may not be there any more. */
void jsoncursor_go(struct jsoncursor *c, const char *p);

/* Is there more of the text than up to the end?  The end moves then, by at least as much as there is. */
bool jsoncursor_more(struct jsoncursor *c);

/* The next byte that is no white space, without a step over it; 0 at the end of the text. */
char jsoncursor_next(struct jsoncursor *c);

/* Over the string that starts here, whether it is valid or not. */
void jsoncursor_string(struct jsoncursor *c);

/* Over the value that starts here, whether it is valid or not. */
void jsoncursor_value(struct jsoncursor *c);

#endif
