#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is a plan's JSON as examples/schema/plan.json says, and can a plan be read however large the change is?
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=$(readlink -f "${SELVAGE:?the program to test}")
schema=$(readlink -f "$here/../../examples/schema/plan.json")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -c 'import jsonschema' 2>/dev/null || tap_skip_all "there is no python3-jsonschema"
cd "$here/plan" || exit 2

# says STATUS ARGUMENT...
says() {
	wanted=$1
	shift
	status=0
	"$selvage" plan -o json "$@" >"$scratch/json" 2>"$scratch/err" || status=$?
	[ "$status" = "$wanted" ] && python3 "$here/schema.py" "$schema" <"$scratch/json"
}

# The document with a change made by jq breaks the schema.
breaks() {
	says 1 --from base.yaml -f port.yaml && ! jq "$1" "$scratch/json" | python3 "$here/schema.py" "$schema"
}

# 22 workloads, and a policy of 638 prefixes.
many_cidrs() {
	for i in $(seq 22); do
		printf -- '---\napiVersion: v1\nkind: Pod\nmetadata: {name: w%s-0, namespace: big, labels: {app: w%s}}\n' "$i" "$i"
		printf 'status: {phase: Running, podIP: 10.1.0.%s, podIPs: [{ip: 10.1.0.%s}]}\n' "$i" "$i"
	done >"$scratch/base.yaml"
	{
		printf 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: egress, namespace: big}\n'
		printf 'spec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - ports: [{port: 443}]\n    to:\n'
		for i in $(seq 0 637); do
			echo "    - ipBlock: {cidr: $((20 + i / 256)).$((i % 256)).$((i % 7 * 32)).0/27}"
		done
	} >"$scratch/new.yaml"
}

# 1,000 workloads in 40 namespaces, and a default deny in each.
many_workloads() {
	for i in $(seq 1000); do
		printf -- '---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d%s, namespace: n%s}\n' "$i" $((i % 40))
		printf 'spec: {replicas: 3, template: {metadata: {labels: {app: d%s}}, spec: {containers: [{name: c}]}}}\n' "$i"
	done >"$scratch/base.yaml"
	for i in $(seq 0 39); do
		printf -- '---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: n%s}\n' "$i"
		printf 'spec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n'
	done >"$scratch/new.yaml"
}

# fits MOST MAKE: what is printed by default has so many lines at most, and some.
fits() {
	"$2"
	status=0
	"$selvage" plan --from "$scratch/base.yaml" -f "$scratch/new.yaml" >"$scratch/out" 2>"$scratch/err" || status=$?
	[ $status = 1 ] || { echo "exit status $status" && cat "$scratch/err" && return 1; }
	grep -q '^LOST ' "$scratch/out" && [ "$(wc -l <"$scratch/out")" -lt "$1" ] || { cat "$scratch/out" && false; }
}

# All that was summed up is there to be had.
expands() {
	"$selvage" plan --from "$scratch/base.yaml" -f "$scratch/new.yaml" --expand -o csv >"$scratch/out" || [ $? = 1 ]
	[ "$(grep -c '^LOST,big/w1-0,big/' "$scratch/out")" = 21 ] && [ "$(grep -c '^NARROWED,big/w1-0,' "$scratch/out")" = 638 ]
}

# From standard input, as helm and kustomize are piped.
piped() {
	"$selvage" plan --from base.yaml -f - -o csv <port.yaml >"$scratch/out" || [ $? = 1 ]
	sed 's/<stdin>:/port.yaml:/' "$scratch/out" | diff -u port.csv -
}

# Of a directory, what its files say.
folder() {
	mkdir "$scratch/folder" && cp port.yaml deny.yaml "$scratch/folder"
	says 1 --from base.yaml -f "$scratch/folder" && jq -S '[.rows[] | del(.because)]' "$scratch/json" >"$scratch/one"
	says 1 --from base.yaml -f port.yaml -f deny.yaml && jq -S '[.rows[] | del(.because)]' "$scratch/json" >"$scratch/two"
	cmp "$scratch/one" "$scratch/two"
}

tap_ok "a changed policy" says 1 --from base.yaml -f port.yaml
tap_ok "isolation, deletes, several changes" says 1 --from base.yaml -f port.yaml -f deny.yaml --delete pod/ops/agent-q
tap_ok "labels" says 1 --from base.yaml -f labels.yaml
tap_ok "nothing" says 0 --from base.yaml -f base.yaml
tap_ok "charts, pods without addresses" says 1 --from chart-1.yaml -f chart-2.yaml
tap_ok "an address that another pod takes" says 1 --from moved/old.yaml -f moved/taker.yaml
tap_ok "connections" says 1 --from base.yaml -f port.yaml -f deny.yaml --flows flows.conntrack
tap_ok "a document that cannot be read" says 3 --from base.yaml -f broken.yaml
tap_ok "a member too many shows" breaks '.rows[0].extra = 1'
tap_ok "a member too few shows" breaks 'del(.rows[0].because.why)'
tap_ok "another version shows" breaks '.schemaVersion = 2'
tap_ok "a change from standard input" piped
tap_ok "a directory is what its files are" folder
tap_ok "22 workloads and 638 prefixes take fewer than 100 lines" fits 100 many_cidrs
tap_ok "--expand has a line for each pair of them" expands
tap_ok "1,000 workloads in 40 namespaces fit a screen" fits 50 many_workloads
tap_done
