# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Test scripts say what they found in TAP, with these functions.
#
#	. t/tap.sh
#	tap_ok "a pod reaches itself" probe shop/web-0 shop/web-0
#	tap_skip "a node reaches its pods" "no IPv6 here"
#	tap_done
#
# A result is one line, `ok N - NAME` or `not ok N - NAME`; what explains it stands in `#` lines before it.

tap_n=0
tap_bad=0

tap_result() {
	tap_n=$((tap_n + 1))
	[ "$1" = ok ] || tap_bad=$((tap_bad + 1))
	echo "$1 $tap_n - $2"
}

tap_skip() {
	tap_result ok "$1 # SKIP $2"
}

# tap_ok SENTENCE COMMAND...: the sentence is true if the command, in a subshell that ends at its first error, succeeds.
# Exit status 77 means skipped, for the reason it printed last.
tap_ok() {
	tap_sentence=$1
	shift
	case $- in
	*e*) tap_errexit=-e ;;
	*) tap_errexit=+e ;;
	esac
	set +e # in a condition or with `||`, the subshell would go on after an error
	tap_output=$(
		set -e
		"$@" 2>&1
	)
	tap_status=$?
	set $tap_errexit
	case $tap_status in
	0) tap_result ok "$tap_sentence" ;;
	77) tap_skip "$tap_sentence" "$(printf '%s\n' "$tap_output" | tail -n 1)" ;;
	*)
		printf '%s\n' "$tap_output" "exit status $tap_status of: $*" | sed 's/^/# /'
		tap_result 'not ok' "$tap_sentence"
		;;
	esac
}

# not COMMAND...: succeeds if the command fails.  `! COMMAND` as a statement ends no function of tap_ok, whatever becomes of
# it.
not() {
	if "$@"; then
		return 1
	fi
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
