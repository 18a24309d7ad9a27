#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Can a pod put frames into the overlay?  Forged ones go from pods to every address at which a node takes frames, from the
# pod's own address and from that of another node; what they carry must not come in anywhere.  The agents let pods send with
# other addresses, so that it is the rule about the overlay that keeps the frames out.
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

# What Flannel writes on a node.
flannel_env() {
	local i=${1#n}
	cat <<-END >"$LAB_DIR/$1.env"
		FLANNEL_NETWORK=$LAB_CLUSTER4
		FLANNEL_SUBNET=10.244.$i.1/24
		FLANNEL_IPV6_NETWORK=$LAB_CLUSTER6
		FLANNEL_IPV6_SUBNET=fd00:10:244:$i::1/64
		FLANNEL_MTU=1450
	END
}

bring_up() {
	lab_up
	lab_pod n1 default/open
	lab_pod n1 default/victim
	lab_pod n1 shop/closed
	lab_pod n2 default/far
	lab_put policy.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: deny, namespace: shop}
		spec: {podSelector: {}, policyTypes: [Ingress]}
	END
	flannel_env n1
	flannel_env n2
	agents_start
}

agents_start() {
	lab_agent_start n1 --forged-sources allow --flannel-env "$LAB_DIR/n1.env"
	lab_agent_start n2 --forged-sources allow --flannel-env "$LAB_DIR/n2.env"
}

# inject FROM OUTER-FROM OUTER-TO NODE VICTIM: how many of ten frames to the overlay of NODE bring the victim its packet?
inject() {
	local mac inner
	case $3 in
	*:*) mac=0e:00:00:06:00:0${4#n} inner=fd00:10:244:9::99,$(lab_ip6 "$5") ;;
	*) mac=0e:00:00:04:00:0${4#n} inner=10.244.9.99,$(lab_ip4 "$5") ;;
	esac
	"$(tool forge)" -p "${PORT:-8472}" -f "$mac,$inner" "$(lab_ns "$1")" "$2" "$3" 17 "$(lab_ns "$5")" |
		awk '{ print $2 }'
}

# The attacks "FROM OUTER-FROM OUTER-TO NODE VICTIM" of which the outer packet is for NODE.
attacks() {
	local pod=$1
	cat <<-END
		$pod $(lab_ip4 "$pod") $(lab_ip4 n1) n1 default/victim
		$pod $(lab_ip6 "$pod") $(lab_ip6 n1) n1 default/victim
		$pod $(lab_ip4 n2) $(lab_ip4 n1) n1 default/victim
		$pod $(lab_ip6 n2) $(lab_ip6 n1) n1 default/victim
		$pod 10.244.1.77 $(lab_ip4 n1) n1 default/victim
		$pod $(lab_ip4 "$pod") $(lab_ip4 n2) n2 default/far
		$pod $(lab_ip6 "$pod") $(lab_ip6 n2) n2 default/far
		$pod 198.51.100.7 $(lab_ip4 n2) n2 default/far
	END
}

# The same to addresses that only a prefix tells apart.
bridge_attacks() {
	local pod=$1
	cat <<-END
		$pod $(lab_ip4 "$pod") 10.244.1.1 n1 default/victim
		$pod $(lab_ip6 "$pod") fd00:10:244:1::1 n1 default/victim
		$pod $(lab_ip4 n2) 10.244.1.1 n1 default/victim
		$pod $(lab_ip6 n2) fd00:10:244:1::1 n1 default/victim
	END
}

# all_come|none_come: what the attacks on standard input bring, in full or not at all.
come() {
	local want=$1 n=0 from outer_from outer_to node victim got
	while read -r from outer_from outer_to node victim; do
		got=$(inject "$from" "$outer_from" "$outer_to" "$node" "$victim")
		echo "$from as $outer_from to $outer_to: $got"
		[ "$got" = "$want" ] || return 1
		n=$((n + 1))
	done
	[ "$n" -ge 4 ]
}

every_attack() {
	attacks default/open
	bridge_attacks default/open
	attacks shop/closed
	bridge_attacks shop/closed
}

nothing_comes() {
	every_attack | come 0
}

