/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times as the Kubernetes API writes them. */
#include "../../src/input/timestamp.h"

#include "unit.h"

UNIT(timestamp, reads_any_zone_and_fraction)
{
	int64_t seconds;

	cr_assert(timestamp_parse("1970-01-02T00:00:00Z", &seconds));
	cr_expect_eq(seconds, 86400);
	cr_assert(timestamp_parse("1970-01-02T01:30:00.123456+01:30", &seconds));
	cr_expect_eq(seconds, 86400);
	cr_assert(timestamp_parse("1970-01-01T23:00:00-01:00", &seconds));
	cr_expect_eq(seconds, 86400);
}

UNIT(timestamp, refuses_what_is_no_time)
{
	static const char *const bad[] = {"",
					  "yesterday",
					  "1970-01-02",
					  "1970-01-02T00:00:00",
					  "1970-01-02T00:00:00x",
					  "1970-01-02T00:00:00+1",
					  "1970-13-02T00:00:00Z"};
	int64_t seconds;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(!timestamp_parse(bad[i], &seconds), "%s", bad[i]);
}
