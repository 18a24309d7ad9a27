#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a proposal count what it would drop, and let it pass?  Is what is enforced the same with it and without?
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

GROUP=78
METRICS=127.0.0.1:9469

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build facts forge logs probe
command -v jq >/dev/null || tap_skip_all "no jq command"
LAB_TOOLS=$BUILD/t/netns
PROPOSED=$LAB_DIR/proposed MORE=$LAB_DIR/talker.yaml # a directory, and a file beside it
trap lab_down EXIT

# propose NAME: standard input is proposed, complete or not at all.
propose() {
	cat >"$LAB_DIR/new/$1"
	mv "$LAB_DIR/new/$1" "$PROPOSED/$1"
}

# To be enforced: shop/closed takes nothing in, all others are open.  Proposed: shop/server takes nothing in, shop/talker
# lets nothing out, and shop/closed is open.
bring_up() {
	lab_up
	mkdir "$PROPOSED"
	lab_pod n1 shop/server app=server
	lab_pod n1 shop/talker app=talker
	lab_pod n1 shop/closed app=closed
	lab_pod n1 default/near
	lab_pod n2 default/far
	lab_put policy-closed.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: closed, namespace: shop}
		spec: {podSelector: {matchLabels: {app: closed}}, policyTypes: [Ingress]}
	END
	propose closed.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: closed, namespace: shop}
		spec: {podSelector: {matchLabels: {app: closed}}, policyTypes: [Ingress], ingress: [{}]}
	END
	propose server.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: server, namespace: shop}
		spec: {podSelector: {matchLabels: {app: server}}, policyTypes: [Ingress]}
	END
	cat >"$MORE" <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: talker, namespace: shop}
		spec: {podSelector: {matchLabels: {app: talker}}, policyTypes: [Egress]}
	END
	with_shadow
	lab_agent_start n2
}

# n1's agent, again if it runs.
with_shadow() {
	lab_agent_stop n1
	lab_agent_start n1 --shadow "$PROPOSED" -f "$MORE" --log-group $GROUP --metrics $METRICS
}

without_shadow() {
	lab_agent_stop n1
	lab_agent_start n1 --log-group $GROUP --metrics $METRICS
}

# counted DIRECTION NS/POD: what the pod's counter of the shadow holds; nothing if there is none.
counted() {
	lab_exec n1 nft list counters table inet selvage |
		awk -v name="shadow-$1-" -v pod="\"$2\"" '
			$1 == "counter" { ours = index($2, name) == 1; count = 0 }
			ours && $1 == "comment" && $2 == pod { is = 1 }
			ours && $1 == "packets" { count = $2 }
			ours && $1 == "}" { if (is) print count; is = 0; ours = 0 }'
}

# enforced_drops: packets that the pods' own counters hold.
enforced_drops() {
	lab_exec n1 nft list counters table inet selvage |
		awk '/counter (in|out)-/ { pod = 1 } pod && $1 == "packets" { n += $2; pod = 0 } END { print n + 0 }'
}

send() {
	local ip=lab_ip$1
	"$(tool forge)" -n "$4" "$(lab_ns "$2")" "$("$ip" "$2")" "$("$ip" "$3")" 17 "$(lab_ns "$3")"
}

# What the proposal denies, at either end, and what it says nothing of, passes: 4 protocols, 2 families.
passes() {
	printf '%s\n' "default/near shop/server" "default/far shop/server" "x shop/server" "shop/talker default/near" \
		"shop/talker default/far" "shop/talker x" "shop/talker shop/server" "default/near default/far" |
		while read -r paths; do
			printf "$paths %s 80\n" tcp udp sctp icmp
		done | lab_probe >"$LAB_DIR/answers"
	grep -v '^allowed' "$LAB_DIR/answers" || true
	[ "$(grep -c '^allowed' "$LAB_DIR/answers")" = 64 ]
}

# counts FAMILY FROM TO DIRECTION NS/POD: ten datagrams come in and are counted there, ten times.
counts() {
	local before after
	before=$(counted "$4" "$5")
	send "$1" "$2" "$3" 10 | grep -x 'received 10'
	after=$(counted "$4" "$5")
	echo "$5 $4: $before, then $after"
	[ "$((after - before))" = 10 ]
}

it_is_counted() {
	local family
	for family in 4 6; do
		counts $family default/near shop/server in shop/server
		counts $family default/far shop/server in shop/server
		counts $family shop/talker default/near out shop/talker
		counts $family shop/talker default/far out shop/talker
		counts $family shop/talker shop/server in shop/server
		counts $family shop/talker shop/server out shop/talker
	done
}

