#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does `explain --verify` notice whether the ruleset in force says the same?  Rulesets of files, then two nodes of a lab, with
# packets that the overlay carries from the one to the other.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"
selvage=$(readlink -f "${SELVAGE:?the program to test}")
manifests=$here/../golden/explain/in.yaml

[ "$(id -u)" = 0 ] || tap_skip_all "not root"
command -v nft >/dev/null || tap_skip_all "there is no nft"
unshare -n nft list ruleset >/dev/null 2>&1 || tap_skip_all "no network namespace with nf_tables can be made"
scratch=$(mktemp -d)
trap 'lab_down; rm -rf "$scratch"' EXIT
"$selvage" render --from "$manifests" --node n1 >"$scratch/good.nft"
sed 's/ports: \[{port: 5432}\]/ports: [{port: 5431}]/' "$manifests" >"$scratch/other.yaml"
"$selvage" render --from "$scratch/other.yaml" --node n1 >"$scratch/bad.nft"

# verifies RULESET STATUS WORDS ARGUMENT...: in a namespace of its own with the ruleset, the answer has the words.
verifies() {
	local ruleset=$1 wanted=$2 words=$3 status=0
	shift 3
	# shellcheck disable=SC2016 # the inner shell expands
	unshare -n sh -c 'nft -f "$1" && shift && exec "$@"' - "$ruleset" \
		"$selvage" explain --from "$manifests" --verify --node n1 "$@" >"$scratch/out" 2>&1 || status=$?
	grep -qF -- "$words" "$scratch/out" && [ $status = "$wanted" ] || { cat "$scratch/out" && echo "status $status" && false; }
}

: >"$scratch/none.nft"
tap_ok "no table is told" verifies "$scratch/none.nft" 3 "kernel   there is no table inet selvage here" shop/web-7c9-a shop/db-0:5432
tap_ok "what is allowed is confirmed" verifies "$scratch/good.nft" 0 "kernel   agrees" shop/web-7c9-a shop/db-0:5432
tap_ok "what is denied is confirmed" verifies "$scratch/good.nft" 1 "kernel   agrees" shop/web-7c9-a shop/db-0:5433
tap_ok "a pod and itself are confirmed" verifies "$scratch/good.nft" 0 "kernel   agrees" shop/db-0 shop/db-0:1
tap_ok "what other nodes decide is not asked" verifies "$scratch/good.nft" 0 "kernel   not asked" 203.0.113.1 shop/web-7c9-b:8080
tap_ok "a table that says otherwise shows" verifies "$scratch/bad.nft" 3 "kernel   DISAGREES" shop/web-7c9-a shop/db-0:5432
tap_ok "it shows in JSON too" verifies "$scratch/bad.nft" 3 '"kernel": "DISAGREES' shop/web-7c9-a shop/db-0:5432 -o json

# From a pod of n1 to one of n2, through the overlay: each node decides for its own.
bring_up() {
	lab_up n1 n2
	lab_pod n1 shop/near app=near
	lab_pod n1 shop/mute app=mute
	lab_pod n2 shop/far app=far
	lab_put policies.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: far, namespace: shop}
		spec: {podSelector: {matchLabels: {app: far}}, ingress: [{ports: [{port: 80}]}]}
		---
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: mute, namespace: shop}
		spec: {podSelector: {matchLabels: {app: mute}}, policyTypes: [Egress]}
	END
	lab_agent_start n1
	lab_agent_start n2
}

# confirms NODE STATUS STATE FROM TO: in both families, what the table of the node says of the answer.
confirms() {
	local node=$1 wanted=$2 state=$3 status=0
	shift 3
	lab_exec "$node" "$selvage" explain --from "$LAB_MANIFESTS" --verify --node "$node" "$@" >"$scratch/out" 2>&1 || status=$?
	[ "$status" = "$wanted" ] && [ "$(grep -c '^ *kernel ' "$scratch/out")" = "$(grep -c "^ *kernel   $state" "$scratch/out")" ] &&
		grep -q "^ *kernel   $state" "$scratch/out" || { cat "$scratch/out" && echo "status $status" && false; }
}

# fares ANSWER FROM TO PORT crosses|stays: real packets of both families; does n1 put any into the overlay?
fares() {
	local before after
	before=$(carried)
	printf '%s %s tcp %s\n' "$2" "$3" "$4" | lab_probe -v >"$scratch/answers" 2>/dev/null
	after=$(carried)
	cat "$scratch/answers"
	[ "$(grep -c "^$1 " "$scratch/answers")" = 2 ]
	case $5 in
	crosses) [ "$after" -gt "$before" ] ;;
	stays) [ "$after" = "$before" ] ;;
	esac
}

carried() {
	lab_exec n1 cat /sys/class/net/flannel.1/statistics/tx_packets
}

both_nodes_confirm() {
	confirms n1 0 agrees shop/near shop/far:80
	confirms n2 0 agrees shop/near shop/far:80
	fares allowed shop/near shop/far 80 crosses
}

# The answer is no; n1 lets it pass, as it should, and n2 does not.
the_far_node_denies() {
	confirms n1 1 agrees shop/near shop/far:81
	confirms n2 1 agrees shop/near shop/far:81
	fares denied shop/near shop/far 81 crosses
}

the_near_node_denies() {
	confirms n1 1 agrees shop/mute shop/far:80
	confirms n2 1 agrees shop/mute shop/far:80
	fares denied shop/mute shop/far 80 stays
}

# What comes back belongs to the connection; a connection the other way is another question.
the_way_back() {
	confirms n1 0 agrees shop/far shop/near:80
	confirms n2 0 agrees shop/far shop/near:80
	fares allowed shop/far shop/near 80 crosses
}

# n2 goes by other policies: it alone can tell, and packets do as its table says.
one_table_is_wrong() {
	cp -r "$LAB_MANIFESTS" "$scratch/other"
	sed -i 's/port: 80}/port: 81}/' "$scratch/other/policies.yaml"
	lab_agent_stop n2
	LAB_MANIFESTS=$scratch/other lab_agent_start n2
	fares allowed shop/near shop/far 81 crosses
	fares denied shop/near shop/far 80 crosses
	confirms n1 1 agrees shop/near shop/far:81
	confirms n2 3 DISAGREES shop/near shop/far:81
	confirms n1 0 agrees shop/near shop/far:80
	confirms n2 3 DISAGREES shop/near shop/far:80
}

if reason=$(lab_missing); then
	tap_ok "two nodes come up" bring_up
	tap_ok "what the overlay carries is confirmed by both nodes" both_nodes_confirm
	tap_ok "what the receiving node denies is confirmed by both" the_far_node_denies
	tap_ok "what the sending node denies is confirmed by both" the_near_node_denies
	tap_ok "the way back is confirmed by both" the_way_back
	tap_ok "a table that says otherwise shows on its node alone" one_table_is_wrong
else
	tap_skip "what the overlay carries is confirmed by both nodes" "$reason"
fi
tap_done
