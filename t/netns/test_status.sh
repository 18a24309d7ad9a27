#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do `selvage status` and `selvage monitor` tell what the node does: real drops, real drift, a real end of the agent?  One
# node, real packets.
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
tools_build facts forge probe
command -v jq >/dev/null || tap_skip_all "no jq command"
trap 'kill $monitors 2>/dev/null || true; lab_down' EXIT
monitors=
schema=$here/../../examples/schema/status.json
python3 -c 'import jsonschema' 2>/dev/null || schema=

# policy NAME SPEC: in the namespace shop.
policy() {
	lab_put "policy-$1.yaml" <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: $1, namespace: shop}
		spec: $2
	END
}

bring_up() {
	lab_up n1
	mkdir "$LAB_DIR/kept"
	lab_pod n1 shop/web app=web
	lab_pod n1 shop/db app=db
	lab_pod n1 shop/out app=out
	policy db '{podSelector: {matchLabels: {app: db}}}'
	policy admin '{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: admin}}}]}]}'
	policy out '{podSelector: {matchLabels: {app: out}}, policyTypes: [Egress]}'
	lab_agent_start n1 --log-drops
	wait_for 5000 test -S "$SOCKET"
}

# status CODE [ARGUMENT...]: prints it; must exit with this code.
status() {
	local code=$1 got=0
	shift
	lab_exec n1 "$SELVAGE" status --socket "$SOCKET" "$@" 2>"$LAB_DIR/errors" || got=$?
	[ "$got" = "$code" ] || { echo "exit status $got" >&2 && cat "$LAB_DIR/errors" >&2 && return 1; }
}

# says CODE FILTER VALUE: what the status of that code holds.
says() {
	local have
	have=$(status "$1" -o json | jq -c "$2") && [ "$have" = "$3" ] || { echo "$2 is $have, not $3" && return 1; }
}

# keep CODE NAME: the status of that code, for the schema.
keep() {
	status "$1" -o json >"$LAB_DIR/kept/$2"
}

# Is the status of that name what the schema says?
schema_holds() {
	[ -n "$schema" ] || { echo "there is no python3-jsonschema" && exit 77; }
	python3 "$here/../golden/schema.py" "$schema" <"$LAB_DIR/kept/$1"
}

# schema_notices NAME CHANGE...: with such a change, made by jq, it is not.
schema_notices() {
	local kept=$LAB_DIR/kept/$1 change
	shift
	[ -n "$schema" ] || { echo "there is no python3-jsonschema" && exit 77; }
	for change; do
		echo "$change"
		jq "$change" "$kept" >"$LAB_DIR/bad.json"
		not python3 "$here/../golden/schema.py" "$schema" <"$LAB_DIR/bad.json"
	done
}

# told FILE NUMBER REGEX: so many lines of what monitor printed.
told() {
	[ "$(grep -cE -- "$3" "$1")" = "$2" ]
}

# watch FILE [ARGUMENT...]: monitors into it until unwatch; the lines of a moment before would be missed.
watch() {
	local file=$1
	shift
	ip netns exec "$(lab_ns n1)" "$SELVAGE" monitor --socket "$SOCKET" "$@" >"$file" 2>"$file.errors" &
	monitors="$monitors $!"
	sleep 0.5
}

unwatch() {
	sleep 0.5
	# shellcheck disable=SC2086 # words
	kill $monitors
	monitors=
}

# send FROM TO NUMBER: UDP datagrams.
send() {
	"$(tool forge)" -n "$3" "$(lab_ns "$1")" "$(lab_ip4 "$1")" "$(lab_ip4 "$2")" 17 "$(lab_ns "$2")"
}

only_root_may_ask() {
	[ "$(stat -c %a "$SOCKET")" = 600 ]
}

drops_are_counted_by_pod_and_direction() {
	says 0 '[.pods[] | .ingress.drops + .egress.drops] | add' 0
	says 0 '[.pods[] | .ingress.lastDrop, .egress.lastDrop] | unique' '[null]'
	send shop/web shop/db 7
	send shop/out shop/web 3
	sleep 0.5
	says 0 '[.pods[] | [.pod, .ingress.isolated, .ingress.drops, .egress.isolated, .egress.drops]]' \
		'[["shop/db",true,7,false,0],["shop/out",false,0,true,3],["shop/web",false,0,false,0]]'
	says 0 '[.pods[] | [.ingress.policies, .egress.policies]]' '[[["shop/admin","shop/db"],[]],[[],["shop/out"]],[[],[]]]'
	says 0 '[.pods[] | [.ingress.lastDrop != null, .egress.lastDrop != null]]' '[[true,false],[false,true],[false,false]]'
	says 0 '[.recentDrops[] | [.from.name, .to.name, .proto, .reason, .count]] | sort' \
		'[["shop/out","shop/web","UDP","egress",3],["shop/web","shop/db","UDP","ingress",7]]'
}