# Counted where it is dropped: as much as was sent, on the pods' node alone.
it_is_counted() {
	local before after
	before=$(counted)
	inject default/open "$(lab_ip4 default/open)" "$(lab_ip4 n1)" n1 default/victim
	inject default/open "$(lab_ip4 default/open)" "$(lab_ip4 n2)" n2 default/far
	after=$(counted)
	echo "$before, then $after"
	[ "$((after - before))" = 20 ]
}

counted() {
	lab_exec n1 nft list counter inet selvage overlay | awk '$1 == "packets" { print $2 }'
}

# The rules' end is taken away: what leads there leads on.
without_the_rule() {
	lab_agent_stop n1
	lab_exec n1 nft flush chain inet selvage overlay
	every_attack | come 10
	lab_agent_start n1 --forged-sources allow --flannel-env "$LAB_DIR/n1.env"
}

# A connection that began before is no way in either.
established_does_not_help() {
	lab_agent_stop n1
	lab_exec n1 nft flush chain inet selvage overlay
	inject default/open "$(lab_ip4 default/open)" "$(lab_ip4 n2)" n2 default/far | grep -qx 10
	lab_agent_start n1 --forged-sources allow --flannel-env "$LAB_DIR/n1.env"
	inject default/open "$(lab_ip4 default/open)" "$(lab_ip4 n2)" n2 default/far | grep -qx 0
}

nodes_frames_pass() {
	printf '%s %s tcp 80\n' default/open default/far default/far default/victim default/far default/open |
		lab_probe | grep -c '^allowed' | grep -qx 6
}

other_ports_are_the_policies_business() {
	PORT=8471 "$(tool forge)" -p 8471 "$(lab_ns default/open)" "$(lab_ip4 default/open)" "$(lab_ip4 default/far)" 17 \
		"$(lab_ns default/far)" | grep -qx 'received 10'
	"$(tool forge)" -p 8472 "$(lab_ns default/open)" "$(lab_ip4 default/open)" "$(lab_ip4 default/far)" 17 \
		"$(lab_ns default/far)" | grep -qx 'received 0'
	"$(tool forge)" -p 8472 "$(lab_ns default/open)" "$(lab_ip4 default/open)" "$(lab_ip4 default/victim)" 17 \
		"$(lab_ns default/victim)" | grep -qx 'received 0'
}

without_a_prefix() {
	lab_agent_stop n1
	lab_agent_start n1 --forged-sources allow --flannel-env "$LAB_DIR/none.env"
	attacks default/open | come 0
	nodes_frames_pass
}

# The file appears: flanneld came up later than the agent.
a_prefix_that_comes_later() {
	local mark
	bridge_attacks default/open | come 10
	mark=$(lab_agent_mark n1)
	cp "$LAB_DIR/n1.env" "$LAB_DIR/none.env"
	lab_agent_wait n1 "$mark" applied: 5000
	bridge_attacks default/open | come 0
}

another_port() {
	lab_agent_stop n1
	lab_agent_start n1 --forged-sources allow --flannel-env "$LAB_DIR/n1.env" --overlay-port 6081
	attacks default/open | come 10
	lab_agent_stop n1
	lab_agent_start n1 --forged-sources allow --flannel-env "$LAB_DIR/n1.env" --overlay-port 6081,8472
	attacks default/open | come 0
}

tap_ok "the lab comes up" bring_up
tap_ok "frames of nodes pass" nodes_frames_pass
tap_ok "B12: no frame that a pod forges brings anything, whatever its source and the address it is sent to" nothing_comes
tap_ok "each is counted, once" it_is_counted
tap_ok "known bad: without the rule, each of them brings it" without_the_rule
tap_ok "a flow that began before does not go on" established_does_not_help
tap_ok "it is the overlay's ports that are closed, to every destination" other_ports_are_the_policies_business
tap_ok "without a prefix, addresses and links still tell pods from nodes" without_a_prefix
tap_ok "but for the bridge's own address, which a prefix that comes later closes" a_prefix_that_comes_later
tap_ok "--overlay-port replaces the ports" another_port
tap_done