# Five echoes are one connection.
connections_count_once() {
	local before after
	before=$(counted in shop/server)
	lab_exec default/near ping -c 5 -i 0.2 -W 1 "$(lab_ip4 shop/server)" | grep ' 0% packet loss'
	after=$(counted in shop/server)
	echo "$before, then $after"
	[ "$((after - before))" = 1 ]
}

# What is denied stays denied, though the proposal opens it, and no proposal is asked about it.
denied_stays_denied() {
	local before after shadow
	before=$(enforced_drops)
	shadow=$(counted in shop/closed)
	send 4 default/near shop/closed 10 | grep -x 'received 0'
	send 6 default/far shop/closed 10 | grep -x 'received 0'
	after=$(enforced_drops)
	echo "$before, then $after; shadow $shadow, then $(counted in shop/closed)"
	[ "$((after - before))" = 20 ] && [ "$shadow" = 0 ] && [ "$(counted in shop/closed)" = 0 ]
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

# The prefix is the name of the pod's chain in the shadow; what is enforced says its own.
it_is_told() {
	local word pod
	listen "$LAB_DIR/told"
	send 4 default/near shop/server 3
	send 4 shop/talker default/near 2
	send 4 default/near shop/closed 4
	listen_end
	sort "$LAB_DIR/told" | uniq -c
	[ "$(grep -c '^shadow-in-[0-9a-f]* ' "$LAB_DIR/told")" = 3 ]
	[ "$(grep -c '^shadow-out-[0-9a-f]* ' "$LAB_DIR/told")" = 2 ]
	[ "$(grep -c '^in-[0-9a-f]* ' "$LAB_DIR/told")" = 4 ]
	for pod in shop/server:shadow-in- shop/talker:shadow-out-; do
		word=$(grep -o "^${pod#*:}[0-9a-f]*" "$LAB_DIR/told" | head -n 1)
		lab_exec n1 nft list chain inet selvage "$word" | grep -qF "\"${pod%:*}\""
	done
}

metric() {
	lab_exec n1 curl -s "http://$METRICS/metrics" | sed -n "s/^selvage_$1 //p"
}

it_is_measured() {
	[ "$(metric shadow_active)" = 1 ]
	[ "$(metric shadow_policies)" = 3 ]
	[ "$(metric 'shadow_drops_total{namespace="shop",pod="server",direction="ingress"}')" = "$(counted in shop/server)" ]
	[ "$(metric 'shadow_drops_total{namespace="shop",pod="talker",direction="egress"}')" = "$(counted out shop/talker)" ]
	[ "$(metric 'shadow_drops_total{namespace="shop",pod="closed",direction="ingress"}')" = 0 ]
	[ "$(metric 'dropped_packets_total{namespace="shop",pod="server",direction="ingress"}')" = '' ]
}

# wants FILE OPTION...: is what n1 holds what a fresh render with these options prints?
wants() {
	"$SELVAGE" render --from "$LAB_MANIFESTS" --node n1 -o facts --log-group $GROUP "${@:2}" >"$1"
	lab_exec n1 "$(tool facts)" | cmp -s - "$1"
}

reads_back() {
	wants "$LAB_DIR/want" --shadow "$PROPOSED" -f "$MORE" || {
		lab_exec n1 "$(tool facts)" | diff "$LAB_DIR/want" - && false
	}
}

# The next agent takes over what was counted.
the_next_adopts() {
	local before
	before=$(counted in shop/server)
	with_shadow
	tail -n 4 "$LAB_DIR/n1.log" | grep 'ready: .* +0 -0 facts'
	[ "$(counted in shop/server)" = "$before" ] && [ "$before" -gt 0 ]
}

# near is let in to the server.
changes_are_followed() {
	local before
	change propose server.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: server, namespace: shop}
		spec:
		  podSelector: {matchLabels: {app: server}}
		  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}}]}]
	END
	wait_for 5000 wants "$LAB_DIR/want" --shadow "$PROPOSED" -f "$MORE"
	before=$(counted in shop/server)
	send 4 default/near shop/server 10 | grep -x 'received 10'
	send 6 default/far shop/server 10 | grep -x 'received 10'
	[ "$(counted in shop/server)" = "$before" ]
	counts 4 shop/talker shop/server in shop/server
}

