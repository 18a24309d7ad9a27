/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may stand behind -o, for every command. */
#ifndef SELVAGE_FORMAT_H
#define SELVAGE_FORMAT_H

#include <selvage/err.h>

enum format {
	FORMAT_TABLE, /* for people; also called text */
	FORMAT_WIDE,  /* with every column, and the names of all policies */
	FORMAT_JSON,
	FORMAT_YAML,
	FORMAT_CSV,     /* RFC 4180 */
	FORMAT_MD,      /* a table of GitHub Flavored Markdown */
	FORMAT_DOT,     /* Graphviz */
	FORMAT_MERMAID, /* a Mermaid flowchart */
	FORMAT_HTML,
	FORMAT_SARIF,  /* findings: SARIF 2.1.0 */
	FORMAT_JUNIT,  /* findings and assertions: JUnit XML */
	FORMAT_GITHUB, /* findings: workflow commands of GitHub Actions */
	FORMAT_COUNT
};

/* A set of formats: FORMAT_BIT(FORMAT_TABLE) | FORMAT_BIT(FORMAT_JSON). */
#define FORMAT_BIT(format) (1u << (format))

/* The formats that struct table can be written in, and those of struct graph. */
#define FORMATS_TABLE \
	(FORMAT_BIT(FORMAT_TABLE) | FORMAT_BIT(FORMAT_WIDE) | FORMAT_BIT(FORMAT_CSV) | FORMAT_BIT(FORMAT_MD))
#define FORMATS_GRAPH (FORMAT_BIT(FORMAT_DOT) | FORMAT_BIT(FORMAT_MERMAID))
#define FORMATS_JSON (FORMAT_BIT(FORMAT_JSON) | FORMAT_BIT(FORMAT_YAML))

/* "table", "json", ... */
const char *format_name(enum format format);

/* The argument of -o, NULL meaning FORMAT_TABLE, as one of the formats of a set.  -1 with ERR_USAGE, which lists the set and
 * says which of it was probably meant. */
int format_parse(const char *text, unsigned set, enum format *out, struct err *err) __attribute__((warn_unused_result));

#endif
