#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a change that is applied to a running agent change exactly the connections that `selvage plan` says, and cut those
# that it says?
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"

reason=$(lab_missing) || tap_skip_all "$reason"
[ -x "$SELVAGE" ] || tap_skip_all "there is no $SELVAGE"
stream=
trap '[ -z "$stream" ] || kill "$stream" 2>/dev/null || true; lab_down' EXIT

pods='shop/web shop/api shop/db ops/agent'

# db NAME PEER PORT: the only policy, which admits PEER to the database on PORT.
db() {
	cat <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: db, namespace: shop}
		spec:
		  podSelector: {matchLabels: {app: db}}
		  ingress:
		  - from:
		    - $1
		    ports: [{port: $2}]
	END
}

bring_up() {
	lab_up
	lab_pod n1 shop/web app=web
	lab_pod n2 shop/api app=api
	lab_pod n1 shop/db app=db
	lab_pod n2 ops/agent app=agent
	db 'podSelector: {matchLabels: {app: web}}' 5432 | lab_put db.yaml
	lab_agent_start n1
	lab_agent_start n2
}

questions() {
	local from to port
	for from in $pods; do
		for to in $pods; do
			for port in 5432 5433; do
				[ "$from" = "$to" ] || echo "$from $to tcp $port"
			done
		done
	done
}

# "FROM TO PORT ANSWER" of both families, to a file: real packets.
observe() {
	questions | lab_probe -v 2>/dev/null | awk '{ print $1 }' >"$LAB_DIR/words"
	questions | awk '{ print $1, $2, $4; print $1, $2, $4 }' | paste -d' ' - "$LAB_DIR/words" >"$1"
	[ "$(grep -c -e ' allowed$' -e ' denied$' "$1")" = 48 ] || { cat "$1" && false; }
}

# What was allowed and is denied, and the other way round, as "lost FROM TO PORT".
observed_change() {
	paste -d' ' "$LAB_DIR/before" "$LAB_DIR/after" |
		awk '$4 != $8 { print ($4 == "allowed" ? "lost" : "gained"), $1, $2, $3 }' | sort -u
}

# The same as the plan has it, of the pods and ports that are asked about.
planned_change() {
	"$SELVAGE" plan --from "$LAB_MANIFESTS" "$@" --expand -o csv >"$LAB_DIR/plan.csv" || [ $? = 1 ]
	awk -F, -v pods="$pods" '
		BEGIN { n = split(pods, list, " "); for (i = 1; i <= n; i++) known[list[i]] }
		function has(text, port) { return text == "all" || index(text, port) }
		$2 in known && $3 in known && /^(LOST|NARROWED|GAINED|WIDENED)/ {
			for (port = 5432; port <= 5433; port++)
				if (has($4, port) != has($5, port))
					print (has($4, port) ? "lost" : "gained"), $2, $3, port
		}' "$LAB_DIR/plan.csv" | sort -u
}

# as_planned DO ARGUMENT...: plans with these arguments, does it, and compares with what packets say.
as_planned() {
	local do=$1 mark
	shift
	observe "$LAB_DIR/before"
	planned_change "$@" >"$LAB_DIR/planned"
	[ -s "$LAB_DIR/planned" ] || { echo "nothing is planned" && return 1; }
	mark=$(lab_agents_mark)
	"$do"
	lab_agents_settle "$mark"
	observe "$LAB_DIR/after"
	observed_change >"$LAB_DIR/observed"
	diff -u "$LAB_DIR/planned" "$LAB_DIR/observed"
}

move_port() {
	cp "$LAB_DIR/new.yaml" "$LAB_MANIFESTS/db.yaml"
}

plan_port() {
	db 'podSelector: {matchLabels: {app: web}}' 5433 >"$LAB_DIR/new.yaml"
	as_planned move_port -f "$LAB_DIR/new.yaml"
}

plan_peer() {
	db 'namespaceSelector: {}' 5433 >"$LAB_DIR/new.yaml"
	as_planned move_port -f "$LAB_DIR/new.yaml"
}

take_policy() {
	rm "$LAB_MANIFESTS/db.yaml"
}

plan_delete() {
	as_planned take_policy --delete netpol/shop/db
}