people_read_the_same() {
	status 0 -o wide >"$LAB_DIR/wide"
	cat "$LAB_DIR/wide"
	grep -qx 'node n1: protected' "$LAB_DIR/wide"
	grep -qE '^shop/db +yes +no +7 +0 +20[0-9TZ:-]+ +shop/admin, shop/db +-$' "$LAB_DIR/wide"
	grep -qE '^bridges +ok ' "$LAB_DIR/wide"
	grep -qE '7x  ingress shop/web \([0-9.]+\) -> shop/db \([0-9.]+\) UDP' "$LAB_DIR/wide"
	status 0 -o yaml | grep -qx 'node: n1'
}

drops_are_told() {
	local line proto from to mark
	mark=$(lab_agent_mark n1)
	watch "$LAB_DIR/text"
	watch "$LAB_DIR/json" -o json
	printf 'shop/web shop/db %s 5432\n' tcp udp sctp | lab_probe >/dev/null
	lab_exec shop/web ping -c 1 -W 1 "$(lab_ip4 shop/db)" || true
	lab_exec shop/web ping -c 1 -W 1 "$(lab_ip6 shop/db)" || true
	unwatch
	sort -u "$LAB_DIR/text"
	for line in ip4:TCP:5432 ip4:UDP:5432 ip4:SCTP:5432 ip6:TCP:5432 ip6:UDP:5432 ip6:SCTP:5432 \
		'ip4:ICMP:type 8 code 0' 'ip6:ICMPv6:type 128 code 0'; do
		from=$("lab_${line%%:*}" shop/web)
		to=$("lab_${line%%:*}" shop/db)
		proto=${line#*:}
		line="ingress shop/web ($from) -> shop/db ($to) ${proto/:/ }; isolated by shop/admin, shop/db; nearest miss: shop/admin ingress[0]: "
		grep -qE "^20[0-9-]+T[0-9:]+Z ingress" "$LAB_DIR/text"
		grep -qF "Z $line" "$LAB_DIR/text" || { echo "no: $line" && return 1; }
		lab_agent_said n1 "$mark" "dropped: $line" || { echo "not logged: $line" && return 1; }
	done
	keep 0 drops
	jq -e -s 'map(select(.proto == "TCP" and .to.port == 5432 and .from.port > 0 and .policies == ["shop/admin","shop/db"])) |
		length >= 2' "$LAB_DIR/json"
}

# More than the kernel tells of: 10 a second and 20 at once.
floods_are_told_of_in_part() {
	local before lines
	before=$(status 0 -o json | jq '.pods[0].ingress.drops')
	watch "$LAB_DIR/flood"
	send shop/web shop/db 5000
	unwatch
	lines=$(grep -c ' UDP ' "$LAB_DIR/flood")
	echo "$lines told"
	[ "$lines" -ge 10 ]
	[ "$lines" -le 100 ]
	says 0 '.pods[0].ingress.drops' $((before + 5000))
}

# One who reads nothing, and one who is gone, while policies change and packets are dropped.
clients_that_hang_hold_nothing_up() {
	watch "$LAB_DIR/stopped"
	kill -STOP $monitors
	send shop/web shop/db 1000
	change policy web '{podSelector: {matchLabels: {app: web}}}'
	says 0 '[.pods[] | .ingress.isolated]' '[true,false,true]'
	change rm "$LAB_MANIFESTS/policy-web.yaml"
	kill -KILL $monitors
	monitors=
	settled n1
	says 0 '[.pods[] | .ingress.isolated]' '[true,false,false]'
}

a_second_agent_leaves_the_socket() {
	local inode second
	inode=$(stat -c %i "$SOCKET")
	ip netns exec "$(lab_ns n1)" "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$SOCKET" \
		>"$LAB_DIR/second.log" 2>&1 &
	second=$!
	monitors=$second
	wait_for 5000 grep -q waiting: "$LAB_DIR/second.log"
	sleep 1
	[ "$(stat -c %i "$SOCKET")" = "$inode" ]
	says 0 .agent true
	lab_agent_kill n1
	wait_for 5000 grep -q ready: "$LAB_DIR/second.log"
	wait_for 5000 says 0 '[.agent, .log.read]' '[true,true]' || { cat "$LAB_DIR/second.log" && return 1; }
	[ "$(stat -c %i "$SOCKET")" != "$inode" ]
	kill $second
	wait $second || true
	monitors=
	[ ! -e "$SOCKET" ]
}

bridge() {
	lab_sysctl "$(lab_ns n1)" "net/bridge/bridge-nf-call-ip6tables=$1"
	lab_exec n1 sh -c "echo $2 >/sys/class/net/cni0/bridge/nf_call_ip6tables"
}

# Without an agent, nothing turns them on again; either of the two is enough.
bridges_are_read() {
	local state='.guards[] | select(.guard == "bridges").state'
	says 3 "$state" '"ok"'
	bridge 0 1
	says 3 "$state" '"ok"'
	bridge 0 0
	says 3 "$state" '"bad"'
	status 3 | grep -qE '^bridges +bad .*bridge-nf-call-ip6tables is off, and so is /sys/class/net/cni0/bridge/nf_call_ip6tables'
	bridge 1 0
	says 3 "$state" '"ok"'
}

nobody_answers() {
	local drops
	lab_agent_start n1
	wait_for 5000 says 0 .agent true
	send shop/web shop/db 4
	drops=$(status 0 -o json | jq '.pods[0].ingress.drops')
	[ "$drops" -ge 4 ]
	lab_agent_kill n1
	[ -S "$SOCKET" ]
	says 3 '[.agent, (.degraded | length)]' '[false,1]'
	says 3 '[.pods[] | [.pod, .ingress.isolated, .ingress.drops, .egress.isolated, .ingress.policies]]' \
		"[[\"shop/db\",true,$drops,false,null],[\"shop/out\",false,0,true,null]]"
	keep 3 kernel
	status 3 | head -n 1 | grep -q 'the agent does not answer; this is what the kernel enforces'
	bridges_are_read
	other_chains 3 '[]'
	lab_exec n1 nft 'add table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }'
	other_chains 3 '[["ip","filter","FORWARD","drop"]]'
	lab_exec n1 nft delete table ip filter
	other_chains_that_let_pass_are_not 3
	[ "$(lab_exec n1 "$SELVAGE" monitor --socket "$SOCKET" 2>&1)" = \
		"selvage monitor: nobody listens on $SOCKET: the agent does not run" ]
}

what_is_left_is_replaced() {
	lab_agent_start n1 --no-table-owner
	wait_for 5000 says 0 .agent true
}

# reaches "IPV4 IPV6": what out, which no policy isolates for ingress, gets from web.
reaches() {
	local got
	got=$(printf 'shop/web shop/out tcp 80\n' | lab_probe -v 2>/dev/null | cut -d' ' -f1 | xargs)
	[ "$got" = "$1" ] || { echo "$got, not $1" && return 1; }
}

# other_chains CODE: what they are, in JSON and for people.
other_chains() {
	says "$1" '[.otherChains[] | [.family, .table, .chain, .policy]] | sort' "$2"
	[ "$(status "$1" | grep -c '^forwarded packets also pass: ')" = "$(jq -n "$2 | length")" ]
}

# The rules of policy let the packets pass, and the chain does not: nothing is degraded for it.
chains_of_others_are_named() {
	other_chains 0 '[]'
	reaches 'allowed allowed'
	lab_exec n1 nft 'add table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }'
	reaches 'denied allowed'
	other_chains 0 '[["ip","filter","FORWARD","drop"]]'
	status 0 | grep -x 'forwarded packets also pass: ip filter FORWARD (policy drop)'
	says 0 .degraded '[]'
	keep 0 chains
	lab_exec n1 nft 'add table bridge a { chain b { type filter hook forward priority 0; policy drop; }; }'
	lab_exec n1 nft 'add table inet c { chain d { type filter hook forward priority 0; policy drop; }; }'
	lab_exec n1 nft 'add table ip6 selvage { chain forward { type filter hook forward priority 0; policy drop; }; }'
	other_chains 0 '[["bridge","a","b","drop"],["inet","c","d","drop"],["ip","filter","FORWARD","drop"],["ip6","selvage","forward","drop"]]'
	lab_exec n1 nft 'delete table ip filter; delete table bridge a; delete table inet c; delete table ip6 selvage'
	other_chains 0 '[]'
	reaches 'allowed allowed'
}

# Neither at another hook, nor with another policy, nor one that nothing hooks, nor of a table that sleeps.
other_chains_that_let_pass_are_not() {
	lab_exec n1 nft 'add table ip filter {
		chain INPUT { type filter hook input priority 0; policy drop; ip daddr 127.0.0.0/8 accept; }
		chain FORWARD { type filter hook forward priority 0; policy accept; }
		chain other { drop; }
	}'
	lab_exec n1 nft 'add table ip asleep { flags dormant; chain f { type filter hook forward priority 0; policy drop; }; }'
	other_chains "$1" '[]'
	lab_exec n1 nft delete table ip asleep
	lab_exec n1 nft delete table ip filter
}

