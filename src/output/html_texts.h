/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of src/output/html/, as they stand there; html_texts.c is made from them. */
#ifndef SELVAGE_OUTPUT_HTML_TEXTS_H
#define SELVAGE_OUTPUT_HTML_TEXTS_H

struct html_text {
	const char *name; /* "page.css" */
	const char *text;
};

/* The page itself comes first, styles and scripts follow in their order; ends with a NULL name. */
extern const struct html_text html_texts[];

#endif
