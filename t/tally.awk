# SPDX-License-Identifier: GPL-2.0-or-later
# What did a test script find?  Reads its TAP, with -v status=EXIT_STATUS; prints `PASSED FAILED SKIPPED`, and on standard
# error what failed or was skipped.  A script that ends badly, stops short of its plan or finds nothing has failed.

function fail(what)
{
	failed++
	print "  failed: " what >"/dev/stderr"
}

function skip(what)
{
	skipped++
	print "  skipped: " what >"/dev/stderr"
}

/^ok/ {
	results++
	if (/# *[Ss][Kk][Ii][Pp]/)
		skip($0)
	else
		passed++
}

/^not ok/ {
	results++
	fail($0)
}

/^1[.][.]0/ {
	skip($0)
	results++
	planned = 1
}

/^1[.][.][1-9]/ {
	planned = substr($0, 4) + 0
}

/^Bail out!/ {
	fail($0)
}

{
	if ($0 != "")
		last = $0
}

END {
	if (status == 77 && !results)
		skip(last)
	else if (!results)
		fail("it printed no result, exit status " status)
	else if (planned && planned != results)
		fail("it planned " planned " results and printed " results)
	else if (status && !failed && !(status == 77 && !passed))
		fail("exit status " status)
	print passed + 0, failed + 0, skipped + 0
}