# A pod that comes is under the proposal like any other, and a policy that is enforced is part of the proposed world.
the_cluster_is_followed() {
	local before
	lab_pod n1 shop/server-2 app=server
	wait_for 5000 wants "$LAB_DIR/want" --shadow "$PROPOSED" -f "$MORE"
	counts 6 shop/talker shop/server-2 in shop/server-2
	change lab_put policy-near.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: talkers, namespace: shop}
		spec:
		  podSelector: {matchLabels: {app: server}}
		  ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}]}]
	END
	wait_for 5000 wants "$LAB_DIR/want" --shadow "$PROPOSED" -f "$MORE"
	before=$(counted in shop/server)
	send 4 shop/talker shop/server 10 | grep -x 'received 10'
	[ "$(counted in shop/server)" = "$before" ]
	change rm "$LAB_MANIFESTS/policy-near.yaml"
	wait_for 5000 wants "$LAB_DIR/want" --shadow "$PROPOSED" -f "$MORE"
}

ready() {
	[ "$(lab_exec n1 curl -s -o "$LAB_DIR/ready" -w '%{http_code}' "http://$METRICS/readyz")" = 200 ]
}

# What is wrong with a proposal is told, and what was known of it stays.
broken_proposals_are_told() {
	local mark
	mark=$(lab_agent_mark n1)
	printf 'apiVersion: v1\nkind: [\n' | propose server.yaml
	lab_agent_wait n1 "$mark" 'shadow: ' 5000
	ready
	mark=$(lab_agent_mark n1)
	change propose odd.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: odd, namespace: default}
		spec: {podSelector: {}, ingress: [{from: [{unknown: {}}]}]}
	END
	lab_agent_wait n1 "$mark" 'odd' 5000
	ready
	counts 4 default/far default/near in default/near
	counts 4 shop/talker shop/server in shop/server
	denied_stays_denied
	with_shadow
	ready
	rm "$PROPOSED/server.yaml" "$PROPOSED/odd.yaml"
}

# status CODE [ARGUMENT...]: prints it; must exit with this code.
status() {
	local code=$1 got=0
	shift
	lab_exec n1 "$SELVAGE" status --socket "$LAB_DIR/n1.sock" "$@" || got=$?
	[ "$got" = "$code" ] || { echo "exit status $got" >&2 && return 1; }
}

# The agent listens itself: who to whom, and how often.
status_tells() {
	lab_agent_stop n1
	lab_agent_start n1 --shadow "$PROPOSED" -f "$MORE"
	wait_for 5000 test -S "$LAB_DIR/n1.sock"
	send 4 shop/talker default/near 3
	send 4 default/near shop/closed 2
	sleep 0.5
	status 0 --shadow | tee "$LAB_DIR/status"
	grep -q '^2 policies are proposed, and what they would drop is counted$' "$LAB_DIR/status"
	grep -qE "^shop/talker +- +$(counted out shop/talker) +20" "$LAB_DIR/status"
	grep -qE "  3x  shadow-egress shop/talker \\($(lab_ip4 shop/talker)\\) -> default/near \\($(lab_ip4 default/near)\\) UDP [0-9]+; would be isolated by shop/talker$" "$LAB_DIR/status"
	[ "$(grep -c 'shadow-ingress.*shop/closed' "$LAB_DIR/status")" = 0 ]
	status 0 -o wide >"$LAB_DIR/status"
	[ "$(grep -c shadow "$LAB_DIR/status")" = 0 ]
	grep -q '  2x  ingress default/near .*; isolated by shop/closed$' "$LAB_DIR/status"
	[ "$(status 0 -o json | jq -c '.pods[] | select(.pod == "shop/talker") | [.egress.isolated, .egress.drops, .egress.shadow.drops]')" = \
		"[false,0,$(counted out shop/talker)]" ]
	status 0 -o json >"$LAB_DIR/status.json"
}

# That document, which has what is only proposed in it.
schema_holds() {
	python3 -c 'import jsonschema' 2>/dev/null || { echo "there is no python3-jsonschema" && exit 77; }
	jq -e '.shadow.active and .recentShadow[0].count and ([.pods[].egress.shadow.drops] | add) > 0' "$LAB_DIR/status.json"
	python3 "$here/../golden/schema.py" "$here/../../examples/schema/status.json" <"$LAB_DIR/status.json"
}

# Each sees its own.
monitor_tells() {
	local both='' option
	for option in --shadow ''; do
		# shellcheck disable=SC2086 # a word or none
		ip netns exec "$(lab_ns n1)" "$SELVAGE" monitor --socket "$LAB_DIR/n1.sock" $option >"$LAB_DIR/monitor$option" &
		both="$both $!"
	done
	sleep 0.5
	send 6 shop/talker default/near 3
	send 6 default/near shop/closed 2
	sleep 0.5
	# shellcheck disable=SC2086 # words
	kill $both
	head -n 9 "$LAB_DIR/monitor--shadow" "$LAB_DIR/monitor"
	[ "$(wc -l <"$LAB_DIR/monitor--shadow")" = 3 ]
	[ "$(grep -c ' shadow-egress shop/talker .* -> default/near .*; would be isolated by shop/talker$' "$LAB_DIR/monitor--shadow")" = 3 ]
	[ "$(wc -l <"$LAB_DIR/monitor")" = 2 ]
	[ "$(grep -c ' ingress default/near .* -> shop/closed .*; isolated by shop/closed$' "$LAB_DIR/monitor")" = 2 ]
}

