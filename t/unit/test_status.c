/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a status say what was put in, to programs and to people, and does it know when something is wrong? */
#include <selvage/status.h>

#include <selvage/json_print.h>

#include "unit.h"

static json_t *sample(void)
{
	static const char *const policies[] = {"shop/db", "shop/deny\033"};
	const struct status_side sides[DIRECTION_COUNT] = {
		[DIRECTION_INGRESS] = {.known = true,
				       .isolated = true,
				       .policies = policies,
				       .n_policies = 2,
				       .drops = 7,
				       .last = 1000000000},
		[DIRECTION_EGRESS] = {.known = true},
	};
	json_t *status = status_new("n1", true);

	status_pod(status, "shop/db-0", sides);
	status_other(status, "overlay", 3, 0);
	status_guard(status, "table", STATUS_OK, "held");
	status_log(status, 37, true, 0);
	status_repairs(status, 0);
	return status;
}

static void print(json_t *status, enum format format, FILE *out)
{
	status_print(status, &(struct table_form){.format = format, .headers = true}, out);
	json_decref(status);
}

static json_t *troubled(void)
{
	json_t *status = sample();
	const struct feed_metrics feed = {.watched = true, .restarts = 2, .age = 12.4};

	status_reason(status, "the list of pod objects is not complete yet");
	status_flaw(status, "networkpolicy shop/x: what is \033[1m?");
	status_guard(status, "bridges", STATUS_BAD, "off");
	status_feed(status, OBJECT_POD, &feed, "refused");
	status_drift(status, &(struct status_drift){1000000000, "nft\033", 42, "removed chain ingress", true});
	status_drift(status, &(struct status_drift){1000000001, "", 0, "changed the table unnoticed", false});
	status_repairs(status, 1);
	return status;
}

UNIT(status, people_see_pods_and_guards)
{
	UNIT_PRINTS("node n1: protected\n"
		    "\n"
		    "POD        IN   OUT  DROPS IN  DROPS OUT  LAST DROP\n"
		    "shop/db-0  yes  no          7          0  2001-09-09T01:46:40Z\n"
		    "\n"
		    "DROPPED FOR  DROPS  LAST DROP\n"
		    "overlay          3  -\n"
		    "\n"
		    "GUARD  STATE  DETAIL\n"
		    "table  ok     held\n",
		    print(sample(), FORMAT_TABLE, out));
}

UNIT(status, people_see_what_a_proposal_would_drop_and_only_when_they_ask)
{
	const struct status_side sides[DIRECTION_COUNT] = {
		[DIRECTION_INGRESS] = {.shadowed = true, .shadow_drops = 5, .shadow_last = 1000000000},
		[DIRECTION_EGRESS] = {.known = true},
	};
	const struct table_form form = {.headers = true};
	json_t *status = status_new("n1", true);

	status_shadow(status, 2, true);
	status_pod(status, "shop/db-0", sides);
	UNIT_PRINTS("2 policies are proposed, and what they would drop is counted\n"
		    "\n"
		    "POD        WOULD DROP IN  WOULD DROP OUT  LAST\n"
		    "shop/db-0              5               -  2001-09-09T01:46:40Z\n",
		    status_print_shadow(status, &form, out));
	cr_assert(!status_finds(status));
	json_decref(status);
}

UNIT(status, people_see_what_is_wrong)
{
	UNIT_PRINTS("node n1: not protected as it should be\n"
		    "degraded: the list of pod objects is not complete yet\n"
		    "flaw: networkpolicy shop/x: what is \\x1b[1m?\n"
		    "\n"
		    "POD        IN   OUT  DROPS IN  DROPS OUT  LAST DROP\n"
		    "shop/db-0  yes  no          7          0  2001-09-09T01:46:40Z\n"
		    "\n"
		    "DROPPED FOR  DROPS  LAST DROP\n"
		    "overlay          3  -\n"
		    "\n"
		    "GUARD    STATE  DETAIL\n"
		    "table    ok     held\n"
		    "bridges  bad    off\n"
		    "\n"
		    "OBJECTS  SYNCED  LAST EVENT  RESTARTS  ERROR\n"
		    "pod      no             12s         2  refused\n"
		    "\n"
		    "DRIFT                 PROCESS  PID  REPAIRED   WHAT\n"
		    "2001-09-09T01:46:40Z  nft\\x1b   42  yes        removed chain ingress\n"
		    "2001-09-09T01:46:41Z  -          -  was right  changed the table unnoticed\n",
		    print(troubled(), FORMAT_TABLE, out));
}

