# shellcheck shell=bash
# What a test script in shell says to the one who runs it: TAP on standard output, 77 when it cannot run here.

TAP_N=0
TAP_FAILED=0

# tap_ok "SENTENCE" COMMAND...: the sentence is true if the command succeeds, in a subshell with set -e.  Its output is
# shown if it does not.
tap_ok() {
	local sentence=$1 output status
	shift
	TAP_N=$((TAP_N + 1))
	# A subshell of a condition would ignore set -e.
	set +e
	output=$(set -e; "$@" 2>&1)
	status=$?
	set -e
	if [ "$status" = 0 ]; then
		echo "ok $TAP_N - $sentence"
		return 0
	fi
	TAP_FAILED=$((TAP_FAILED + 1))
	echo "not ok $TAP_N - $sentence"
	printf '%s\n' "$output" | head -n 40 | sed 's/^/# /'
}

# The plan and the exit status.
tap_done() {
	echo "1..$TAP_N"
	[ "$TAP_FAILED" = 0 ]
}

tap_skip_all() {
	echo "1..0 # SKIP $*"
	exit 77
}