# Known bad: the plan of another change is not what happens.
another_plan() {
	db 'podSelector: {matchLabels: {app: web}}' 5432 | lab_put db.yaml
	sleep 0.5
	db 'podSelector: {matchLabels: {app: api}}' 5432 >"$LAB_DIR/new.yaml"
	not as_planned take_policy -f "$LAB_DIR/new.yaml"
}

said() {
	grep -qE -- "$1" "$LAB_DIR/streams"
}

begin_stream() {
	db 'podSelector: {matchLabels: {app: web}}' 5432 | lab_put db.yaml
	sleep 0.5
	"$(lab_tool stream)" "kept=$(lab_ns shop/web),$(lab_ip4 shop/web),$(lab_ns shop/db),$(lab_ip4 shop/db),5432" \
		"own=$(lab_ns n1),$(lab_ip4 n1),$(lab_ns shop/db),$(lab_ip4 shop/db),6000" >"$LAB_DIR/streams" 2>&1 &
	stream=$!
	wait_for 3000 said '^kept open$' && wait_for 3000 said '^own open$' || { cat "$LAB_DIR/streams" && false; }
}

# What conntrack knows of n1 is judged: the web's connection would be cut, the node's own is not in question.
flows_of_node() {
	db 'podSelector: {matchLabels: {app: api}}' 5432 >"$LAB_DIR/new.yaml"
	lab_exec n1 "$SELVAGE" plan --from "$LAB_MANIFESTS" -f "$LAB_DIR/new.yaml" --conntrack -o json >"$LAB_DIR/flows.json" ||
		[ $? = 1 ]
	jq -e '.flows.paths | map(select(.fate == "cut")) | length == 1 and .[0].from == "shop/web" and
		.[0].to == "shop/db" and .[0].port == 5432 and .[0].connections >= 1' "$LAB_DIR/flows.json" ||
		{ jq .flows "$LAB_DIR/flows.json" && false; }
}

and_is_cut() {
	cp "$LAB_DIR/new.yaml" "$LAB_MANIFESTS/db.yaml"
	wait_for 3000 said '^kept stalled$' && ! said '^own stalled$' || { cat "$LAB_DIR/streams" && false; }
}

# What is printed with --nft makes of the node's table what the changed policies want.
nft_patch() {
	local node=n1 before=$LAB_DIR/table-before
	cp "$LAB_MANIFESTS/db.yaml" "$LAB_DIR/old.yaml"
	db 'namespaceSelector: {}' 5433 >"$LAB_DIR/new.yaml"
	"$SELVAGE" render --from "$LAB_MANIFESTS" --node $node >"$before"
	"$SELVAGE" plan --from "$LAB_MANIFESTS" -f "$LAB_DIR/new.yaml" --nft --node $node >"$LAB_DIR/patch" || [ $? = 1 ]
	[ -s "$LAB_DIR/patch" ] && cp "$LAB_DIR/new.yaml" "$LAB_MANIFESTS/db.yaml"
	"$SELVAGE" render --from "$LAB_MANIFESTS" --node $node >"$LAB_DIR/table-after"
	tables "$before" "$LAB_DIR/patch" >"$LAB_DIR/patched" && tables "$LAB_DIR/table-after" >"$LAB_DIR/whole" || return 1
	diff -u "$LAB_DIR/whole" "$LAB_DIR/patched"
}

# What nft lists when these scripts have run, in a network namespace of its own; elements and chains in one order.
tables() {
	# shellcheck disable=SC2016 # expanded inside
	unshare -n sh -c 'for script; do nft -f "$script" || exit 1; done; nft -s list ruleset' - "$@" | tr -d '\t' | sort
}

tap_ok "a lab with agents comes up" bring_up
tap_ok "a port that moves changes the connections that were planned" plan_port
tap_ok "a peer that widens changes the connections that were planned" plan_peer
tap_ok "a policy that goes changes the connections that were planned" plan_delete
tap_ok "known bad: the plan of another change is told from what happens" another_plan
tap_ok "a connection is open" begin_stream
tap_ok "the plan finds it among the node's connections, and says that it will be cut" flows_of_node
tap_ok "and it is cut" and_is_cut
tap_ok "the patch for nft makes of the node's table what is wanted" nft_patch
tap_done