static json_t *accompanied(void)
{
	json_t *status = status_new("n1", true);

	status_chain(status, "ip", "filter", "FORWARD");
	status_chain(status, "inet", "fire\033wall", "f");
	return status;
}

UNIT(status, chains_of_others_are_named_and_nothing_is_wrong_for_them)
{
	json_t *status = accompanied();

	UNIT_PRINTS("node n1: protected\n"
		    "forwarded packets also pass: ip filter FORWARD (policy drop)\n"
		    "forwarded packets also pass: inet fire\\x1bwall f (policy drop)\n"
		    "\n",
		    print(accompanied(), FORMAT_TABLE, out));
	UNIT_PRINTS("{\"family\":\"ip\",\"table\":\"filter\",\"chain\":\"FORWARD\",\"policy\":\"drop\"}\n",
		    json_print_line(json_incref(json_array_get(json_object_get(status, "otherChains"), 0)), out));
	cr_assert_not(status_finds(status));
	json_decref(status);
}

UNIT(status, programs_see_the_same)
{
	UNIT_PRINTS("{\"schemaVersion\":1,\"version\":\"0.1.0\",\"node\":\"n1\",\"agent\":true,\"degraded\":[],"
		    "\"pods\":[{\"pod\":\"shop/db-0\","
		    "\"ingress\":{\"isolated\":true,\"policies\":[\"shop/db\",\"shop/deny\\u001B\"],\"drops\":7,"
		    "\"lastDrop\":\"2001-09-09T01:46:40Z\"},"
		    "\"egress\":{\"isolated\":false,\"policies\":[],\"drops\":0,\"lastDrop\":null}}],"
		    "\"otherDrops\":[{\"reason\":\"overlay\",\"drops\":3,\"lastDrop\":null}],"
		    "\"otherChains\":[],"
		    "\"guards\":[{\"guard\":\"table\",\"state\":\"ok\",\"detail\":\"held\"}],"
		    "\"drifts\":[],\"feeds\":[],\"flaws\":[],\"recentDrops\":[],\"recentShadow\":[],"
		    "\"log\":{\"group\":37,\"read\":true,\"lost\":0},\"repairs\":0}\n",
		    json_print_line(sample(), out));
}

static bool finds(json_t *status)
{
	bool found = status_finds(status);

	json_decref(status);
	return found;
}

UNIT(status, anything_to_see_to_is_found)
{
	json_t *status = sample();

	cr_assert_not(finds(sample()));
	status_guard(status, "table", STATUS_NOTE, "shared");
	cr_assert_not(status_finds(status), "a note is no finding");
	status_guard(status, "bridges", STATUS_BAD, "off");
	cr_assert(finds(status));
	status = sample();
	status_reason(status, "why");
	cr_assert(finds(status));
	status = sample();
	status_flaw(status, "what");
	cr_assert(finds(status));
	status = sample();
	status_repairs(status, 1);
	cr_assert(finds(status));
}

UNIT(status, what_is_no_status_is_refused)
{
	json_t *other = json_pack("{si}", "schemaVersion", STATUS_VERSION + 1), *none = json_pack("[]"),
	       *good = sample();
	struct err err;

	cr_assert_eq(status_check(other, &err), -1);
	cr_assert_eq(status_check(none, &err), -1);
	cr_assert_eq(status_check(good, &err), 0);
	json_decref(other);
	json_decref(none);
	json_decref(good);
}

/* What came over a socket may be anything. */
UNIT(status, printing_survives_nonsense)
{
	static const char *const nonsense[] = {
		"{}",
		"[]",
		"{\"pods\":[1,{\"ingress\":[]}],\"guards\":{\"a\":1},\"recentDrops\":[[]],\"drifts\":[{}]}",
		"{\"feeds\":[null],\"flaws\":[1],\"degraded\":[{}],\"otherDrops\":[\"x\"]}",
		"{\"otherChains\":[1,{\"family\":[]}]}",
	};

	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		FILE *out = fopen("/dev/null", "we");

		print(json_loads(nonsense[i], 0, NULL), FORMAT_WIDE, out);
		fclose(out);
	}
}
