/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which second does an RFC 3339 time mean? */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "timestamp.h"

/* "Z" or "+01:30" at the end of a timestamp: seconds east of Greenwich, false if it is neither. */
static bool zone_parse(const char *p, long *seconds)
{
	int hours = 0, minutes = 0, used = 0;

	*seconds = 0;
	if (!strcmp(p, "Z") || !strcmp(p, "z"))
		return true;
	if (sscanf(p + 1, "%2d:%2d%n", &hours, &minutes, &used) < 2 || p[1 + used] || (*p != '+' && *p != '-'))
		return false;
	*seconds = (hours * 60L + minutes) * 60 * (*p == '-' ? -1 : 1);
	return true;
}

bool timestamp_parse(const char *text, int64_t *seconds)
{
	struct tm tm = {0};
	const char *p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	long east;

	if (p && *p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	if (!p || !*p || !zone_parse(p, &east))
		return false;
	*seconds = (int64_t)timegm(&tm) - east;
	return true;
}
