/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An audit to look at: one page of HTML that needs nothing but itself. */
#ifndef SELVAGE_HTML_H
#define SELVAGE_HTML_H

#include <jansson.h>
#include <stdio.h>

#include <selvage/err.h>

/* Writes the page with the JSON of an audit in it, in ASCII but for texts of ours.  Nothing in the JSON can become markup,
 * and the page's Content-Security-Policy lets no script run and no style count but the page's own.  Takes the value.  -1
 * with ERR_IO when the stream fails. */
int html_write(json_t *take, FILE *out, struct err *err) __attribute__((warn_unused_result));

#endif
