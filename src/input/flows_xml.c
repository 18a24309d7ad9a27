/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections did conntrack -o xml list? */
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

#include "flows_parts.h"

#define VALUE_MAX 64 /* bytes of an element's text that are of interest */

struct reading {
	const struct flows_calls *calls;
	const char *file;
	XML_Parser parser;
	struct flow_entry entry;
	enum way way; /* WAY_COUNT: of both */
	char value[VALUE_MAX];
	size_t n;
	bool bad; /* this flow was complained about */
};

static void complain(struct reading *reading, const char *what, const char *why)
{
	struct problem problem = {.kind = PROBLEM_SYNTAX,
				  .source = {atom_ref(reading->file),
					     (unsigned)XML_GetCurrentLineNumber(reading->parser),
					     (unsigned)XML_GetCurrentColumnNumber(reading->parser) + 1}};

	if (reading->bad)
		return;
	reading->bad = true;
	if (asprintf(&problem.message, "%s%s%s", what, *what ? " " : "", why) < 0)
		abort();
	reading->calls->problem(reading->calls->ctx, &problem);
	problem_fini(&problem);
}

static const char *attribute(const XML_Char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (!strcmp(attributes[0], name))
			return attributes[1];
	return "";
}

static void begin_meta(struct reading *reading, const char *direction)
{
	reading->way = WAY_COUNT;
	if (!strcmp(direction, "original"))
		reading->way = WAY_ORIGINAL;
	else if (!strcmp(direction, "reply"))
		reading->way = WAY_REPLY;
}

static void begin(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *reading = ctx;

	reading->n = 0;
	if (!strcmp(name, "flow")) {
		flow_entry_init(&reading->entry);
		reading->way = WAY_COUNT;
		reading->bad = false;
	} else if (!strcmp(name, "meta")) {
		begin_meta(reading, attribute(attributes, "direction"));
	} else if (!strcmp(name, "layer4") && reading->way == WAY_ORIGINAL) {
		reading->entry.proto = (int)flow_number(attribute(attributes, "protonum"), UINT8_MAX);
	} else if (!strcmp(name, "unreplied")) {
		reading->entry.unreplied = true;
	}
}

static void text(void *ctx, const XML_Char *at, int n)
{
	struct reading *reading = ctx;
	size_t room = sizeof reading->value - 1 - reading->n, take = (size_t)n < room ? (size_t)n : room;

	memcpy(reading->value + reading->n, at, take);
	reading->n += take;
}

static void end_flow(struct reading *reading)
{
	struct flow flow;
	const char *wrong = flow_entry_flow(&reading->entry, &flow);

	if (wrong)
		complain(reading, "", wrong);
	else if (!reading->bad)
		reading->calls->flow(reading->calls->ctx, &flow);
}

static void end(void *ctx, const XML_Char *name)
{
	struct reading *reading = ctx;
	const char *wrong = NULL;

	reading->value[reading->n] = '\0';
	reading->n = 0;
	if (!strcmp(name, "flow"))
		end_flow(reading);
	else if (!strcmp(name, "deltatime"))
		reading->entry.seconds = flow_number(reading->value, INT64_MAX);
	else if (!strcmp(name, "state"))
		reading->entry.state = flow_state_parse(reading->value);
	else if (reading->way != WAY_COUNT)
		wrong = flow_entry_set(&reading->entry, reading->way, name, reading->value);
	if (wrong)
		complain(reading, name, wrong);
}

void flows_parse_xml(const char *file, const char *at, size_t size, const struct flows_calls *calls)
{
	struct reading reading = {.calls = calls, .file = file, .parser = XML_ParserCreate(NULL)};

	if (!reading.parser || size > INT32_MAX)
		abort();
	flow_entry_init(&reading.entry);
	XML_SetUserData(reading.parser, &reading);
	XML_SetElementHandler(reading.parser, begin, end);
	XML_SetCharacterDataHandler(reading.parser, text);
	if (XML_Parse(reading.parser, at, (int)size, 1) == XML_STATUS_ERROR) {
		reading.bad = false;
		complain(&reading, "not XML:", XML_ErrorString(XML_GetErrorCode(reading.parser)));
	}
	XML_ParserFree(reading.parser);
}
