# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs of this directory that are made of selvage's own rooms, and what the scripts that use them share.

TREE=${TREE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
BUILD=${BUILD:-$TREE/build}
SELVAGE=${SELVAGE:-$BUILD/selvage}

# tools_build NAME...: builds them, or ends the test: it failed.
tools_build() {
	local name
	for name; do
		make -s -C "$BUILD" "t/netns/$name" >&2 && continue
		echo "Bail out! t/netns/$name cannot be built in $BUILD"
		exit 1
	done
}

# Where a program is that tools_build has built.
tool() {
	echo "$BUILD/t/netns/$1"
}

# wait_for MILLISECONDS COMMAND...: until the command succeeds; fails if it does not in that time.
wait_for() {
	local until=$(($(date +%s%3N) + $1))
	shift
	until "$@"; do
		[ "$(date +%s%3N)" -lt "$until" ] || return 1
		sleep 0.02
	done
}

# Everybody in the lab, one "WHO NETNS IPV4 IPV6 NODE IPV4-SEEN IPV6-SEEN" per line: a node sends to other nodes' pods from
# its flannel address.
people() {
	local who ns ip4 ip6
	lab_everybody | while read -r who ns ip4 ip6; do
		case $who in
		*/*) echo "$who $ns $ip4 $ip6 $(lab_pod_node "$who") $ip4 $ip6" ;;
		n[0-9]*) echo "$who $ns $ip4 $ip6 $who 10.244.${who#n}.0 fd00:10:244:${who#n}::" ;;
		*) echo "$who $ns $ip4 $ip6 - $ip4 $ip6" ;;
		esac
	done
}

# Some manifests of the tests cannot be understood in full, on purpose, so 3 (incomplete) is as good as 0 and 1.
selvage_may() {
	local status=0
	"$SELVAGE" "$@" 2>/dev/null || status=$?
	[ "$status" = 0 ] || [ "$status" = 1 ] || [ "$status" = 3 ]
}

# Does the kernel of NODE hold what a fresh compile of the files wants?
holds() {
	lab_exec "$1" "$(tool facts)" >"$LAB_DIR/have.$1" && cmp -s "$LAB_DIR/want.$1" "$LAB_DIR/have.$1"
}

# settled NODE...: waits until they do, at most 10 s.
settled() {
	local node
	for node; do
		selvage_may render --from "$LAB_MANIFESTS" --node "$node" -o facts --log-group 37 >"$LAB_DIR/want.$node"
		wait_for 10000 holds "$node" && continue
		diff "$LAB_DIR/want.$node" "$LAB_DIR/have.$node" | head -n 20
		tail -n 3 "$LAB_DIR/$node.log"
		return 1
	done
}

# change COMMAND...: returns when the agents have applied what the command changed.
change() {
	local mark
	mark=$(lab_agents_mark)
	"$@"
	lab_agents_settle "$mark"
}
