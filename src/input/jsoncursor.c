/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in a JSON text are we, and is there more of it? */
#include <string.h>

#include "jsoncursor.h"

struct jsoncursor jsoncursor_at(struct pane *pane, const char *p)
{
	struct jsoncursor c = {.pane = pane};

	jsoncursor_go(&c, p);
	return c;
}

void jsoncursor_go(struct jsoncursor *c, const char *p)
{
	size_t at = (size_t)(p - c->pane->at);

	pane_need(c->pane, at, at + 1);
	c->p = p;
	c->end = c->pane->at + c->pane->to;
}

bool jsoncursor_more(struct jsoncursor *c)
{
	const char *from = c->from ? c->from : c->p;
	size_t at = (size_t)(from - c->pane->at), to = (size_t)(c->end - c->pane->at);

	if (to == c->pane->size)
		return false;
	pane_need(c->pane, at, to + (to - at) + 1);
	c->end = c->pane->at + c->pane->to;
	return true;
}

/* Over the spaces that are there, many at once: of an indented text they are the most. */
static void step_spaces(struct jsoncursor *c)
{
	static const char spaces[8] = "        ";

	while (c->end - c->p >= 8 && !memcmp(c->p, spaces, sizeof spaces))
		c->p += sizeof spaces;
	while (c->p < c->end && *c->p == ' ')
		c->p++;
}

char jsoncursor_next(struct jsoncursor *c)
{
	for (;;) {
		step_spaces(c);
		if (c->p == c->end) {
			if (!jsoncursor_more(c))
				return 0;
		} else if (*c->p == '\n' || *c->p == '\r' || *c->p == '\t') {
			c->p++;
		} else {
			return *c->p;
		}
	}
}

/* Over one byte of a string, and what it escapes. */
static void step_escaped(struct jsoncursor *c)
{
	c->p++;
	if (c->p < c->end || jsoncursor_more(c))
		c->p++;
}

void jsoncursor_string(struct jsoncursor *c)
{
	c->p++;
	do {
		while (c->p < c->end && *c->p != '"') {
			if (*c->p == '\\')
				step_escaped(c);
			else
				c->p++;
		}
		if (c->p < c->end) {
			c->p++;
			return;
		}
	} while (jsoncursor_more(c));
}

/* Over one byte that is in no string; false at what ends the value. */
static bool step_value(struct jsoncursor *c, size_t *depth)
{
	bool opens = *c->p == '{' || *c->p == '[', closes = *c->p == '}' || *c->p == ']';

	if (!*depth && (closes || *c->p == ','))
		return false;
	*depth += opens;
	*depth -= closes;
	c->p++;
	return true;
}

void jsoncursor_value(struct jsoncursor *c)
{
	size_t depth = 0;

	for (;;) {
		step_spaces(c);
		if (c->p == c->end && !jsoncursor_more(c))
			return;
		if (*c->p == '"')
			jsoncursor_string(c);
		else if (!step_value(c, &depth))
			return;
		if (depth)
			continue;
		if (c->p == c->end && !jsoncursor_more(c))
			return;
		if (strchr(",}] \t\r\n", *c->p))
			return;
	}
}
