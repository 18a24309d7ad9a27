#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does neighbour discovery stay between neighbours?  An isolated pod that may send raw packets must not reach the world, nor
# the world it, in solicitations and advertisements that a router passes on.
# shellcheck disable=SC2317 # tap_ok calls the functions
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

[ "$(id -u)" = 0 ] || tap_skip_all "not root"
for tool in ip nft perl; do
	command -v $tool >/dev/null || tap_skip_all "no $tool command"
done
lab=nd$$
pod=fd00:10:244:1::2
world=2001:db8:51::2
scratch=$(mktemp -d)

clean_up() {
	for ns in pod node world; do
		ip netns del "$lab-$ns" 2>/dev/null
	done
	rm -rf "$scratch"
}
trap clean_up EXIT

# A pod and the world on two links of a node that routes.
bring_up() {
	for ns in pod node world; do
		ip netns add "$lab-$ns" || return 1
	done
	for ns in pod world; do
		ip -n "$lab-$ns" link add eth0 type veth peer name "$ns" netns "$lab-node" || return 1
	done
	ip -n "$lab-pod" addr add $pod/64 dev eth0 nodad
	ip -n "$lab-node" addr add fd00:10:244:1::1/64 dev pod nodad
	ip -n "$lab-world" addr add $world/64 dev eth0 nodad
	ip -n "$lab-node" addr add 2001:db8:51::1/64 dev world nodad
	ip -n "$lab-pod" link set eth0 up
	ip -n "$lab-world" link set eth0 up
	ip -n "$lab-node" link set pod up
	ip -n "$lab-node" link set world up
	ip -n "$lab-pod" route add default via fd00:10:244:1::1
	ip -n "$lab-world" route add default via 2001:db8:51::1
	ip netns exec "$lab-node" sysctl -qw net.ipv6.conf.all.forwarding=1
}

ruleset() {
	printf '%s\n' "apiVersion: networking.k8s.io/v1" "kind: NetworkPolicy" "metadata: {name: deny, namespace: a}" \
		"spec: {podSelector: {}, policyTypes: [Ingress, Egress]}" --- \
		"apiVersion: v1" "kind: Pod" "metadata: {name: p, namespace: a}" "spec: {nodeName: n1}" \
		"status: {podIPs: [{ip: '$pod'}]}" | "$SELVAGE" render --from - --node n1
}

# send FROM ADDRESS TYPE LIMIT: an ICMPv6 packet of 100 bytes; the kernel fills in the checksum.
send() {
	ip netns exec "$lab-$1" perl -MSocket=:all -e '
		my ($to, $type, $limit) = @ARGV;
		socket(my $s, AF_INET6, SOCK_RAW, 58) or die "socket: $!";
		setsockopt($s, 41, 16, pack("i", $limit)) or die "hop limit: $!";
		send($s, pack("CCna96", $type, 0, 0, "secret"), 0, pack_sockaddr_in6(0, inet_pton(AF_INET6, $to)))
			or die "send: $!"' "$2" "$3" "$4"
}

# How many packets of TYPE that a router has passed on came to NS since the last question?
came() {
	sleep 0.2
	ip netns exec "$lab-$1" nft reset counter inet seen "t$2" | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

listen() {
	ip netns exec "$lab-$1" nft -f - <<-END
		table inet seen {
			counter t128 { }
			counter t135 { }
			counter t136 { }
			chain input {
				type filter hook prerouting priority 0;
				ip6 hoplimit < 255 icmpv6 type 128 counter name t128
				ip6 hoplimit < 255 icmpv6 type 135 counter name t135
				ip6 hoplimit < 255 icmpv6 type 136 counter name t136
			}
		}
	END
}

# crosses FROM TO ADDRESS TYPE: does such a packet of 255, which the router makes 254, or of 64 arrive?
crosses() {
	send "$1" "$3" "$4" 255 && send "$1" "$3" "$4" 64 || exit 2
	[ "$(came "$2" "$4")" -gt 0 ]
}

nothing_crosses() {
	not crosses pod world $world "$1" && not crosses world pod $pod "$1"
}

everything_crosses() {
	crosses pod world $world "$1" && crosses world pod $pod "$1"
}

load() {
	ip netns exec "$lab-node" nft -f -
}

bring_up || tap_skip_all "the network cannot be made"
wait_for 5000 ip netns exec "$lab-pod" ping -6 -qc 1 -W 1 $world >/dev/null || tap_skip_all "the pod does not reach the world"
listen world
listen pod
for type in 128 135 136; do
	tap_ok "without a table, type $type crosses the router" everything_crosses $type
done
ruleset | load
for type in 128 135 136; do
	tap_ok "an isolated pod and the world do not reach each other by type $type" nothing_crosses $type
done
tap_ok "the pod and its node find each other all the same" ip netns exec "$lab-pod" ping -6 -c 1 -W 2 fd00:10:244:1::1
# As it was once: whoever can tell the two apart can tell that the hop limit is what keeps them in.
ruleset | sed 's/ip6 hoplimit 255 //' | load
for type in 135 136; do
	tap_ok "without the hop limit, type $type gets through" everything_crosses $type
done
tap_done
