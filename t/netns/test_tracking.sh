#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the agent read how many connections the kernel tracks and what it dropped for want of room, as the conntrack command
# does, and tell of it while it is so?  The limit is one of the whole machine, so the kernel's word about it is bent on its way
# to the agent (narrow.c); the connections, and the packets that are dropped, are real.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

unshare -n true 2>/dev/null || tap_skip_all "a network namespace of its own takes CAP_SYS_ADMIN"
for command in cc conntrack curl jq nft python3; do
	command -v "$command" >/dev/null || tap_skip_all "no $command command"
done
[ -n "${TRACKING_NETNS:-}" ] || TRACKING_NETNS=1 exec unshare -n "$0" "$@"
tools_build tracking
DIR=$(mktemp -d)
trap 'end; rm -r "$DIR"' EXIT
cc -D_GNU_SOURCE -shared -fPIC -o "$DIR/narrow.so" "$here/narrow.c" -lmnl || tap_skip_all "narrow.c cannot be built"
mkdir "$DIR/manifests"
cat >"$DIR/manifests/db.yaml" <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: db, namespace: shop}
	spec: {nodeName: n1}
	status: {phase: Running, podIPs: [{ip: 10.244.1.3}]}
END
ip link set lo up
ip link add cni0 type bridge

# Connections number FIRST to LAST, which nothing but time ends.
connections() {
	local port
	for port in $(seq "$1" "$2"); do
		conntrack -I -p udp -s 192.0.2.1 -d 192.0.2.2 --sport "$port" --dport 53 -t 600 >/dev/null 2>&1
	done
}

# So many connections that clash: all are given one source, and only the first can have it.
clashes() {
	nft 'table ip theirs {
		chain nat { type nat hook postrouting priority 100; tcp dport 9 snat to 127.0.0.1:5000; }
		chain theirs { type filter hook input priority 0; tcp dport 9 drop; }
	}'
	python3 - "$1" <<-'END'
		import socket, sys
		for _ in range(int(sys.argv[1]) + 1):
		    s = socket.socket()
		    s.settimeout(0.1)
		    s.connect_ex(("127.0.0.2", 9))
		    s.close()
	END
	nft delete table ip theirs
	conntrack -D -p tcp >/dev/null 2>&1 || true
}

# What the conntrack command says, in the form of tracking.c.
conntrack_says() {
	echo "entries $(conntrack -C)"
	echo "limit $(cat /proc/sys/net/netfilter/nf_conntrack_max)"
	for name in drop early_drop insert_failed; do
		conntrack -S | awk -v name="$name" '{ for (i = 1; i <= NF; i++) if (split($i, pair, "=") == 2 && pair[1] == name) n += pair[2] } END { print name, n + 0 }'
	done
}

same_as_conntrack() {
	conntrack_says >"$DIR/theirs"
	"$(tool tracking)" >"$DIR/ours"
	diff "$DIR/theirs" "$DIR/ours"
}

reads_what_conntrack_reads() {
	same_as_conntrack
	connections 1 17
	clashes 3
	same_as_conntrack
	cat "$DIR/ours"
	grep -qx 'entries 17' "$DIR/ours"
	[ "$(awk '$1 == "drop" { print $2 }' "$DIR/ours")" -ge 3 ]
	[ "$(awk '$1 == "insert_failed" { print $2 }' "$DIR/ours")" -ge 3 ]
}

# Another limit is another reading.
bent_word_is_another() {
	LIMIT=20 LD_PRELOAD=$DIR/narrow.so "$(tool tracking)" >"$DIR/ours"
	grep -qx 'limit 20' "$DIR/ours"
	not diff "$DIR/theirs" "$DIR/ours"
}

# start [NAME=VALUE...]: an agent that hears the kernel so, and no other.
start() {
	end
	env "$@" LD_PRELOAD="$DIR/narrow.so" "$SELVAGE" run --from "$DIR/manifests" --node n1 --socket "$DIR/sock" \
		--metrics 127.0.0.1:9466 >"$DIR/log" 2>&1 &
	echo $! >"$DIR/pid"
	wait_for 5000 grep -q ready: "$DIR/log" || { cat "$DIR/log" && return 1; }
}

end() {
	if [ -e "$DIR/pid" ]; then
		kill "$(cat "$DIR/pid")"
		wait_for 5000 not kill -0 "$(cat "$DIR/pid")" 2>/dev/null
		rm "$DIR/pid"
	fi
	"$SELVAGE" cleanup >/dev/null
	conntrack -F >/dev/null 2>&1
}

# degraded REGEX: is that all that status finds wrong?
degraded() {
	"$SELVAGE" status --socket "$DIR/sock" -o json >"$DIR/status" || true
	jq -e --arg regex "$1" '(.degraded | length) == 1 and (.degraded[0] | test($regex))' "$DIR/status" >/dev/null
}

well() {
	"$SELVAGE" status --socket "$DIR/sock" -o json >"$DIR/status" || true
	jq -e '.degraded == []' "$DIR/status" >/dev/null
}

metric() {
	curl -s http://127.0.0.1:9466/metrics | awk -v name="selvage_$1" '$1 == name { print $2 }'
}

# at_least METRIC NUMBER
at_least() {
	[ "$(metric "$1")" -ge "$2" ]
}

# What asks for metrics is tracked as well, a few connections.
tells_of_a_full_table() {
	start LIMIT=100
	wait_for 3000 well
	connections 1 80
	sleep 1
	well
	at_least tracked_connections 80
	[ "$(metric tracked_connections_limit)" = 100 ]
	connections 81 100
	wait_for 3000 degraded '^the kernel tracks 1?[0-9][0-9] of at most 100 connections, and for want of room dropped 0 packets'
	[ "$(curl -s -o "$DIR/readyz" -w '%{http_code}' http://127.0.0.1:9466/readyz)" = 200 ]
	grep 'of at most 100 connections' "$DIR/readyz"
	[ "$(metric ready)" = 1 ]
	conntrack -F >/dev/null 2>&1
	sleep 2
	degraded '^the kernel tracks [0-9] of'
	wait_for 15000 well
	[ "$(grep -c 'the kernel tracks' "$DIR/log")" = 2 ]
	grep 'there is room for connections again' "$DIR/log"
}

# With the machine's own limit, of which the same connections are next to nothing.
tells_of_no_table_with_room() {
	start
	connections 1 100
	sleep 1.5
	well
}

tells_of_dropped_packets() {
	start ROOM=no
	wait_for 3000 well
	sleep 1
	clashes 3
	wait_for 3000 degraded 'connections, and for want of room dropped [1-9][0-9]* packets'
	wait_for 3000 at_least untrackable_packets_total 3
	[ "$(metric evicted_connections_total)" = 0 ]
	wait_for 15000 well
	at_least untrackable_packets_total 3
}

# They are dropped as well, but however much room there is.
blames_nobody_for_clashes() {
	start
	clashes 3
	sleep 1.5
	well
	[ "$(metric untrackable_packets_total)" = 0 ]
}

tap_ok "B20: connections, limit and drops are read as conntrack reads them" reads_what_conntrack_reads
tap_ok "known bad: a bent word is not what conntrack reads" bent_word_is_another
tap_ok "B20: a table that is nearly full is told of, and no more when it has room" tells_of_a_full_table
tap_ok "known bad: a table with room is not" tells_of_no_table_with_room
tap_ok "B20: packets dropped for want of room are told of" tells_of_dropped_packets
tap_ok "known bad: connections that clash are not for want of room" blames_nobody_for_clashes
tap_done
