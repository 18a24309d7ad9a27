#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What becomes of a packet that policy denies: silence or an answer, a count, and a word to who listens.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

GROUP=77

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build facts flood forge logs probe
LAB_TOOLS=$BUILD/t/netns
trap lab_down EXIT

# shop/in takes nothing in, shop/out lets nothing out; default/open does both.  far is on the other node.
bring_up() {
	lab_up
	lab_pod n1 shop/in app=in
	lab_pod n1 shop/out app=out
	lab_pod n1 default/open
	lab_pod n2 default/far
	lab_put policy-in.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: in, namespace: shop}
		spec: {podSelector: {matchLabels: {app: in}}, policyTypes: [Ingress]}
	END
	lab_put policy-out.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: out, namespace: shop}
		spec: {podSelector: {matchLabels: {app: out}}, policyTypes: [Egress]}
	END
	lab_agent_start n1 --deny reject
	lab_agent_start n2
}

# n1's agent again, with other options.
again() {
	lab_agent_stop n1
	lab_agent_start n1 "$@"
}

# What comes back from TO-IP for a connection of FROM: refused, or nothing.
tcp_answer() {
	# shellcheck disable=SC2016 # the inner shell expands it
	lab_exec "$1" timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/80"' "$2" 2>&1 | grep -om1 'Connection refused' || echo nothing
}

# For a datagram: prohibited (EHOSTUNREACH or EACCES, as the families have it), or nothing.
udp_answer() {
	# shellcheck disable=SC2016 # the inner shell expands it
	lab_exec "$1" bash -c 'exec 3>"/dev/udp/$0/80"; echo >&3; sleep 0.4; echo >&3' "$2" 2>&1 |
		grep -m1 -oE 'No route to host|Permission denied' || echo nothing
}

ping_answer() {
	lab_exec "$1" ping -c 1 -W 1 "$2" 2>&1 | grep -m1 -oiE 'packet filtered|administratively prohibited' || echo nothing
}

# Denied paths "FROM TO-IP": bridged, routed, from the world, out of the node and to it; by ingress and by egress.
denied_paths() {
	local family
	for family in 4 6; do
		echo "default/open $("lab_ip$family" shop/in)"
		echo "default/far $("lab_ip$family" shop/in)"
		echo "x $("lab_ip$family" shop/in)"
		echo "shop/out $("lab_ip$family" default/open)"
		echo "shop/out $("lab_ip$family" default/far)"
		echo "shop/out $("lab_ip$family" x)"
	done
}

# answers TCP UDP PING: those of every denied path match.
answers() {
	local from to tcp udp ping n=0
	while read -r from to; do
		tcp=$(tcp_answer "$from" "$to") udp=$(udp_answer "$from" "$to") ping=$(ping_answer "$from" "$to")
		echo "$from to $to: $tcp, $udp, $ping"
		[[ $tcp =~ ^($1)$ && $udp =~ ^($2)$ && ${ping,,} =~ ^($3)$ ]]
		n=$((n + 1))
	done < <(denied_paths)
	[ $n = 12 ]
}

rejected() {
	answers 'Connection refused' 'No route to host|Permission denied' 'packet filtered|administratively prohibited'
}

silent() {
	again
	answers nothing nothing nothing
}

# Nothing of what is denied comes in, answered or not.
nothing_gets_through() {
	printf '%s\n' "default/open shop/in" "default/far shop/in" "shop/out default/open" "shop/out default/far" |
		while read -r paths; do
			printf "$paths %s 80\n" tcp udp sctp icmp
		done | lab_probe >"$LAB_DIR/answers"
	[ "$(grep -c '^denied' "$LAB_DIR/answers")" = 32 ]
	printf 'default/open default/far tcp 80\ndefault/far default/open udp 80\nshop/in default/far tcp 80\nx shop/out tcp 80\n' |
		lab_probe | grep -c '^allowed' | grep -qx 8
}

# drops: packets that the counters of all pods on n1 hold.
drops() {
	lab_exec n1 nft list counters table inet selvage | awk '/counter (in|out)-/ { pod = 1 } pod && $1 == "packets" { n += $2; pod = 0 } END { print n + 0 }'
}

# Ten datagrams, ten drops.
it_is_counted() {
	local before after
	before=$(drops)
	"$(tool forge)" "$(lab_ns default/open)" "$(lab_ip4 default/open)" "$(lab_ip4 shop/in)" 17 "$(lab_ns shop/in)"
	after=$(drops)
	echo "$before, then $after"
	[ "$((after - before))" = 10 ]
}

