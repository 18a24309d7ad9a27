# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs of this directory that are made of selvage's own rooms, and what the scripts that use them share.

TREE=${TREE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
BUILD=${BUILD:-$TREE/build}
SELVAGE=${SELVAGE:-$BUILD/selvage}

# tools_missing NAME...: builds them; prints which one cannot be and succeeds if none is missing.
tools_missing() {
	local name
	for name; do
		make -s -C "$BUILD" "t/netns/$name" >&2 || { echo "t/netns/$name cannot be built in $BUILD"; return 1; }
	done
}

# Where a program is that tools_missing has built.
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

# Everybody in the lab, one "WHO NETNS IPV4 IPV6 NODE IPV4-SEEN IPV6-SEEN" per line: a node sends to other nodes' pods from its flannel address.
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
