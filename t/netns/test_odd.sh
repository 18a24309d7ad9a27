#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do policies hold for packets that are no ordinary connections?  Every IP protocol there is, the loopback of the
# node, and the node's own addresses.
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
	lab_pod n1 shop/a
	lab_pod n1 shop/b
	lab_pod n1 sctp/server
	lab_pod n1 default/open
	lab_pod n1 default/open2
	lab_pod n2 default/far
	for ns in shop sctp; do
		lab_put "policy-$ns.yaml" <<-END
			apiVersion: networking.k8s.io/v1
			kind: NetworkPolicy
			metadata: {name: deny, namespace: $ns}
			spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
		END
	done
	lab_put policy-sctp-allow.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: allow, namespace: sctp}
		spec: {podSelector: {}, ingress: [{ports: [{port: 80, protocol: SCTP}]}]}
	END
	# Neighbours are known before anything is counted.
	printf '%s icmp 1\n' 'default/open default/open2' 'default/far default/open' 'n1 shop/a' 'n1 shop/b' |
		sed 's/$/ must/' | lab_probe
	lab_agent_start n1
	lab_agent_start n2
}

# forge OPTION... FROM TO-IP PROTOCOL AT: from the address of the destination's family that FROM has.
forge() {
	local n=$#
	local from=${*:$((n - 3)):1} to=${*:$((n - 2)):1} source
	source=$(lab_ip4 "$from")
	case $to in
	*:*) source=$(lab_ip6 "$from") ;;
	esac
	"$(tool forge)" "${@:1:$((n - 4))}" "$(lab_ns "$from")" "$source" "$to" "${*:$((n - 1)):1}" "$(lab_ns "${*:$n:1}")"
}

# every_protocol FROM TO FAMILY: how many of the 256 come in?
every_protocol() {
	forge -n 1 "$1" "$("lab_ip$3" "$2")" all "$2" | awk '$1 == "received" { print $2 }'
}

deny_all_closes_every_protocol() {
	local pair family
	for pair in 'default/open shop/a' 'shop/a shop/b' 'shop/a default/open' 'default/far shop/a' 'shop/a default/far' 'x shop/a'; do
		for family in 4 6; do
			# shellcheck disable=SC2086 # a pair is two words
			set -- $pair $family
			echo "$pair, IPv$family: $(every_protocol "$@")"
			[ "$(every_protocol "$@")" = 0 ]
		done
	done
}

# Where nothing is denied nearly all of them come in, so that their absence is ours.  Some are options of IPv6 to a router.
without_a_policy_they_come() {
	local n
	for pair in 'default/open default/open2' 'default/far default/open'; do
		# shellcheck disable=SC2086 # a pair is two words
		n=$(every_protocol $pair 4)
		echo "$pair, IPv4: $n"
		[ "$n" -ge 250 ]
		# shellcheck disable=SC2086 # a pair is two words
		n=$(every_protocol $pair 6)
		echo "$pair, IPv6: $n"
		[ "$n" -ge 240 ]
	done
}

sctp_is_known_by_its_header() {
	printf '%s sctp 80\n' 'default/open sctp/server' 'default/far sctp/server' | lab_probe | grep -c '^allowed' | grep -qx 4
	printf '%s\n' 'default/open sctp/server sctp 81' 'default/open sctp/server tcp 80' 'default/far sctp/server udp 80' |
		lab_probe | grep -c '^denied' | grep -qx 6
	forge -p 80 default/open "$(lab_ip4 sctp/server)" 132 sctp/server | grep -qx 'received 10'
	forge -p 80 default/open "$(lab_ip4 sctp/server)" 136 sctp/server | grep -qx 'received 0'
}

# A packet to the loopback of the node, on the wire.
to_loopback() {
	lab_exec n1 nft -f - <<-END
		table inet watch {
			counter loopback { }
			chain input {
				type filter hook input priority 10;
				ip daddr 127.0.0.0/8 iifname != "lo" counter name loopback
			}
		}
	END
	lab_sysctl "$(lab_ns default/open)" net/ipv4/conf/all/route_localnet=1
	ip -n "$(lab_ns default/open)" route flush table local match 127.0.0.1 || true
	ip -n "$(lab_ns default/open)" route replace 127.0.0.0/8 via 10.244.1.1 dev eth0
	forge default/open 127.0.0.1 17 n1
}

loopback_counted() {
	lab_exec n1 nft list counter inet watch loopback | awk '$1 == "packets" { print $2 }'
}

loopback_is_closed() {
	to_loopback | grep -qE '^received [1-9]' # to the node's link, where its kernel looks at it
	[ "$(loopback_counted)" = 0 ]
}

# As the kernel is asked to by the setting that opened it to others once (CVE-2020-8558).
loopback_would_be_open() {
	lab_sysctl "$(lab_ns n1)" net/ipv4/conf/all/route_localnet=1
	forge default/open 127.0.0.1 17 n1
	[ "$(loopback_counted)" = 10 ]
	lab_sysctl "$(lab_ns n1)" net/ipv4/conf/all/route_localnet=0
}

# "Traffic to and from the node where a Pod is running is always allowed", whichever of its addresses it is.
a_node_is_open_to_its_pods() {
	local ip
	for ip in 10.244.1.1 10.244.1.0 "$(lab_ip4 n1)" fd00:10:244:1::1 fd00:10:244:1:: "$(lab_ip6 n1)"; do
		lab_exec shop/a ping -c 1 -W 1 -q "$ip"
	done
}

# And no other's.
other_nodes_are_not() {
	local ip
	for ip in 10.244.2.1 10.244.2.0 "$(lab_ip4 n2)" fd00:10:244:2::1 "$(lab_ip6 n2)"; do
		not lab_exec shop/a ping -c 1 -W 1 -q "$ip"
		lab_exec default/open ping -c 1 -W 1 -q "$ip"
	done
}

tap_ok "the lab comes up" bring_up
tap_ok "B30: deny-all closes every one of the 256 IP protocols" deny_all_closes_every_protocol
tap_ok "B30: without a policy they come in" without_a_policy_they_come
tap_ok "B30: SCTP is known by its header, and only SCTP" sctp_is_known_by_its_header
tap_ok "B25: a pod's packets do not reach the node's loopback" loopback_is_closed
tap_ok "known bad: where the kernel is told to let them, they would" loopback_would_be_open
tap_ok "B5: a node's every address is open to its pods" a_node_is_open_to_its_pods
tap_ok "B5: other nodes' are not" other_nodes_are_not
tap_done
