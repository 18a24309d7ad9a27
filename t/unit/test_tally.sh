#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the counting of test results believe nothing that it should not?
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"

# tallies STATUS 'P F S' LINE...: a script that prints these lines and exits with STATUS.
tallies() {
	status=$1 wanted=$2
	shift 2
	found=$(printf '%s\n' "$@" | awk -v status="$status" -f "$here/../tally.awk" 2>/dev/null)
	[ "$found" = "$wanted" ] || { echo "counted $found instead of $wanted"; return 1; }
}

tap_ok "each result counts once" tallies 1 '2 1 1' 1..4 'ok 1 - a' 'ok 2 - b' 'not ok 3 - c' 'ok 4 - d # SKIP no'
tap_ok "a plan of nothing is one skip" tallies 0 '0 0 1' '1..0 # SKIP not root'
tap_ok "exit status 77 without a result is one skip" tallies 77 '0 0 1' 'not root'
tap_ok "exit status 77 beside a plan of nothing is one skip" tallies 77 '0 0 1' '1..0 # SKIP not root'
tap_ok "exit status 77 does not hide a result" tallies 77 '1 1 0' 'ok 1 - a'
tap_ok "a script that finds nothing has failed" tallies 0 '0 1 0' 'all is well'
tap_ok "a script that stops short of its plan has failed" tallies 0 '1 1 0' 1..2 'ok 1 - a'
tap_ok "a script that dies after a result has failed" tallies 139 '1 1 0' 'ok 1 - a'
tap_ok "an exit status after a failure is no second failure" tallies 1 '0 1 0' 'not ok 1 - a' 1..1
tap_ok "a script that bails out has failed" tallies 0 '1 1 0' 'ok 1 - a' 'Bail out!'
tap_done
