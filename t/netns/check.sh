# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests that are functions of several steps, for ../tap.sh.

# shellcheck source=t/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

# check NAME COMMAND...: like tap_test, but the first step that fails ends it.  The command runs in a subshell.
check() {
	local name=$1 output status
	shift
	# With set -e on out here, or in a condition, bash would go on after a step that fails in there.
	set +e
	output=$(set -e; "$@" 2>&1)
	status=$?
	set -e
	if [ "$status" = 0 ]; then
		tap_ok "$name"
		return
	fi
	tap_note "$output"
	tap_note "exit status $status of: $*"
	tap_not_ok "$name"
}
