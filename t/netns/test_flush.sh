#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a forbidden packet get through while another process flushes the ruleset and deletes the table, again and again?  None
# may where the table is the agent's own; where it is not, how long is it open?
#
#	[TIMES=10000] [KPPS=20] t/netns/test_flush.sh
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

TIMES=${TIMES:-10000} # of `flush ruleset` and `delete table` each, while the table is owned
OPEN_TIMES=200        # while it is not, one after the other, each once the last is repaired
KPPS=${KPPS:-20}

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build bad_writer facts flood
LAB_TOOLS=$BUILD/t/netns
[ -x "$LAB_TOOLS/probe" ] || tools_build probe
trap lab_down EXIT

bring_up() {
	lab_up n1 n2
	lab_pod n1 shop/web app=web
	lab_pod n1 shop/db app=db
	lab_pod n2 shop/far app=web
	# Neighbours that are still unknown when a flood starts would cost packets.
	printf '%s udp 9 must\n' "shop/web shop/db" "shop/far shop/db" | lab_probe
	lab_put policy-db.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: db, namespace: shop}
		spec: {podSelector: {matchLabels: {app: db}}}
	END
	lab_agent_start n1
	settled n1
}

kernel_owns() {
	grep -q 'no other process can write to the table' "$LAB_DIR/n1.log" ||
		{ echo "this kernel has no owners of tables that outlive them"; exit 77; }
}

flood_start() {
	"$(tool flood)" -r "$KPPS" -m 1000000 \
		"bridged=$(lab_ns shop/web),$(lab_ip4 shop/web),$(lab_ns shop/db),$(lab_ip4 shop/db),53" \
		"routed=$(lab_ns shop/far),$(lab_ip6 shop/far),$(lab_ns shop/db),$(lab_ip6 shop/db),53" >"$LAB_DIR/flood" &
	flood=$!
	wait_for 5000 grep -q sending "$LAB_DIR/flood"
}

flood_end() {
	kill "$flood"
	wait "$flood"
}

# sum WORD: the numbers after WORD, of all paths.
sum() {
	awk -v word="$1" '{ for (i = 1; i < NF; i++) if ($i == word) n += $(i + 1) } END { print n + 0 }' "$LAB_DIR/flood"
}

flushed() {
	lab_exec n1 "$(tool bad_writer)" "$@" >"$LAB_DIR/written"
}

nothing_leaks_while_it_is_owned() {
	kernel_owns
	echo "flush ruleset" >"$LAB_DIR/flush"
	echo "delete table inet selvage" >"$LAB_DIR/delete"
	lab_table n1 >"$LAB_DIR/before"
	flood_start
	flushed -k -n "$TIMES" "$LAB_DIR/flush" "$LAB_DIR/delete"
	flood_end
	cat "$LAB_DIR/flood" "$LAB_DIR/written"
	grep -qx "written $TIMES refused $TIMES" "$LAB_DIR/written" # every deletion, and no flush
	lab_table n1 | cmp - "$LAB_DIR/before"
	[ "$(sum sent)" -ge 10000 ]
	[ "$(sum received)" = 0 ]
	not grep 'repaired:' "$LAB_DIR/n1.log"
}

repairs() {
	[ "$(tail -c "+$((mark + 1))" "$LAB_DIR/n1.log" | grep -c 'repaired:')" -ge "$1" ]
}

# Here it is open from a deletion to its repair: what is asked is that all are repaired, and how long it took.
every_one_is_repaired_where_it_is_not() {
	local i mark
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	lab_agent_start n1 --no-table-owner
	mark=$(lab_agent_mark n1)
	flood_start
	for ((i = 1; i <= OPEN_TIMES; i++)); do
		lab_exec n1 nft flush ruleset
		wait_for 5000 repairs "$i"
	done
	flood_end
	tail -c "+$((mark + 1))" "$LAB_DIR/n1.log" | sed -n 's/.*repaired:.* \([0-9.]*\) ms$/\1/p' | sort -n >"$LAB_DIR/repairs"
	[ "$(wc -l <"$LAB_DIR/repairs")" -ge "$OPEN_TIMES" ]
	settled n1
}

# A window is a run of packets on a path that got through; what is between two of them is at most the pace of packets off.
windows() {
	awk -v kpps="$KPPS" '$1 == "leak" { print $6 / kpps }' "$LAB_DIR/flood" | sort -n |
		awk '{ ms[NR] = $1 } END {
			if (NR)
				printf "# open for (ms): p50 %.2f, p99 %.2f, max %.2f, of %d windows on two paths\n", ms[int((NR + 1) / 2)],
					ms[int(NR * 0.99 + 0.5)], ms[NR], NR
		}'
	awk '{ ms[NR] = $1 } END { if (NR) printf "# from notice to repair (ms): p50 %s, p99 %s, max %s\n",
		ms[int((NR + 1) / 2)], ms[int(NR * 0.99 + 0.5)], ms[NR] }' "$LAB_DIR/repairs"
	sed -n 's/^\(bridged\|routed\) sent/# &/p' "$LAB_DIR/flood"
}

# Known bad: an agent that is deaf leaves it open, so the flood does see what is open.
unheard_it_stays_open() {
	lab_agent_stop n1
	lab_agent_start_deaf n1
	flood_start
	sleep 0.5
	lab_exec n1 nft flush ruleset
	sleep 1
	flood_end
	[ "$(sum received)" -ge 1000 ]
}

tap_ok "a lab comes up" bring_up
tap_ok "E12: $TIMES times flush ruleset and delete table let nothing through while the table is owned" \
	nothing_leaks_while_it_is_owned
[ ! -e "$LAB_DIR/flood" ] || sed -n 's/^\(bridged\|routed\) sent/# &/p' "$LAB_DIR/flood"
[ ! -e "$LAB_DIR/written" ] || sed 's/^/# /' "$LAB_DIR/written"
tap_ok "E12: where it is not, each of $OPEN_TIMES flushes is repaired" every_one_is_repaired_where_it_is_not
[ ! -e "$LAB_DIR/repairs" ] || windows
tap_ok "known bad: an agent that is deaf leaves it open" unheard_it_stays_open
tap_done