# Without an agent, the kernel knows the counters, and who is isolated and who would be.
the_kernel_tells() {
	lab_agent_stop n1
	status 3 --shadow | tee "$LAB_DIR/status"
	grep -qE "^shop/talker +- +$(counted out shop/talker) " "$LAB_DIR/status"
	[ "$(status 3 -o json | jq -c '[.pods[] | select(.pod == "shop/talker") | .egress.isolated, .ingress.isolated]')" = '[false,false]' ]
	[ "$(status 3 -o json | jq -c '[.pods[] | select(.pod == "shop/closed") | .ingress.isolated]')" = '[true]' ]
}

# Not a fact of it is left, not a chain, not a counter, and what is enforced is as it is where there never was one.
nothing_of_it_is_there() {
	[ "$(lab_exec n1 nft list table inet selvage | grep -c shadow)" = 0 ]
}

it_leaves_no_trace() {
	without_shadow
	wait_for 5000 wants "$LAB_DIR/want"
	wait_for 5000 nothing_of_it_is_there
	[ "$(metric 'shadow_drops_total{.*}')" = '' ]
	[ "$(metric shadow_active)" = 0 ]
	send 4 default/near shop/closed 10 | grep -x 'received 0'
}

# While it comes, changes and goes, the objects of what is enforced are not made anew.
enforced_is_left_alone() {
	local before
	lab_table n1 | grep -v shadow | sed 's/packets [0-9]* bytes [0-9]*//' >"$LAB_DIR/table"
	with_shadow
	without_shadow
	wait_for 5000 nothing_of_it_is_there
	before=$(wc -l <"$LAB_DIR/table")
	[ "$before" -gt 20 ]
	lab_table n1 | sed 's/packets [0-9]* bytes [0-9]*//' | diff "$LAB_DIR/table" -
}

# Known bad: a shadow that drops what it counts.
dropping_is_noticed() {
	lab_agent_stop n1
	propose server.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: server, namespace: shop}
		spec: {podSelector: {matchLabels: {app: server}}, policyTypes: [Ingress]}
	END
	lab_exec n1 "$SELVAGE" cleanup
	"$SELVAGE" render --from "$LAB_MANIFESTS" --node n1 --shadow "$PROPOSED" -f "$MORE" |
		sed 's/\(counter name "shadow-[^"]*"\) accept/\1 drop/' >"$LAB_DIR/dropping.nft"
	grep -q 'counter name "shadow-.*drop' "$LAB_DIR/dropping.nft"
	lab_exec n1 nft -f "$LAB_DIR/dropping.nft"
	if passes; then
		return 1
	fi
	[ "$(grep -c '^denied' "$LAB_DIR/answers")" = 56 ]
}

tap_ok "the lab comes up" bring_up
tap_ok "what a proposal denies passes" passes
tap_ok "and is counted, by pod and direction, in both families" it_is_counted
tap_ok "a connection is counted once" connections_count_once
tap_ok "what is enforced as denied stays denied, and is not counted twice" denied_stays_denied
tap_ok "with --log-group, it is told with the name of the pod's chain in the shadow" it_is_told
tap_ok "the metrics say it" it_is_measured
tap_ok "the kernel holds what render --shadow prints" reads_back
tap_ok "the next agent goes on counting" the_next_adopts
tap_ok "a change of the proposal is followed" changes_are_followed
tap_ok "changes of pods and of enforced policies are followed" the_cluster_is_followed
tap_ok "a broken proposal is told of, and the node stays ready" broken_proposals_are_told
tap_ok "status --shadow tells of pods and pairs, and status of what is enforced" status_tells
tap_ok "and its JSON is what the schema says" schema_holds
tap_ok "monitor --shadow tells of what would be dropped, and monitor of what is" monitor_tells
tap_ok "without an agent, status --shadow tells of pods" the_kernel_tells
tap_ok "an agent without it leaves no trace of it" it_leaves_no_trace
tap_ok "what is enforced is not touched as it comes and goes" enforced_is_left_alone
tap_ok "a shadow that drops does not go unnoticed" dropping_is_noticed
tap_done
