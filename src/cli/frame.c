/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which frame is the ruleset to set around the policies? */
#include <stdlib.h>
#include <string.h>

#include "frame.h"

bool frame_choose(const struct args *args, const char *option, const char *first, const char *second, bool *out)
{
	const char *value = args_value(args, option);

	*out = value && !strcmp(value, second);
	if (!value || *out || !strcmp(value, first))
		return true;
	cli_fatal(args, "--%s %s: there are %s and %s", option, value, first, second);
	return false;
}

static bool read_group(const struct args *args, uint16_t *out)
{
	const char *value = args_value(args, "log-group");
	size_t digits = value ? strspn(value, "0123456789") : 0;
	unsigned long group = value ? strtoul(value, NULL, 10) : 0;

	*out = (uint16_t)group;
	if (!value || (digits && digits < 6 && !value[digits] && group > 0 && group <= UINT16_MAX))
		return true;
	cli_fatal(args, "--log-group %s: not a number from 1 to 65535", value);
	return false;
}

bool frame_overlay(const struct args *args, struct overlay *out)
{
	const char *value = args_value(args, "overlay-port");
	struct err err;

	*out = overlay_usual();
	if (!value || !overlay_parse(value, out, &err))
		return true;
	cli_fatal(args, "--overlay-port: %s", err.msg);
	return false;
}

static bool read_cidrs(const struct args *args, struct cidrs *out)
{
	const char *value = args_value(args, "pod-cidr");
	struct err err;

	if (!value || !cidrs_parse(value, out, &err))
		return true;
	cli_fatal(args, "--pod-cidr: %s", err.msg);
	return false;
}

bool frame_read(const struct args *args, const char *node, struct compile_config *out)
{
	*out = compile_usual(node);
	out->ipvs = args_value(args, "ipvs");
	return frame_choose(args, "deny", "drop", "reject", &out->reject) &&
	       frame_choose(args, "unknown-pods", "allow", "deny", &out->deny_unknown) &&
	       read_group(args, &out->log_group) && read_cidrs(args, &out->pod_cidrs) &&
	       frame_overlay(args, &out->overlay);
}
