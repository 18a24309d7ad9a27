#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What holds whatever the policies say?  A pod and itself, a node and its pods, neighbours, link-local addresses,
# connections that are open, errors about them.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

SERVICE4=10.96.0.10
SERVICE6=fd00:10:96::10

reason=$(lab_missing) || tap_skip_all "$reason"
trap lab_down EXIT

# a, b and open are on n1, c is on n2.  shop is closed altogether, but for what tests allow; default is open.
bring_up() {
	lab_up
	lab_pod n1 shop/a app=a
	lab_pod n1 shop/b app=b
	lab_pod n1 default/open
	lab_pod n1 default/open2
	lab_pod n2 shop/c app=c
	deny_all
	lab_agent_start n1
	lab_agent_start n2
}

deny_all() {
	lab_put policy-deny.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: deny, namespace: shop}
		spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
	END
}

# allow TO PORTS: everybody may reach it there, and it may open connections itself to anybody.
allow() {
	lab_put "policy-allow-$1.yaml" <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: allow-$1, namespace: shop}
		spec: {podSelector: {matchLabels: {app: $1}}, ingress: [{ports: $2}], egress: [{}]}
	END
}

unallow() {
	rm "$LAB_MANIFESTS/policy-allow-$1.yaml"
}

# all_are ANSWER: the answers to the questions "FROM TO" on standard input, with every protocol and family.
all_are() {
	local from to proto
	while read -r from to; do
		for proto in tcp udp sctp icmp; do
			echo "$from $to $proto 80"
		done
	done | lab_probe -v >"$LAB_DIR/answers" 2>/dev/null
	[ -s "$LAB_DIR/answers" ]
	not grep -v "^$1 " "$LAB_DIR/answers"
}

deny_all_holds() {
	printf 'shop/a shop/b\nshop/b shop/a\nshop/a shop/c\nshop/c shop/a\ndefault/open shop/a\nshop/a default/open\nx shop/c\n' |
		all_are denied
	printf 'default/open default/open2\nx default/open\n' | all_are allowed
}

a_pod_reaches_itself() {
	printf '%s %s\n' shop/a shop/a shop/c shop/c | all_are allowed
}

# As kube-proxy does it: to the Service's address, and what would return to its sender comes from the node.
service() {
	lab_exec n1 nft -f - <<-END
		table inet service {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				ip daddr $SERVICE4 dnat ip to $(lab_ip4 shop/a)
				ip6 daddr $SERVICE6 dnat ip6 to $(lab_ip6 shop/a)
			}
			chain postrouting {
				type nat hook postrouting priority srcnat - 1;
				ip saddr $(lab_ip4 shop/a) ip daddr $(lab_ip4 shop/a) masquerade
				ip6 saddr $(lab_ip6 shop/a) ip6 daddr $(lab_ip6 shop/a) masquerade
			}
		}
	END
}

# service_is ANSWER POD: by the Service, shop/a is (or is not) reached from the pod.
service_is() {
	local proto
	for proto in tcp udp sctp; do
		echo "$(lab_ns "$2") $(lab_ip4 "$2") $(lab_ns shop/a) $SERVICE4 $proto 80"
		echo "$(lab_ns "$2") $(lab_ip6 "$2") $(lab_ns shop/a) $SERVICE6 $proto 80"
	done | "$(lab_tool probe)" -v >"$LAB_DIR/answers" 2>/dev/null
	[ "$(grep -c "^$1 " "$LAB_DIR/answers")" = 6 ]
}

# chain DIRECTION POD: the name of its chain.
chain() {
	lab_exec n1 nft -t list table inet selvage | awk -v prefix="$1-" -v pod="\"$2\"" '
		/^\tchain/ { name = $2 }
		/comment/ && $2 == pod && index(name, prefix) == 1 { print name }'
}

a_pod_reaches_itself_through_a_service() {
	service_is allowed shop/a
	service_is denied shop/b
	service_is denied default/open
}

# The way back to itself does lead through the pod's chains: a drop at their head would close it.
a_service_crosses_the_chains() {
	local name
	lab_agent_stop n1
	for name in $(chain in shop/a) $(chain out shop/a); do
		lab_exec n1 nft insert rule inet selvage "$name" drop
	done
	service_is denied shop/a
	lab_agent_start n1
	service_is allowed shop/a
}

a_node_and_its_pods_reach_each_other() {
	printf '%s %s\n' n1 shop/a n1 shop/b n2 shop/c shop/a n1 shop/c n2 | all_are allowed
	lab_exec shop/a ping -c 1 -W 1 -q 10.244.1.1
	lab_exec shop/a ping -c 1 -W 1 -q fd00:10:244:1::1
}

others_do_not() {
	printf '%s %s\n' n2 shop/a n2 shop/b n1 shop/c shop/a n2 shop/c n1 x shop/a shop/a x | all_are denied
	printf '%s %s\n' n2 default/open default/open n2 | all_are allowed
}

forget_neighbours() {
	local pod
	for pod in shop/a shop/b default/open n1; do
		ip -n "$(lab_ns "$pod")" neighbour flush all
	done
}

# finds_neighbour FROM TO: starting with a cold cache, does it learn the other's link address?
finds_neighbour() {
	forget_neighbours
	lab_exec "$1" ping -c 1 -W 2 -q "$(lab_ip6 "$2")" || true
	ip -n "$(lab_ns "$1")" neighbour show "$(lab_ip6 "$2")" | tee /dev/stderr | grep -q lladdr
}

