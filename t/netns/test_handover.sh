#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What becomes of packets while two agents run in one network namespace, as in a rolling update with surge: the old one ends
# while the new one waits, again and again, under floods of forbidden and of allowed datagrams.  With a table that is owned
# and with one that is shared, where the kernel would let both write.
#
#	[TIMES=20] [KPPS=30] t/netns/test_handover.sh
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

TIMES=${TIMES:-20} # hand-overs in each mode; every fourth is by SIGKILL

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build churn facts flood probe
LAB_TOOLS=$BUILD/t/netns
agents=
trap 'kill $agents 2>/dev/null || true; lab_down' EXIT

bring_up() {
	floods_lab
	churn -n 200 -s 7 # from here on the forbidden is forbidden, and the table is not small
	mkdir "$LAB_DIR/nothing"
	cp "$LAB_MANIFESTS"/pod-* "$LAB_DIR/nothing" # of whom no policy isolates one
	lab_put policy-odd.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: odd, namespace: nobody}
		spec: {podSelector: {}}
	END
}

# start NAME [ARGUMENT...]: an agent of n1 beside others; its log is $LAB_DIR/NAME.
start() {
	local name=$1
	shift
	ip netns exec "$(lab_ns n1)" "$SELVAGE" run --node n1 --socket "$LAB_DIR/n1.sock" "$@" >"$LAB_DIR/$name" 2>&1 &
	eval "$name=$!"
	agents="$agents $!"
}

end() {
	kill -s "$2" "${!1}"
	wait "${!1}" || true
}

says() {
	wait_for 5000 grep -q "$2" "$LAB_DIR/$1" || { cat "$LAB_DIR/$1" && return 1; }
}

# From the end of the old one to the new one's word, as seen from outside; what the new one itself takes is less.
handover() {
	local old=$1 new=$2 signal=$3 from
	from=$(date +%s%N)
	kill -s "$signal" "${!old}"
	until grep -q ready: "$LAB_DIR/$new"; do
		[ "$(date +%s%N)" -lt $((from + 10000000000)) ] || { cat "$LAB_DIR/$new" && return 1; }
	done
	echo "$((($(date +%s%N) - from) / 1000)) $signal" >>"$LAB_DIR/handovers"
	wait "${!old}" || true
}

# surge [ARGUMENT...]: TIMES times, the new one starts and waits, then the old one ends.
surge() {
	local i old=a new=b swap signal
	: >"$LAB_DIR/handovers"
	start a --from "$LAB_MANIFESTS" "$@"
	says a ready:
	floods_start
	for ((i = 1; i <= TIMES; i++)); do
		signal=TERM
		[ $((i % 4)) != 0 ] || signal=KILL
		start "$new" --from "$LAB_MANIFESTS" "$@"
		says "$new" 'waiting: another agent (process '"${!old}"') keeps the table'
		sleep 0.1
		not grep -q ready: "$LAB_DIR/$new"
		handover "$old" "$new" "$signal"
		[ "$(grep -c waiting: "$LAB_DIR/$new")" = 1 ]
		grep -q '+0 -0 facts' "$LAB_DIR/$new" # adopted as it is
		not grep -q 'repaired:' "$LAB_DIR/$old"
		swap=$old old=$new new=$swap
	done
	floods_end
	end "$old" TERM
	nothing_leaked
	nothing_was_cut
}

figures() {
	sort -n "$LAB_DIR/handovers" | awk -v what="$1" '{ us[NR] = $1 } END {
		if (NR) printf "# %s: ready p50 %.1f ms, max %.1f ms after the end of the old one, of %d\n", what,
			us[int((NR + 1) / 2)] / 1000, us[NR] / 1000, NR }'
	floods_figures
}

# Loosely, since the machine may have other work: a look every 25 ms, and what a start takes.
in_time() {
	[ "$(sort -n "$LAB_DIR/handovers" | awk '{ us[NR] = $1 } END { print us[int((NR + 1) / 2)] }')" -lt 2000000 ]
}

# table: what the kernel holds, by its handles.
table() {
	lab_table n1
}

# One that has read nothing of the policies would open everything.
a_second_of_another_mind_waits() {
	start a --from "$LAB_MANIFESTS" --no-table-owner
	says a ready:
	table >"$LAB_DIR/before"
	flood_start forbidden "$KPPS" "${FORBIDDEN[@]}"
	start b --from "$LAB_DIR/nothing" --no-table-owner
	start c --from "$LAB_DIR/nothing"
	says b waiting:
	says c waiting:
	sleep 2
	flood_end forbidden
	[ "$(sum forbidden received)" = 0 ]
	table | cmp - "$LAB_DIR/before"
	not grep -q ready: "$LAB_DIR/b" "$LAB_DIR/c"
	not grep -q 'repaired:' "$LAB_DIR/a"
	end b TERM
	end c TERM
	says a ready:
	lab_agent_alone
}

# Those that went while they waited took nothing with them.
lab_agent_alone() {
	start b --from "$LAB_DIR/nothing" --no-table-owner
	says b waiting:
	end b TERM
	end a TERM
	table | cmp - "$LAB_DIR/before"
}

# Known bad: with a /run/selvage of its own nobody sees the other's lock, and both write.
unseen_they_fight() {
	start a --from "$LAB_MANIFESTS" --no-table-owner
	says a ready:
	flood_start forbidden "$KPPS" "${FORBIDDEN[@]}"
	ip netns exec "$(lab_ns n1)" unshare -m sh -c 'mount -t tmpfs none /run/selvage && exec "$@"' sh \
		"$SELVAGE" run --node n1 --socket "$LAB_DIR/other.sock" --from "$LAB_DIR/nothing" --no-table-owner \
		>"$LAB_DIR/b" 2>&1 &
	b=$!
	agents="$agents $b"
	says b ready:
	sleep 1
	end b TERM
	flood_end forbidden
	grep -c 'repaired:' "$LAB_DIR/a" "$LAB_DIR/b"
	grep -q 'repaired:' "$LAB_DIR/a"
	[ "$(sum forbidden received)" -ge 1 ]
	end a TERM
}

# Where there can be no lock, the agent says so and goes on.
without_a_place_for_it() {
	ip netns exec "$(lab_ns n1)" unshare -m sh -c 'mount -t tmpfs -o ro none /run/selvage && exec "$@"' sh \
		"$SELVAGE" run --node n1 --socket "$LAB_DIR/n1.sock" --from "$LAB_MANIFESTS" >"$LAB_DIR/a" 2>&1 &
	a=$!
	agents="$agents $a"
	says a ready:
	[ "$(grep -c 'cannot be known whether another agent runs: cannot lock /run/selvage/agent-' "$LAB_DIR/a")" = 1 ]
	end a TERM
}

tap_ok "the lab comes up" bring_up
tap_ok "F19: $TIMES hand-overs of an owned table let nothing forbidden through, and lose nothing" surge
figures "owned"
tap_ok "F19: they take no long time" in_time
tap_ok "F19: so do $TIMES of a table that is shared" surge --no-table-owner
figures "shared"
tap_ok "F19: nor do they" in_time
tap_ok "F19: a second agent of another mind waits, whoever may write to the table" a_second_of_another_mind_waits
tap_ok "known bad: two that cannot see each other undo what the other does" unseen_they_fight
tap_ok "an agent that cannot have the lock says so, and goes on" without_a_place_for_it
tap_done
