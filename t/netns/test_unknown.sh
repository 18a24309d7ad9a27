#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Is a pod closed before the agent knows of it?  Its interface comes up and it floods and is flooded from its first moment;
# its address is published 0, 1 and 3 seconds later, by a policy that closes it.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

DELAYS="0 1 3"
KPPS=5

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build facts flood forge probe
LAB_TOOLS=$BUILD/t/netns
trap lab_down EXIT

bring_up() {
	lab_up
	lab_pod n1 default/open
	lab_pod n2 default/far
	lab_namespace shop
	lab_put policy.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: deny, namespace: shop}
		spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
	END
	printf 'FLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64\n' >"$LAB_DIR/subnet.env"
	lab_agent_start n2 --flannel-env "$LAB_DIR/none.env"
}

agent() {
	lab_agent_stop n1
	lab_agent_start n1 --flannel-env "$LAB_DIR/subnet.env" "$@"
}

# hidden POD: attaches it, and keeps its manifest back.
hidden() {
	lab_pod n1 "$1"
	mv "$LAB_MANIFESTS/pod-${1/\//.}.yaml" "$LAB_DIR/new/hidden"
}

publish() {
	mv "$LAB_DIR/new/hidden" "$LAB_MANIFESTS/pod-${1/\//.}.yaml"
}

# Floods from and to a pod, bridged and routed, of both families; figures go to $LAB_DIR/flood.
flood_start() {
	local pod
	pod=$(lab_ns "$1")
	"$(tool flood)" -m 4 -r $KPPS "out4=$pod,$(lab_ip4 "$1"),$(lab_ns default/open),$(lab_ip4 default/open),53" \
		"out6=$pod,$(lab_ip6 "$1"),$(lab_ns default/far),$(lab_ip6 default/far),53" \
		"in4=$(lab_ns default/far),$(lab_ip4 default/far),$pod,$(lab_ip4 "$1"),53" \
		"in6=$(lab_ns default/open),$(lab_ip6 default/open),$pod,$(lab_ip6 "$1"),53" >"$LAB_DIR/flood" &
	flood=$!
	wait_for 5000 grep -q sending "$LAB_DIR/flood"
}

flood_end() {
	kill "$flood"
	wait "$flood"
	cat "$LAB_DIR/flood"
}

# What came in of all four, and what was sent.
received() {
	awk '/^(out|in)[46] / { n += $5 } END { print n + 0 }' "$LAB_DIR/flood"
}

sent() {
	awk '/^(out|in)[46] / { n += $3 } END { print n + 0 }' "$LAB_DIR/flood"
}

# newcomer NAME DELAY: a pod of shop, published so many seconds after its flood began.
newcomer() {
	local mark
	hidden "shop/$1"
	flood_start "shop/$1"
	sleep "$2"
	mark=$(lab_agent_mark n1)
	publish "shop/$1"
	lab_agent_wait n1 "$mark" applied: 5000
	sleep 0.5
	flood_end
	lab_pod_del "shop/$1"
}

never_open() {
	local delay
	agent --unknown-pods deny
	for delay in $DELAYS; do
		newcomer "new-$delay" "$delay"
		[ "$(sent)" -ge 5000 ]
		[ "$(received)" = 0 ]
	done
}

# How long is it open?  The window ends soon after it is published, and lasts as long as that takes.
open_until_it_is_known() {
	local delay
	agent
	for delay in $DELAYS; do
		newcomer "late-$delay" "$delay"
		echo "published after $delay s: $(received) of $(sent) packets came in, some $(($(received) / (4 * KPPS))) ms" >>"$LAB_DIR/window"
	done
	[ "$(received)" -ge 1000 ]
}

# reaches ANSWER COUNT: of a pod that the agent does not know, both ways.
stranger_is() {
	printf '%s %s %s 80\n' default/stranger default/open tcp default/far default/stranger udp \
		default/stranger x icmp x default/stranger tcp default/open default/stranger sctp | lab_probe >"$LAB_DIR/answers"
	cat "$LAB_DIR/answers"
	[ "$(grep -c "^$1" "$LAB_DIR/answers")" = 10 ]
}

