# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Test scripts say what they found in TAP, with these functions.
#
#	. t/tap.sh
#	tap_test "a pod reaches itself" probe shop/web-0 shop/web-0
#	tap_skip "a node reaches its pods" "no IPv6 here"
#	tap_done
#
# A result is one line, `ok N - NAME` or `not ok N - NAME`; what explains it stands in `#` lines before it.

tap_n=0
tap_bad=0

tap_note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

tap_ok() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1"
}

tap_not_ok() {
	tap_n=$((tap_n + 1))
	tap_bad=$((tap_bad + 1))
	echo "not ok $tap_n - $1"
}

tap_skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# tap_test NAME COMMAND...: the command decides by its exit status, 77 means skipped for the reason it printed last.
tap_test() {
	tap_name=$1
	shift
	tap_status=0
	tap_output=$("$@" 2>&1) || tap_status=$?
	case $tap_status in
	0) tap_ok "$tap_name" ;;
	77) tap_skip "$tap_name" "$(printf '%s\n' "$tap_output" | tail -n 1)" ;;
	*)
		tap_note "$tap_output"
		tap_note "exit status $tap_status of: $*"
		tap_not_ok "$tap_name"
		;;
	esac
}

# Nothing of this script can run here.
tap_skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

tap_done() {
	echo "1..$tap_n"
	[ $tap_bad = 0 ]
	exit
}