# One mode and the other, back and forth, while a forbidden flood runs.
modes_change_without_gap() {
	local i flood mode=drop
	"$(tool flood)" -r 20 "bridged=$(lab_ns default/open),$(lab_ip4 default/open),$(lab_ns shop/in),$(lab_ip4 shop/in),53" \
		"routed=$(lab_ns default/far),$(lab_ip6 default/far),$(lab_ns shop/in),$(lab_ip6 shop/in),53" >"$LAB_DIR/flood" &
	flood=$!
	wait_for 5000 grep -q sending "$LAB_DIR/flood"
	for ((i = 0; i < 12; i++)); do
		again --deny $mode
		[ $mode = drop ] && mode=reject || mode=drop
	done
	kill $flood
	wait $flood
	cat "$LAB_DIR/flood"
	[ "$(awk '/^(bridged|routed)/ { n += $3 } END { print n }' "$LAB_DIR/flood")" -ge 20000 ]
	[ "$(awk '/^(bridged|routed)/ { n += $5 } END { print n }' "$LAB_DIR/flood")" = 0 ]
	[ "$(grep -c adopting "$LAB_DIR/n1.log")" -ge 12 ]
}

# listen FILE: what the group is told goes there.
listen() {
	ip netns exec "$(lab_ns n1)" "$(tool logs)" $GROUP >"$1" &
	listener=$!
	wait_for 2000 grep -q listening "$1"
}

listen_end() {
	sleep 0.3
	kill $listener
	wait $listener || true
}

send() {
	"$(tool forge)" -n "$4" "$(lab_ns "$1")" "$(lab_ip4 "$2")" "$(lab_ip4 "$3")" 17 "$(lab_ns "$3")"
}

# Both pods' drops are told apart by prefix, as a chain of that name is the pod's.
drops_are_told() {
	local word pod
	again --log-group $GROUP
	listen "$LAB_DIR/told"
	send default/open default/open shop/in 3
	send shop/out shop/out default/open 2
	listen_end
	sort "$LAB_DIR/told" | uniq -c
	[ "$(grep -c '^in-[0-9a-f]* ' "$LAB_DIR/told")" = 3 ]
	[ "$(grep -c '^out-[0-9a-f]* ' "$LAB_DIR/told")" = 2 ]
	for pod in shop/in:in- shop/out:out-; do
		word=$(grep -o "^${pod#*:}[0-9a-f]*" "$LAB_DIR/told" | head -n 1)
		lab_exec n1 nft list chain inet selvage "$word" | grep -qF "\"${pod%:*}\""
	done
}

# 2,000 at once: few are told, every one is counted, and none comes in.
floods_are_told_of_in_part() {
	local before after
	listen "$LAB_DIR/told"
	before=$(drops)
	send default/open default/open shop/in 2000 | grep -qx 'received 0'
	after=$(drops)
	listen_end
	echo "$((after - before)) counted, $(grep -c ^in- "$LAB_DIR/told") told"
	[ "$((after - before))" = 2000 ]
	[ "$(grep -c ^in- "$LAB_DIR/told")" -ge 10 ]
	[ "$(grep -c ^in- "$LAB_DIR/told")" -le 100 ]
}

without_a_group_nobody_is_told() {
	again
	listen "$LAB_DIR/told"
	send default/open default/open shop/in 3
	listen_end
	not grep '^in-' "$LAB_DIR/told"
}

reads_back() {
	again --deny reject --log-group $GROUP
	"$SELVAGE" render --from "$LAB_MANIFESTS" --node n1 -o facts --deny reject --log-group $GROUP >"$LAB_DIR/want"
	lab_exec n1 "$(tool facts)" >"$LAB_DIR/have"
	diff "$LAB_DIR/want" "$LAB_DIR/have"
	again --deny reject --log-group $GROUP
	tail -n 3 "$LAB_DIR/n1.log" | grep -q 'ready: .* +0 -0 facts'
}

tap_ok "the lab comes up" bring_up
tap_ok "with --deny reject, what is denied is answered on every path" rejected
tap_ok "and does not come in, while what is allowed does" nothing_gets_through
tap_ok "and is counted" it_is_counted
tap_ok "by default nothing is answered" silent
tap_ok "and it is counted" it_is_counted
tap_ok "the mode changes with the agent, and nothing comes in meanwhile" modes_change_without_gap
tap_ok "with --log-group, drops are told with the name of the pod's chain" drops_are_told
tap_ok "a flood is told of in part, counted in full, and does not come in" floods_are_told_of_in_part
tap_ok "without it nobody is told" without_a_group_nobody_is_told
tap_ok "what the options make is read back as it was written" reads_back
tap_done
