#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does `selvage audit` on a node find the connections that outlive a policy, the packets that are dropped, and an agent that
# is gone?  One node, real packets.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

SOCKET=$LAB_DIR/n1.sock

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build stream forge
for command in jq conntrack; do
	command -v $command >/dev/null || tap_skip_all "no $command command"
done
stream=
trap '[ -z "$stream" ] || kill "$stream" 2>/dev/null || true; lab_down' EXIT

# bring_up [ARGUMENT...]: with an agent that is given these.
bring_up() {
	lab_up n1
	lab_pod n1 shop/server app=server
	lab_pod n1 shop/friend app=friend
	lab_pod n1 shop/other app=other
	lab_agent_start n1 "$@"
	wait_for 5000 test -S "$SOCKET"
}

# begin_streams FAMILY: TCP over IPv4 and UDP over FAMILY (ip4, ip6), of a friend and of another to the server.
begin_streams() {
	local who ways=() port=6000
	for who in friend other; do
		ways+=("$who-tcp=$(lab_ns shop/$who),$(lab_ip4 shop/$who),$(lab_ns shop/server),$(lab_ip4 shop/server),$port"
			"$who-udp=$(lab_ns shop/$who),$("lab_$1" shop/$who),$(lab_ns shop/server),$("lab_$1" shop/server),$port/udp")
		port=$((port + 1))
	done
	"$(tool stream)" "${ways[@]}" >"$LAB_DIR/streams" 2>&1 &
	stream=$!
}

end_streams() {
	kill "$stream"
	wait "$stream" || true
	stream=
}

# said PATTERN COUNT: so many lines of the streams match.
said() {
	[ "$(grep -c -- "$1" "$LAB_DIR/streams")" -eq "$2" ]
}

are_open() {
	wait_for 3000 said ' open$' 4 || { cat "$LAB_DIR/streams" && false; }
}

# finds STATUS CHECKS WANTED: the audit, run on the node, exits with STATUS and finds WANTED.
finds() {
	local status=0 have
	lab_exec n1 "$SELVAGE" audit --from "$LAB_MANIFESTS" --socket "$SOCKET" --only "$2" -o json >"$LAB_DIR/audit" \
		2>"$LAB_DIR/errors" || status=$?
	[ "$status" = "$1" ] || { echo "exit status $status" && jq -c .findings "$LAB_DIR/audit" && cat "$LAB_DIR/errors" && return 1; }
	have=$(jq -r '.findings[] | .id + " " + .where + ": " + (.message | sub(", the last [^;]*;.*"; ""))' "$LAB_DIR/audit")
	[ "$have" = "$3" ] || { echo "$have" && return 1; }
}

nothing_is_found() {
	finds 0 NP201,NP202,NP205 ''
}

only_friends() {
	local mark
	mark=$(lab_agents_mark)
	lab_put only-friends.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: only-friends, namespace: shop}
		spec:
		  podSelector: {matchLabels: {app: server}}
		  ingress:
		  - from:
		    - podSelector: {matchLabels: {app: friend}}
	END
	lab_agents_settle "$mark"
}

stale_are_found() {
	only_friends
	finds 1 NP201 'NP201 shop/server: 1 connection from shop/other to TCP 6001, denied now, goes on; isolated by only-friends
NP201 shop/server: 1 connection from shop/other to UDP 6001, denied now, goes on; isolated by only-friends'
}

is_over() {
	lab_exec n1 conntrack -L -p tcp >"$LAB_DIR/listed" 2>/dev/null &&
		grep -qE ' (LAST_ACK|TIME_WAIT|CLOSE) .*dport=6001 ' "$LAB_DIR/listed"
}

# The two of other: killed, so that the kernel remembers a TCP connection that is over; UDP does not end.
ended_are_not_found() {
	end_streams
	wait_for 3000 is_over
	finds 1 NP201 'NP201 shop/server: 1 connection from shop/other to UDP 6001, denied now, goes on; isolated by only-friends'
}

# An agent that cuts leaves nothing to find.
cut_are_not_found() {
	only_friends
	wait_for 3000 said '^other.* stalled$' 2 || { cat "$LAB_DIR/streams" && false; }
	finds 0 NP201 ''
}

drops_are_found() {
	only_friends
	"$(tool forge)" -n 5 "$(lab_ns shop/other)" "$(lab_ip4 shop/other)" "$(lab_ip4 shop/server)" 17 "$(lab_ns shop/server)"
	sleep 0.5
	finds 1 NP202,NP205 "$(jq -rn --arg port "$(lab_exec n1 "$SELVAGE" status --socket "$SOCKET" -o json |
		jq -r '.recentDrops[] | select(.count == 5) | .to.port')" \
		'"NP202 shop/server: 5 packets from shop/other to UDP " + $port + " dropped"')"
}

unknown_pods_are_found() {
	sed 's/name: *other/name: newer/; s/"other"/"newer"/' "$LAB_MANIFESTS"/*other*.yaml >"$LAB_DIR/newer.yaml"
	mkdir -p "$LAB_DIR/later"
	cp "$LAB_MANIFESTS"/* "$LAB_DIR/later"
	mv "$LAB_DIR/newer.yaml" "$LAB_DIR/later"
	LAB_MANIFESTS=$LAB_DIR/later finds 1 NP205 'NP205 shop/newer: the agent of node n1 does not know it'
}

ends_are_found() {
	lab_agent_kill n1
	finds 1 NP205 "NP205 this node: no agent answers: nobody listens on $SOCKET"
}

tap_ok "a lab whose agent keeps connections comes up" bring_up --keep-established
begin_streams ip6
tap_ok "connections of a friend and another are open" are_open
tap_ok "nothing is found where all is well" nothing_is_found
tap_ok "NP201: connections that a new policy denies go on and are found, and no others" stale_are_found
tap_ok "NP201: a connection that is over and remembered is not found" ended_are_not_found
lab_down
tap_ok "a lab whose agent cuts connections comes up" bring_up
begin_streams ip6
tap_ok "the connections are open again" are_open
tap_ok "NP201: those that were cut are not found" cut_are_not_found
end_streams
lab_down
tap_ok "a lab with an agent that told of no drop comes up" bring_up --log-drops
tap_ok "NP202: packets that the kernel drops are found" drops_are_found
tap_ok "NP205: a pod of the node that the agent does not know is found" unknown_pods_are_found
tap_ok "NP205: an agent that is gone is found" ends_are_found
tap_done
