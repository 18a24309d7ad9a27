/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is standard output to be written? */
#include "output.h"

bool output_form(const struct args *args, unsigned formats, struct table_form *out)
{
	struct err err = {0};

	*out = (struct table_form){.headers = !args_value(args, "no-headers"), .width = table_width(stdout)};
	if (format_parse(args_value(args, "output"), formats, &out->format, &err) ||
	    colour_parse(args_value(args, "color"), stdout, &out->coloured, &err)) {
		cli_fatal(args, "%s", err.msg);
		return false;
	}
	return true;
}
