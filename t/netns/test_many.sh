#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does multicast and broadcast reach a pod that policy isolates for ingress?  It is addressed to no pod, and a bridge gives
# it to all; so none of it is forwarded while a pod of the node is isolated, and all of it while none is.
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
trap lab_down EXIT

# shop/db will be isolated for ingress, shop/mute is for egress; the others are not.
bring_up() {
	lab_up
	lab_pod n1 shop/db app=db
	lab_pod n1 shop/mute app=mute
	lab_pod n1 default/open
	lab_pod n1 default/open2
	lab_pod n2 default/far
	lab_put mute.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: mute, namespace: shop}
		spec: {podSelector: {matchLabels: {app: mute}}, policyTypes: [Egress]}
	END
	printf '%s icmp 1 must\n' 'default/open shop/db' 'default/open default/open2' | lab_probe
	lab_agent_start n1 --forged-sources allow
	lab_agent_start n2 --forged-sources allow
}

# The policy comes: db admits everybody at port 80.
isolate() {
	local mark
	mark=$(lab_agents_mark)
	lab_put db.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: db, namespace: shop}
		spec:
		  podSelector: {matchLabels: {app: db}}
		  ingress: [{ports: [{port: 80}, {port: 80, protocol: UDP}]}]
	END
	lab_agents_settle "$mark"
}

# send SCENE NAME=WHO...: the answers are in $LAB_DIR/answers.
send() {
	local scene=$1 word who
	shift
	for word; do
		who=${word#*=}
		echo "${word%%=*}=$(lab_ns "$who"),$(lab_ip4 "$who"),$(lab_ip6 "$who")"
	done | xargs python3 "$here/forge.py" "$scene" >"$LAB_DIR/answers"
	cat "$LAB_DIR/answers"
	[ -s "$LAB_DIR/answers" ]
}

# none PATTERN, all PATTERN: of the tags that match, nothing was seen, or everything.
none() {
	grep -qE "^($1)! " "$LAB_DIR/answers"
	not grep -E "^($1)! .* seen [1-9]" "$LAB_DIR/answers"
}

all() {
	grep -qE "^($1)! " "$LAB_DIR/answers"
	not grep -E "^($1)! .* seen 0$" "$LAB_DIR/answers"
}

# counted NODE: packets that were dropped for being for many.
counted() {
	lab_exec "$1" nft list counter inet selvage multicast | awk '$1 == "packets" { print $2 }'
}

all_comes() {
	send many from=default/open to=shop/db
	all '.*'
	send many from=default/open to=default/open2
	all '.*'
	[ "$(counted n1)" = 0 ]
}

mute_sends_none() {
	send many from=shop/mute to=default/open
	none '.*'
}

nothing_comes() {
	local who
	for who in shop/db default/open2 shop/mute; do
		send many from=default/open to="$who"
		none '.*'
	done
}

it_is_counted() {
	local before after
	before=$(counted n1)
	send many from=default/open to=shop/db
	after=$(counted n1)
	echo "$before, then $after"
	[ "$after" -ge $((before + 16)) ]
	[ "$(counted n2)" = 0 ]
	lab_exec n1 "$SELVAGE" status --socket "$LAB_DIR/n1.sock" -o json | jq -e '.otherDrops[] | select(.reason == "multicast") | .drops >= 16'
	lab_exec n1 "$SELVAGE" status --socket "$LAB_DIR/n1.sock" | grep -E '^multicast +[1-9]'
}

# Who is isolated for egress is stopped by its own chain, and counted there.
egress_comes_first() {
	local before
	before=$(counted n1)
	send many from=shop/mute to=shop/db
	none '.*'
	[ "$(counted n1)" = "$before" ]
}

ethernet_does_not_matter() {
	send shout from=default/open to=shop/db
	all 'shout-[46]-80'
	none 'shout-[46]-81'
}

reports_are_for_nobody() {
	send reports from=default/open to=shop/db
	none '.*'
}

# A bridge has learnt from them what it wants to know before the hook.
groups_are_joined() {
	local joining tries=50
	send join who=default/open &
	joining=$!
	until bridge -n "$(lab_ns n1)" -j mdb show | jq -e '[.. | .grp? // empty] | contains(["239.1.2.4", "ff15::abce"])'; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ]
		sleep 0.05
	done
	wait "$joining"
}

