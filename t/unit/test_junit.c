/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is it XML whatever the names hold, and do the counts add up? */
#include <selvage/junit.h>

#include <signal.h>

#include "unit.h"

UNIT(junit, suites_cases_and_counts)
{
	struct junit *junit = junit_new("selvage");

	junit_suite(junit, "one");
	junit_case(junit, "c", "passes", NULL, 0);
	junit_case(junit, "c", "fails", "a.yaml", 3);
	junit_outcome(junit, JUNIT_FAILURE, NULL, "is denied", "first\nsecond\n");
	junit_suite(junit, "two");
	junit_case(junit, "d", "is unknown", NULL, 0);
	junit_outcome(junit, JUNIT_ERROR, NULL, "no address", NULL);
	junit_case(junit, "d", "is left out", NULL, 0);
	junit_outcome(junit, JUNIT_SKIPPED, NULL, "because", NULL);
	UNIT_PRINTS("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<testsuites name=\"selvage\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"0\">\n"
		    "  <testsuite name=\"one\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"0\">\n"
		    "    <testcase classname=\"c\" name=\"passes\" time=\"0\"/>\n"
		    "    <testcase classname=\"c\" name=\"fails\" file=\"a.yaml\" line=\"3\" time=\"0\">\n"
		    "      <failure message=\"is denied\" type=\"failure\">first\nsecond\n</failure>\n"
		    "    </testcase>\n"
		    "  </testsuite>\n"
		    "  <testsuite name=\"two\" tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"1\" time=\"0\">\n"
		    "    <testcase classname=\"d\" name=\"is unknown\" time=\"0\">\n"
		    "      <error message=\"no address\" type=\"error\"/>\n"
		    "    </testcase>\n"
		    "    <testcase classname=\"d\" name=\"is left out\" time=\"0\">\n"
		    "      <skipped message=\"because\"/>\n"
		    "    </testcase>\n"
		    "  </testsuite>\n"
		    "</testsuites>\n",
		    junit_print(junit, out));
	junit_free(junit);
}

UNIT(junit, what_xml_does_not_allow_is_replaced)
{
	struct junit *junit = junit_new("a");

	junit_suite(junit, "<&>\"'");
	junit_case(junit, "\x01\x1b", "\xff\xef\xbf\xbf\xef\xbf\xbe", "\n", 0);
	junit_outcome(junit, JUNIT_FAILURE, NULL, "caf\xc3\xa9\n", "]]>\n\x08");
	UNIT_PRINTS(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"a\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"0\">\n"
		"  <testsuite name=\"&lt;&amp;&gt;&quot;&apos;\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" "
		"time=\"0\">\n"
		"    <testcase classname=\"\\x01\\x1b\" name=\"\\xff\\xef\\xbf\\xbf\\xef\\xbf\\xbe\" file=\"\\x0a\" "
		"time=\"0\">\n"
		"      <failure message=\"caf\xc3\xa9\\x0a\" type=\"failure\">]]&gt;\n\\x08</failure>\n"
		"    </testcase>\n"
		"  </testsuite>\n"
		"</testsuites>\n",
		junit_print(junit, out));
	junit_free(junit);
}

UNIT(junit, nothing_is_nothing)
{
	struct junit *junit = junit_new("a");

	UNIT_PRINTS("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<testsuites name=\"a\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0\">\n"
		    "</testsuites>\n",
		    junit_print(junit, out));
	junit_free(junit);
	junit_free(NULL);
}

UNIT(junit, a_case_without_a_suite_aborts, .signal = SIGABRT)
{
	junit_case(junit_new("a"), "c", "n", NULL, 0);
}
