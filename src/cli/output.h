/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a command is told to write what it found. */
#ifndef SELVAGE_OUTPUT_H
#define SELVAGE_OUTPUT_H

#include <selvage/table.h>

#include "cli.h"

/* Of every command that has --output and writes tables; each lists its own formats there. */
#define OUTPUT_OPTIONS                                                                           \
	{"color", 0, "WHEN", "auto (default): on a terminal without NO_COLOR; always or never"}, \
	{                                                                                        \
		"no-headers", 0, NULL, "leave out the header of tables"                          \
	}

/* Reads --output (one of a set of formats), --color and --no-headers, for standard output; false after a message. */
bool output_form(const struct args *args, unsigned formats, struct table_form *out);

#endif
