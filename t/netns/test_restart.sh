#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a packet ever get through, or get lost, because the agent ends or starts?  A thousand restarts, by every way to end
# and with another version of the program in turn, under floods of forbidden and of allowed datagrams, while files change.
# (A5)  SIGKILL is also how the kernel ends who takes too much memory.
#
#	[RESTARTS=1000] [KPPS=30] [TRIES=5] t/netns/test_restart.sh
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/netns/floods.sh
. "$here/floods.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

RESTARTS=${RESTARTS:-1000}
TRIES=${TRIES:-5}

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build churn flood probe restart
LAB_TOOLS=$BUILD/t/netns
trap lab_down EXIT

# The same program by another version's name.
other_version() {
	sed "s/$(version "$SELVAGE")/$(version "$SELVAGE" | tr 0-9 9)/g" "$SELVAGE" >"$LAB_DIR/other"
	chmod +x "$LAB_DIR/other"
	[ "$(version "$LAB_DIR/other")" != "$(version "$SELVAGE")" ]
}

version() {
	"$1" --version | sed -n '1s/^selvage \([0-9.]*\).*/\1/p'
}

bring_up() {
	floods_lab
	other_version
	churn -n 200 -s 7 # from here on the forbidden is forbidden, and the table is not small
}

# restart OPTION...: ends and starts agents of n1.
restart() {
	lab_exec n1 "$(tool restart)" "$@" "$SELVAGE" "$LAB_DIR/other" run --from "$LAB_MANIFESTS" --node n1
}

restarts() {
	floods_start
	files_start 20 11
	restart -n "$RESTARTS" >"$LAB_DIR/restarts"
	files_end
	floods_end
	cat "$LAB_DIR/restarts"
}

# figure WORD: the number after it.
figure() {
	sum restarts "$1"
}

every_restart_adopted() {
	[ "$(figure ready)" = "$RESTARTS" ]
	[ "$(figure adopted)" = "$RESTARTS" ]
	[ "$(figure degraded)" = 0 ]
	for way in term kill segv upgrade; do
		[ "$(figure "$way")" -ge $((RESTARTS / 4)) ]
	done
}

# An agent that takes its table down when it ends, as some do.
careless_agents_leak() {
	local i
	for ((i = 0; i < TRIES; i++)); do
		flood_start forbidden "$KPPS" "${FORBIDDEN[@]}"
		restart -c -n 5 >"$LAB_DIR/careless"
		flood_end forbidden
		[ "$(sum forbidden received)" = 0 ] || return 0
	done
	return 1
}

tap_ok "the lab comes up" bring_up
tap_ok "agents end and start, $RESTARTS times" restarts
sed 's/^/# /' "$LAB_DIR/restarts"
floods_figures
tap_ok "A5: no forbidden packet was delivered" nothing_leaked
tap_ok "A5: no allowed packet was lost to policy" nothing_was_cut
tap_ok "A5: every agent adopted the table of the one before" every_restart_adopted
tap_ok "known bad: agents that remove their table when they end let packets through" careless_agents_leak
tap_done