counts() {
	lab_exec n1 nft list counter inet selvage "$1" | awk '$1 == "packets" { print $2 }'
}

a_stranger_is_closed() {
	agent --unknown-pods deny
	hidden default/stranger
	stranger_is denied
	[ "$(counts unknown-in)" -ge 1 ]
	[ "$(counts unknown-out)" -ge 1 ]
}

its_own_node_reaches_it() {
	printf 'n1 default/stranger tcp 80\ndefault/stranger n1 udp 80\nn1 default/stranger icmp 1\n' |
		lab_probe | grep -c '^allowed' | grep -qx 6
}

everybody_else_is_as_before() {
	printf '%s\n' 'default/open default/far tcp 80' 'default/far default/open udp 80' 'x default/open tcp 80' \
		'default/open x icmp 1' | lab_probe | grep -c '^allowed' | grep -qx 8
}

# Without the element that tells it apart, even a pod that is known would be taken for a stranger.
without_its_element() {
	lab_agent_stop n1
	lab_exec n1 nft delete element inet selvage ingress4 "{ $(lab_ip4 default/open) }"
	echo 'default/far default/open tcp 80' | lab_probe | grep -qx denied
	agent --unknown-pods deny
	everybody_else_is_as_before
}

it_opens_when_it_is_known() {
	local mark
	mark=$(lab_agent_mark n1)
	publish default/stranger
	lab_agent_wait n1 "$mark" applied: 5000
	stranger_is allowed
	tail -n 1 "$LAB_DIR/n1.log" | grep -q '+4 -0 facts in 1 transactions'
}

and_closes_when_it_is_gone() {
	change rm "$LAB_MANIFESTS/pod-default.stranger.yaml"
	stranger_is denied
}

# What passes between pods that stay as they are loses nothing while another comes and goes, as an open one and as a closed one.
changes_lose_nothing_allowed() {
	local i figures
	"$(tool flood)" -r $KPPS "there=$(lab_ns default/open),$(lab_ip4 default/open),$(lab_ns default/far),$(lab_ip4 default/far),53" \
		"back=$(lab_ns default/far),$(lab_ip6 default/far),$(lab_ns default/open),$(lab_ip6 default/open),53" >"$LAB_DIR/flood" &
	flood=$!
	wait_for 5000 grep -q sending "$LAB_DIR/flood"
	for ((i = 0; i < 15; i++)); do
		change lab_pod_manifest n1 shop/other 10.244.1.200 fd00:10:244:1::200 Running
		change rm "$LAB_MANIFESTS/pod-shop.other.yaml"
		change lab_pod_manifest n1 default/other 10.244.1.201 fd00:10:244:1::201 Running
		change rm "$LAB_MANIFESTS/pod-default.other.yaml"
	done
	flood_end
	figures=$(awk '/^(there|back) / { print $7, $11 }' "$LAB_DIR/flood")
	echo "$figures" | awk '{ if ($1 > $2) bad = 1 } END { exit bad }'
}

without_a_prefix_the_agent_is_not_ready() {
	lab_agent_stop n1
	lab_exec_background n1 "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock" --unknown-pods deny \
		--flannel-env "$LAB_DIR/none.env" --metrics 127.0.0.1:9469
	lab_agent_wait n1 0 'nothing tells which addresses pods of this node have' 5000
	lab_exec n1 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9469; printf "GET /readyz HTTP/1.0\r\n\r\n" >&3; cat <&3' |
		grep -q 'neither --pod-cidr nor'
	stranger_is allowed
}

a_prefix_that_is_named_does() {
	lab_agent_stop n1
	lab_agent_start n1 --unknown-pods deny --pod-cidr 10.244.1.0/24,fd00:10:244:1::/64 --flannel-env "$LAB_DIR/none.env"
	stranger_is denied
}