culprits_are_named() {
	lab_exec n1 nft flush chain inet selvage ingress
	wait_for 5000 says 1 '[.repairs, .drifts[0].process, .drifts[0].repaired, .drifts[0].pid > 1]' '[1,"nft",true,true]'
	status 1 | grep -E '^20[0-9TZ:-]+ +nft +[0-9]+ +yes '
	keep 1 drift
}

a_socket_is_not_needed() {
	lab_agent_stop n1
	lab_exec_background n1 "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket /proc/selvage/agent.sock
	wait_for 5000 grep -q 'cannot ask this agent: cannot listen on /proc/selvage/agent.sock' "$LAB_DIR/n1.log"
	settled n1
	lab_agent_stop n1
}

# An agent that cannot turn on what hands bridged packets to the table.
what_is_open_is_told() {
	lab_sysctl "$(lab_ns n1)" net/bridge/bridge-nf-call-iptables=0
	lab_exec n1 sh -c 'echo 0 >/sys/class/net/cni0/bridge/nf_call_iptables'
	lab_exec_background n1 unshare -m sh -c 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys &&
		mount --bind /sys /sys && mount -o remount,bind,ro /sys && exec "$@"' sh \
		"$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$SOCKET"
	wait_for 5000 says 1 '[(.guards[] | select(.guard == "bridges").state), (.degraded | length)]' '["bad",1]'
	status 1 | grep -E '^degraded: .*bridge-nf-call-iptables'
	keep 1 open
	lab_sysctl "$(lab_ns n1)" net/bridge/bridge-nf-call-iptables=1
	wait_for 5000 says 0 '.guards[] | select(.guard == "bridges").state' '"ok"'
	lab_agent_stop n1
}