answers_are_no_way() {
	send rigged from=default/open mate=default/open2 to=shop/db
	none '.*'
}

neighbours_are_found() {
	local pod
	for pod in default/open default/open2 shop/db; do
		ip -n "$(lab_ns "$pod")" neigh flush all
	done
	lab_exec default/open ping -6 -c 1 -W 2 -q "$(lab_ip6 default/open2)"
	printf 'default/open shop/db tcp 80\n' | lab_probe | grep -c '^allowed' | grep -qx 2
}

# The node itself is not forwarded.
the_node_may() {
	lab_exec n1 ping -b -c 1 -W 1 -I cni0 10.244.1.255 || true
	[ "$(counted n1)" = "$1" ]
}

node_is_not_counted() {
	the_node_may "$(counted n1)"
}

predicted() {
	lab_exec n1 "$SELVAGE" explain --from "$LAB_MANIFESTS" default/open 224.0.0.251:5353/udp | tee /dev/stderr | grep -q 'multicast and broadcast are not forwarded'
	printf '{"from":"default/%s","to":"%s","proto":"UDP","port":5353}\n' open ff02::fb open 255.255.255.255 far 224.0.0.251 |
		"$SELVAGE" explain --from "$LAB_MANIFESTS" --batch - -o json | jq -r '"\(.verdict) \(.why)"' >"$LAB_DIR/verdicts" || [ $? = 1 ]
	printf '%s\n' 'denied multicast' 'denied multicast' 'allowed policy' | cmp - "$LAB_DIR/verdicts"
}

# The chains' rules are taken away: what they look for goes on.
without_the_rules() {
	lab_agent_stop n1
	lab_exec n1 nft flush chain inet selvage many-4
	lab_exec n1 nft flush chain inet selvage many-6
	send many from=default/open to=shop/db
	all '.*'
	send rigged from=default/open mate=default/open2 to=shop/db
	all '.*'
	lab_agent_start n1 --forged-sources allow
}

# Those of a flow that was rigged before are cut: its answers were for many.
with_no_look_at_sources() {
	lab_agent_stop n1
	lab_exec n1 nft -f - <<-END
		flush chain inet selvage many-4
		flush chain inet selvage many-6
		add rule inet selvage many-4 ip daddr 224.0.0.0/4 goto multicast
		add rule inet selvage many-4 meta nfproto ipv4 fib daddr type broadcast goto multicast
		add rule inet selvage many-6 ip6 daddr ff00::/8 goto multicast
	END
	send many from=default/open to=shop/db
	none '.*'
	send rigged from=default/open mate=default/open2 to=shop/db
	all '.*'
	lab_agent_start n1 --forged-sources allow
}

released() {
	local mark
	mark=$(lab_agents_mark)
	rm "$LAB_MANIFESTS/db.yaml"
	lab_agents_settle "$mark"
	send many from=default/open to=shop/db
	all '.*'
	isolate
	nothing_comes
}

tap_ok "the lab comes up" bring_up
tap_ok "B29: while no pod of the node is isolated for ingress, all of it comes in" all_comes
tap_ok "B29: but for that of a pod that may send to nobody" mute_sends_none
tap_ok "a policy isolates the first" isolate
tap_ok "B29: then none of it comes to any pod, whatever its Ethernet destination" nothing_comes
tap_ok "B29: each is counted, and status tells" it_is_counted
tap_ok "B29: who may send to nobody is stopped by its own policies first" egress_comes_first
tap_ok "B29: what is for one pod is that pod's business, on whatever Ethernet address it comes" ethernet_does_not_matter
tap_ok "B29: IGMP and MLD reach no pod" reports_are_for_nobody
tap_ok "B29: and the bridge hears them" groups_are_joined
tap_ok "B29: nor is there a way by answers" answers_are_no_way
tap_ok "known bad: without the rules all of it comes in" without_the_rules
tap_ok "known bad: with no look at sources, answers come in" with_no_look_at_sources
tap_ok "B29: an agent that comes after that closes it again" answers_are_no_way
tap_ok "B4: neighbours find each other" neighbours_are_found
tap_ok "what the node sends its pods is not forwarded" node_is_not_counted
tap_ok "explain says so" predicted
tap_ok "B29: it comes in again when the last is isolated no longer, and not when one is again" released
tap_done