neighbours_are_found() {
	finds_neighbour shop/a shop/b
	change allow b '[{port: 80}]'
	change allow a '[{port: 80}]'
	forget_neighbours
	printf 'shop/a shop/b tcp 80\nshop/b shop/a tcp 80\ndefault/open shop/b tcp 80\n' | lab_probe -v -n 5 -q 1500 |
		tee /dev/stderr | grep -c '^allowed' | grep -qx 6
	change unallow a
	change unallow b
}

# Is it our rules that let them be found?
without_discovery_they_are_not() {
	local name handle
	lab_agent_stop n1
	for name in egress ingress; do
		for handle in $(lab_exec n1 nft -a list chain inet selvage "$name" |
			sed -n 's/.*icmpv6 type.* # handle \([0-9]*\)$/\1/p'); do
			lab_exec n1 nft delete rule inet selvage "$name" handle "$handle"
		done
	done
	not finds_neighbour shop/a shop/b
	lab_agent_start n1
	finds_neighbour shop/a shop/b
}

link_local() {
	ip -n "$(lab_ns "$1")" -6 address show dev eth0 scope link | sed -n 's/.*inet6 \([^/]*\).*/\1/p'
}

pings_link_local() {
	lab_exec "$1" ping -c 1 -W 1 -q "$(link_local "$2")%eth0"
}

link_local_is_closed() {
	not pings_link_local shop/a shop/b
	not pings_link_local default/open shop/b
	not pings_link_local shop/a default/open
	[ -n "$(link_local shop/b)" ]
}

link_local_would_be_open() {
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	pings_link_local shop/a shop/b
	lab_agent_start n1
	not pings_link_local shop/a shop/b
}

# Connections from shop/c to shop/b while policies change that select both, in ways that leave them allowed.
connections_stay_open() {
	local i stream ends4 ends6
	ends4=$(lab_ns shop/c),$(lab_ip4 shop/c),$(lab_ns shop/b),$(lab_ip4 shop/b)
	ends6=$(lab_ns shop/c),$(lab_ip6 shop/c),$(lab_ns shop/b),$(lab_ip6 shop/b)
	change allow b '[{port: 80}, {port: 80, protocol: UDP}]'
	change allow c '[{port: 80}]'
	"$(lab_tool stream)" "tcp4=$ends4,80" "tcp6=$ends6,80" "udp4=$ends4,80/udp" "udp6=$ends6,80/udp" >"$LAB_DIR/streams" &
	stream=$!
	wait_for 3000 all_open
	for ((i = 0; i < 20; i++)); do
		change allow b "[{port: 80}, {port: 80, protocol: UDP}, {port: $((i + 1000))}]"
		change allow b '[{port: 1, endPort: 60000}, {port: 1, endPort: 60000, protocol: UDP}]'
		change allow b '[]'
	done
	kill "$stream"
	wait "$stream"
	cat "$LAB_DIR/streams"
	not grep -q stalled "$LAB_DIR/streams"
	[ "$(grep -c 'beats [1-9][0-9][0-9]' "$LAB_DIR/streams")" = 4 ]
	change unallow b
	change unallow c
}

all_open() {
	[ "$(grep -c ' open$' "$LAB_DIR/streams")" = 4 ]
}

# refused FROM TO-IP: an error comes back for a datagram to a port where nobody listens.
refused() {
	# shellcheck disable=SC2016 # the inner shell expands it
	lab_exec "$1" bash -c '
		exec 3>"/dev/udp/$0/9"
		echo first >&3
		sleep 0.3
		if echo second >&3; then exit 1; fi
	' "$2"
}

# shop/a may send, and nothing may reach it that does not belong to that.
errors_come_back() {
	local ip
	change allow a '[{port: 1}]'
	for ip in "$(lab_ip4 x)" "$(lab_ip6 x)" "$(lab_ip4 default/open)" "$(lab_ip6 default/open)"; do
		refused shop/a "$ip"
	done
}

without_related_they_do_not() {
	lab_agent_stop n1
	lab_exec n1 nft insert rule inet selvage ingress ct state related drop
	not refused shop/a "$(lab_ip4 x)"
	lab_agent_start n1
	refused shop/a "$(lab_ip4 x)"
	change unallow a
}

tap_ok "the lab comes up" bring_up
tap_ok "deny-all closes what it selects, from everywhere, and nothing else" deny_all_holds
tap_ok "a pod reaches itself" a_pod_reaches_itself
tap_ok "a Service comes up" service
tap_ok "B8: a pod reaches itself through a Service, and others do not reach it" a_pod_reaches_itself_through_a_service
tap_ok "it does so through its chains" a_service_crosses_the_chains
tap_ok "B6: a node and its pods reach each other" a_node_and_its_pods_reach_each_other
tap_ok "B6, B7: other nodes and hosts do not" others_do_not
tap_ok "B4: pods with a cold cache find their neighbours" neighbours_are_found
tap_ok "known bad: without the rules for discovery they do not" without_discovery_they_are_not
tap_ok "link-local addresses lead around no policy" link_local_is_closed
tap_ok "known bad: without the table they would" link_local_would_be_open
tap_ok "B21: open connections outlive changes of the policies" connections_stay_open
tap_ok "B16: errors about allowed packets come back" errors_come_back
tap_ok "known bad: without the rule for them they do not" without_related_they_do_not
tap_done