# A second interface of a pod, by which it reaches `far`, with an address of the node's prefixes that no pod is known to have.
second_interface() {
	local pod
	pod=$(lab_ns default/open)
	ip -n "$(lab_ns n1)" link add vsecond type veth peer name eth1 netns "$pod"
	ip -n "$(lab_ns n1)" link set vsecond master cni0 up
	ip -n "$pod" link set eth1 up
	ip -n "$pod" addr add 10.244.1.210/24 dev eth1
	ip -n "$pod" route replace "$(lab_ip4 default/far)" via 10.244.1.1 dev eth1
	lab_sysctl "$pod" net/ipv4/conf/all/rp_filter=0
	lab_sysctl "$pod" net/ipv4/conf/eth1/rp_filter=0
}

# by_second SOURCE: how many of ten packets of that address does `far` get?
by_second() {
	"$(tool forge)" "$(lab_ns default/open)" "$1" "$(lab_ip4 default/far)" 17 "$(lab_ns default/far)" | awk '$1 == "received" { print $2 }'
}

to_second() {
	"$(tool forge)" "$(lab_ns default/far)" "$(lab_ip4 default/far)" 10.244.1.210 17 "$(lab_ns default/open)" | awk '$1 == "received" { print $2 }'
}

its_address_is_closed() {
	agent --unknown-pods deny
	second_interface
	[ "$(by_second 10.244.1.210)" = 0 ]
	[ "$(to_second)" = 0 ]
}

the_pods_own_is_open() {
	[ "$(by_second "$(lab_ip4 default/open)")" = 10 ]
}

its_address_would_be_open() {
	agent
	[ "$(by_second 10.244.1.210)" = 10 ]
	[ "$(to_second)" = 10 ]
}

# Pods that run before there is a table, as after the machine's start: until the agent is ready, nobody closes them.
boot() {
	local ms start
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	lab_pod n1 shop/early
	flood_start shop/early
	sleep 0.5
	start=$(date +%s%3N)
	lab_agent_start n1 --flannel-env "$LAB_DIR/subnet.env"
	ms=$(($(date +%s%3N) - start))
	sleep 1.5
	flood_end
	echo "pods before the agent: closed $ms ms after its start; $(received) of $(sent) packets came in before" >>"$LAB_DIR/window"
	[ "$(received)" -lt "$(($(sent) * 3 / 4))" ]
	[ "$(received)" -gt 0 ]
}

# Without a table nobody is closed; a table that an agent before left closes them from their first packet.
boot_with_a_table() {
	agent --unknown-pods deny
	lab_agent_kill n1
	hidden shop/reborn
	flood_start shop/reborn
	sleep 0.5
	lab_agent_start n1 --unknown-pods deny --flannel-env "$LAB_DIR/subnet.env"
	publish shop/reborn
	sleep 0.5
	flood_end
	[ "$(received)" = 0 ]
}

tap_ok "the lab comes up" bring_up
lab_agent_start n1
tap_ok "A3: with --unknown-pods deny, a new pod is closed from its first packet" never_open
tap_ok "known bad: without it, it is open until it is known" open_until_it_is_known
tap_ok "a pod that is not known is closed in both directions" a_stranger_is_closed
tap_ok "but its own node reaches it, and it its node" its_own_node_reaches_it
tap_ok "everybody who is known is as open as before" everybody_else_is_as_before
tap_ok "an element for each tells them apart" without_its_element
tap_ok "a pod that becomes known opens by its elements" it_opens_when_it_is_known
tap_ok "and closes when it is gone" and_closes_when_it_is_gone
tap_ok "pods that come and go cost others nothing" changes_lose_nothing_allowed
tap_ok "without a prefix nobody is closed, and the agent is not ready" without_a_prefix_the_agent_is_not_ready
tap_ok "--pod-cidr names it" a_prefix_that_is_named_does
tap_ok "B27: an address on a pod's second interface that no pod is known to have is closed" its_address_is_closed
tap_ok "B27: by that interface or another, the pod is known by its own" the_pods_own_is_open
tap_ok "known bad: without --unknown-pods deny it is open" its_address_would_be_open
tap_ok "A4: pods that run before the agent are closed when it is ready" boot
tap_ok "A4: and at once by a table that is there" boot_with_a_table
[ ! -e "$LAB_DIR/window" ] || sed 's/^/# /' "$LAB_DIR/window"
tap_done