without_a_table_nothing_is_enforced() {
	lab_exec n1 "$SELVAGE" cleanup
	says 3 '[.guards[0].state, (.pods | length)]' '["bad",0]'
	keep 3 bare
}

tap_ok "the lab comes up" bring_up
tap_ok "only root may ask" only_root_may_ask
tap_ok "drops are counted by pod and direction, with policies and time, and by who and whom" \
	drops_are_counted_by_pod_and_direction
tap_ok "people read the same, and YAML says it" people_read_the_same
tap_ok "B31: chains of others that drop what is forwarded are named" chains_of_others_are_named
tap_ok "known bad: those that let it pass are not" other_chains_that_let_pass_are_not 0
tap_ok "every kind of dropped packet is told with names, port and policies, and logged" drops_are_told
tap_ok "a flood is told of in part and counted in full" floods_are_told_of_in_part
tap_ok "clients that hang hold nothing up" clients_that_hang_hold_nothing_up
tap_ok "a second agent takes the socket when it takes the table, not before" a_second_agent_leaves_the_socket
tap_ok "without an agent the kernel is asked" nobody_answers
tap_ok "the socket that a killed agent left is replaced" what_is_left_is_replaced
tap_ok "who changed the table is named" culprits_are_named
tap_ok "without a place for its socket the agent goes on" a_socket_is_not_needed
tap_ok "what is open is told, and when it is closed again" what_is_open_is_told
tap_ok "without agent and table nothing is enforced, and that is said" without_a_table_nothing_is_enforced
for name in chains drops kernel drift open bare; do
	tap_ok "the JSON is what the schema says: $name" schema_holds $name
done
tap_ok "JSON of an agent that is otherwise is not" schema_notices drops '.schemaVersion = 2' '.more = 1' 'del(.repairs)' \
	'del(.log)' '.node = null' '.agent = "yes"' '.pods[0].ingress.drops = -1' 'del(.pods[0].egress.lastDrop)' \
	'.pods[0].pod = null' '.guards[0].state = "fine"' '.guards[0].guard = "moat"' '.recentDrops[0].count = 0' \
	'.recentDrops[0].reason = "shadow-ingress"' '.recentShadow = .recentDrops' '.recentDrops[0].from.port = "80"' \
	'.recentDrops[0].time = "yesterday"' '.feeds = [{kind: "service"}]' '.shadow = {policies: 1}'
tap_ok "nor is JSON of the kernel alone" schema_notices kernel '.node = "n1"' '.otherDrops[0].reason = "ingress"' 'del(.guards)'
tap_ok "nor that of drift" schema_notices drift '.drifts[0].pid = 0' '.drifts[0].repaired = null'
tap_ok "nor that of chains of others" schema_notices chains '.otherChains[0].policy = "accept"' '.otherChains[0].family = "arp"'
tap_done
