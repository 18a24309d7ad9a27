#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Is what the node sends in a stranger's name policed as what it forwards?  So IPVS hands on the packets of Services.  Here
# raw sockets of the node do it, from the addresses of pods and of the world.
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
tools_build forge probe
LAB_TOOLS=$BUILD/t/netns
trap lab_down EXIT

bring_up() {
	lab_up
	lab_pod n1 shop/in app=in
	lab_pod n1 shop/out app=out
	lab_pod n1 default/open
	lab_pod n2 default/far
	for app in in:Ingress out:Egress; do
		lab_put "policy-${app%:*}.yaml" <<-END
			apiVersion: networking.k8s.io/v1
			kind: NetworkPolicy
			metadata: {name: ${app%:*}, namespace: shop}
			spec: {podSelector: {matchLabels: {app: ${app%:*}}}, policyTypes: [${app#*:}]}
		END
	done
	lab_agent_start n1 --ipvs
}

# hand_on FAMILY FROM-IP TO PROTO: how many of ten does the node hand on in that name?
hand_on() {
	"$(tool forge)" -p 80 "$(lab_ns n1)" "$2" "$("lab_ip$1" "$3")" "$4" "$(lab_ns "$3")" | awk '{ print $2 }'
}

# are COUNT PATHS: every "FROM TO" of them, in both families and three protocols.
are() {
	local want=$1 from to family proto got n=0
	while read -r from to; do
		for family in 4 6; do
			for proto in 6 17 132; do
				got=$(hand_on $family "$("lab_ip$family" "$from")" "$to" $proto)
				echo "$from to $to, IPv$family, protocol $proto: $got"
				[ "$got" = "$want" ]
				n=$((n + 1))
			done
		done
	done
	[ $n -ge 12 ]
}

# By the ingress of the destination, by the egress of the source, to this node and to the other.
forbidden() {
	printf '%s\n' 'default/open shop/in' 'default/far shop/in' 'x shop/in' 'shop/out default/open' 'shop/out default/far'
}

forbidden_are_stopped() {
	forbidden | are 0
}

allowed_pass() {
	printf '%s\n' 'default/far default/open' 'shop/in default/open' 'default/open default/far' 'x shop/out' | are 10
}

the_nodes_own_pass() {
	printf '%s\n' 'n1 shop/in' 'n1 shop/out' 'n1 default/far' | are 10
	printf 'n1 shop/in tcp 80\nn1 shop/out udp 80\nn1 shop/in icmp 1\n' | lab_probe | grep -c '^allowed' | grep -qx 6
}

replies_pass() {
	printf 'n1 shop/in tcp 80\nx shop/out tcp 80\ndefault/open default/far tcp 80\n' | lab_probe -c |
		grep -c '^allowed' | grep -qx 6
}

it_is_counted() {
	[ "$(lab_exec n1 nft list counters table inet selvage | awk '
		/counter (in|out)-/ { pod = 1 } pod && $1 == "packets" { if ($2 > 0) n++; pod = 0 } END { print n }')" = 2 ]
}

without_the_chains_it_is_handed_on() {
	lab_agent_stop n1
	lab_agent_start n1
	lab_exec n1 nft list ruleset | not grep 'hook output'
	forbidden | are 10
}

tap_ok "the lab comes up" bring_up
tap_ok "B11: what policy denies is not handed on, whichever end's policy it is" forbidden_are_stopped
tap_ok "it is counted for both" it_is_counted
tap_ok "B11: what policy allows is" allowed_pass
tap_ok "the node's own packets pass" the_nodes_own_pass
tap_ok "connections work" replies_pass
tap_ok "known bad: without --ipvs, and without IPVS, all of it is handed on" without_the_chains_it_is_handed_on
tap_done
