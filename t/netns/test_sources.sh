#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a pod send from its own addresses only, from its first packet to its last, whatever it does to its interface, and
# whatever becomes of the agent and of the table?
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build probe
LAB_TOOLS=$BUILD/t/netns
LOOK_SECONDS=6 # a little more than from look to look
trap lab_down EXIT

# db admits friends.
bring_up() {
	lab_up
	lab_pod n1 shop/db app=db
	lab_pod n1 shop/friend app=friend
	lab_pod n1 shop/evil app=evil
	lab_pod n2 shop/far app=friend
	lab_put db.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: db, namespace: shop}
		spec:
		  podSelector: {matchLabels: {app: db}}
		  ingress:
		  - from: [{podSelector: {matchLabels: {app: friend}}}]
		    ports: [{port: 80}, {port: 80, protocol: UDP}]
	END
	lab_agent_start n1 --metrics 127.0.0.1:9879
	honest_are_heard
}

# forge FROM WHO...: who of them was believed by db, when FROM sent with his address?
forge() {
	local from=$1 who words=()
	shift
	for who in "$@"; do
		words+=("${who#*/}=$(lab_ns n1),$(lab_ip4 "$who"),$(lab_ip6 "$who")")
	done
	python3 "$here/forge.py" spoof "from=$(lab_ns "$from"),0.0.0.0,::" "to=$(lab_ns shop/db),$(lab_ip4 shop/db),$(lab_ip6 shop/db)" \
		"${words[@]}" >"$LAB_DIR/forged"
	cat "$LAB_DIR/forged"
	[ "$(wc -l <"$LAB_DIR/forged")" = $((2 * $#)) ]
}

nobody_is_believed() {
	forge "$1" shop/friend shop/far
	not grep -v ' seen 0$' "$LAB_DIR/forged"
}

honest_are_heard() {
	printf '%s must\n' 'shop/friend shop/db tcp 80' 'shop/friend shop/db udp 80' 'shop/evil shop/friend tcp 80' \
		'shop/db shop/evil icmp 1' | lab_probe
}

# The API does not tell of it yet.
new_pod_is_checked() {
	lab_pod n1 shop/new app=evil
	rm "$LAB_MANIFESTS/pod-shop.new.yaml"
	sleep 0.2
	nobody_is_believed shop/new
}

new_pod_would_be_believed() {
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	lab_agent_start n1 --forged-sources allow
	lab_pod n1 shop/newer app=evil
	forge shop/newer shop/friend shop/far
	lab_agent_stop n1
	lab_agent_start n1 --metrics 127.0.0.1:9879
	not grep ' seen 0$' "$LAB_DIR/forged"
}

# evil may do all that CAP_NET_ADMIN allows to its own interface.
evil_ip() {
	ip -n "$(lab_ns shop/evil)" "$@"
}

taken_addresses_are_not_believed() {
	evil_ip addr add "$(lab_ip4 shop/friend)/24" dev eth0
	evil_ip addr add "$(lab_ip6 shop/friend)/64" dev eth0 nodad
	evil_ip addr add "$(lab_ip4 shop/far)/32" dev eth0
	evil_ip addr add "$(lab_ip6 shop/far)/128" dev eth0 nodad
	sleep "$LOOK_SECONDS"
	nobody_is_believed shop/evil
}

nor_by_a_new_agent() {
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	lab_agent_start n1 --metrics 127.0.0.1:9879
	nobody_is_believed shop/evil
}

taken_addresses_are_given_back() {
	evil_ip addr del "$(lab_ip4 shop/friend)/24" dev eth0
	evil_ip addr del "$(lab_ip6 shop/friend)/64" dev eth0
	evil_ip addr del "$(lab_ip4 shop/far)/32" dev eth0
	evil_ip addr del "$(lab_ip6 shop/far)/128" dev eth0
	ip -n "$(lab_ns n1)" neigh flush all
	ip -n "$(lab_ns shop/db)" neigh flush all
	ip -n "$(lab_ns shop/friend)" neigh flush all
	honest_are_heard
}

# Without an address it is known by that it had.
nameless_is_checked() {
	local ip4 ip6
	ip4=$(lab_ip4 shop/evil) ip6=$(lab_ip6 shop/evil)
	evil_ip addr del "$ip4/24" dev eth0
	evil_ip addr del "$ip6/64" dev eth0
	evil_ip route add "$(lab_ip4 shop/db)" dev eth0
	evil_ip route add "$(lab_ip6 shop/db)" dev eth0
	sleep "$LOOK_SECONDS"
	nobody_is_believed shop/evil
	evil_ip addr add "$ip4/24" dev eth0
	evil_ip addr add "$ip6/64" dev eth0 nodad
	honest_are_heard
}

# Pods come and go, and with each the table is written anew.
checked_while_pods_come_and_go() {
	local i
	for i in 1 2 3 4 5; do
		lab_pod n1 shop/guest
		nobody_is_believed shop/evil
		lab_pod_del shop/guest
		nobody_is_believed shop/evil
	done
	honest_are_heard
	not grep 'not checked' "$LAB_DIR/n1.log"
}

chains() {
	lab_exec n1 nft list table netdev selvage | grep -c 'type filter hook ingress'
}

interfaces_that_go_leave_nothing() {
	local before
	before=$(chains)
	lab_pod n1 shop/guest
	wait_for 2000 chains_are $((before + 1))
	lab_pod_del shop/guest
	wait_for 7000 chains_are "$before"
}

chains_are() {
	[ "$(chains)" = "$1" ]
}

checked_without_an_agent() {
	lab_agent_kill n1
	nobody_is_believed shop/evil
	lab_agent_start n1 --metrics 127.0.0.1:9879
	nobody_is_believed shop/evil
}

others_cannot_take_it_away() {
	not lab_exec n1 nft delete table netdev selvage
	lab_exec n1 nft flush ruleset
	nobody_is_believed shop/evil
}

what_others_take_away_is_put_back() {
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	lab_agent_start n1 --no-table-owner --metrics 127.0.0.1:9879
	nobody_is_believed shop/evil
	lab_exec n1 nft delete table netdev selvage
	wait_for 2000 nobody_is_believed shop/evil
	lab_exec n1 nft flush ruleset
	wait_for 2000 nobody_is_believed shop/evil
}

# Nobody puts it back.
taken_away_it_would_be_missed() {
	lab_agent_stop n1
	lab_exec n1 nft delete table netdev selvage
	forge shop/evil shop/friend shop/far
	not grep ' seen 0$' "$LAB_DIR/forged"
	lab_agent_start n1 --metrics 127.0.0.1:9879
}

status_tells() {
	nobody_is_believed shop/evil
	lab_exec n1 "$SELVAGE" status --socket "$LAB_DIR/n1.sock" -o json >"$LAB_DIR/status"
	jq -c ".guards[], .otherDrops[]" "$LAB_DIR/status"
	jq -e '.guards[] | select(.guard == "sources") | .state == "ok"' "$LAB_DIR/status"
	jq -e '.otherDrops[] | select(.reason == "forged") | .drops >= 4' "$LAB_DIR/status"
	lab_exec n1 curl -s http://127.0.0.1:9879/metrics | grep -E 'other_dropped_packets_total\{reason="forged"\} ([4-9]|[0-9]{2,})$'
}

# A pod of which the machine knows no interface.
status_tells_of_whom_nothing_is_known() {
	lab_pod_manifest n1 shop/ghost 10.244.1.200 fd00:10:244:1::200 Running
	wait_for 5000 ghost_is_told
	rm "$LAB_MANIFESTS/pod-shop.ghost.yaml"
}

ghost_is_told() {
	lab_exec n1 "$SELVAGE" status --socket "$LAB_DIR/n1.sock" -o json |
		jq -e '.guards[] | select(.guard == "sources") | .state == "note" and (.detail | contains("shop/ghost"))'
}

cleanup_takes_it_away() {
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	[ -z "$(lab_exec n1 nft list tables | grep selvage)" ]
}

tap_ok "a node comes up" bring_up
tap_ok "B13: nobody is believed who sends with another's address" nobody_is_believed shop/evil
tap_ok "B13: nor a pod of which the API does not tell yet" new_pod_is_checked
tap_ok "known bad: with --forged-sources allow it is" new_pod_would_be_believed
tap_ok "B13: nor a pod that gives itself the address" taken_addresses_are_not_believed
tap_ok "B13: not even by an agent that was not there when it did" nor_by_a_new_agent
tap_ok "and whose the address is is heard" taken_addresses_are_given_back
tap_ok "B13: nor a pod that has no address any more" nameless_is_checked
tap_ok "B13: nor anybody while pods come and go" checked_while_pods_come_and_go
tap_ok "nothing is left of interfaces that are gone" interfaces_that_go_leave_nothing
tap_ok "B13: nor without an agent" checked_without_an_agent
tap_ok "others cannot take it away" others_cannot_take_it_away
tap_ok "what others take away is put back, without an owner" what_others_take_away_is_put_back
tap_ok "known bad: taken away for good it would be missed" taken_away_it_would_be_missed
tap_ok "status and metrics tell" status_tells
tap_ok "status tells of pods whose interface is not known" status_tells_of_whom_nothing_is_known
tap_ok "cleanup takes it away" cleanup_takes_it_away
tap_done
