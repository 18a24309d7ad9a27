#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does `selvage audit` find what it is to find, and nothing in what is as it should be?
#
# t/golden/audit/NPnnn.yaml has namespaces in which the check must find something (bad...), and others in which it must not
# (good...); in reference*.yaml nothing at all may be found in those.  `audit.sh --update` writes the checks into the manual.
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=$(readlink -f "${SELVAGE:?the program to test}")
manual=$(readlink -f "$here/../../man/selvage-audit.1")
schema=$(readlink -f "$here/../../examples/schema/audit.json")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$here/audit" || exit 2
unset KUBECONFIG KUBERNETES_SERVICE_HOST

# says STATUS ARGUMENT...: `selvage audit` exits with STATUS; its outputs are $scratch/out and $scratch/err.
says() {
	wanted=$1
	shift
	status=0
	"$selvage" audit "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
	[ "$status" = "$wanted" ] || { echo "exit status $status" && cat "$scratch/err" && return 1; }
}

has() {
	grep -qF -- "$1" "$scratch/out" "$scratch/err" || { echo "no $1 in:" && cat "$scratch/out" "$scratch/err" && return 1; }
}

lacks() {
	not grep -F -- "$1" "$scratch/out" "$scratch/err"
}

namespaces() {
	grep -o 'kind: Namespace, metadata: {name: bad[a-z0-9-]*' "$1" | sed 's/.* //' | sort
}

# found CHECK FILE: the namespaces in which the check finds something are those that are bad.
found() {
	says 0 --from "$2" --only "$1" --fail-on none -o json
	jq -r '.findings[] | .namespace // "none"' "$scratch/out" | sort -u >"$scratch/have"
	namespaces "$2" >"$scratch/want"
	[ -s "$scratch/want" ] && diff "$scratch/want" "$scratch/have"
}

# A check that is not asked for finds nothing: the test above can fail.
found_by_another() {
	not found NP125 NP101.yaml >/dev/null
}

nothing_in_good() {
	says 0 --from "$1" --fail-on none -o json
	jq -e '[.namespaces[] | select(.name | startswith("good"))] | length > 0' "$scratch/out" >/dev/null
	jq -r '.findings[] | select((.namespace // "") | startswith("good")) | .id + " " + .where' "$scratch/out" >"$scratch/found"
	[ ! -s "$scratch/found" ] || { cat "$scratch/found" && return 1; }
}

# Every reference set with one allow-dns less is no reference set.
dns_missed() {
	sed 's/name: allow-dns,/name: allow-dns, labels: {gone: here},/; s/port: 53}/port: 54}/g' reference.yaml >"$scratch/worse.yaml"
	not nothing_in_good "$scratch/worse.yaml" >/dev/null
}

exit_codes() {
	says 1 --from shop.yaml
	says 0 --from shop.yaml --fail-on critical
	says 0 --from shop.yaml --fail-on none
	says 0 --from shop.yaml --only NP102
	says 1 --from shop.yaml --only NP102 --fail-on medium
	says 1 --from shop.yaml --only egress-open --fail-on low
	says 2 --from shop.yaml --fail-on often
	says 2 --from shop.yaml --only NP999
	says 2 --from shop.yaml -o xml
	says 2 --from shop.yaml --max-prefix4 33
	says 2 --explain NP999
}

unread() {
	{ cat reference.yaml && printf -- '---\nkind: Pod\n a: b: c\n'; } >"$scratch/half.yaml"
	says 3 --from "$scratch/half.yaml" --fail-on none
	says 3 --from "$scratch/half.yaml" --matrix
	says 3 --from "$scratch/half.yaml" --fix NP101
}

skips() {
	says 1 --from shop.yaml --skip NP101,NP111
	lacks NP101
	lacks NP111
	has NP123
}

annotations() {
	says 1 --from shop.yaml -o json
	jq -e '.ignored == [{"id": "NP102", "where": "legacy", "message": .ignored[0].message, "reason": "to be shut down"}]' \
		"$scratch/out" >/dev/null
	sed 's/NP102=to be shut down/NP102=to be, NP101=later/' shop.yaml >"$scratch/two.yaml"
	says 1 --from "$scratch/two.yaml" -o json
	[ "$(jq -c '[.ignored[] | .id, .reason]' "$scratch/out")" = '["NP101","later","NP102","to be"]' ]
	sed 's/NP102=to be shut down/NP102=/' shop.yaml >"$scratch/none.yaml"
	says 1 --from "$scratch/none.yaml" -o json
	jq -e '.ignored == []' "$scratch/out" >/dev/null
	sed 's/name: web-to-cart,/name: web-to-cart, annotations: {selvage.io\/ignore: "NP123=known"},/' shop.yaml >"$scratch/policy.yaml"
	says 1 --from "$scratch/policy.yaml" -o json
	jq -e '[.ignored[].id] == ["NP123", "NP102"]' "$scratch/out" >/dev/null
}

baseline() {
	says 0 --from shop.yaml --write-baseline "$scratch/baseline"
	says 0 --from shop.yaml --baseline "$scratch/baseline"
	has 'no findings; 1 ignored by annotation; 10 in the baseline'
	{ printf '# one line more\n' && cat shop.yaml && echo --- && cat NP131.yaml; } >"$scratch/more.yaml"
	says 1 --from "$scratch/more.yaml" --baseline "$scratch/baseline"
	has NP131
	lacks 'shop/web '
	says 2 --from shop.yaml --baseline shop.yaml
	says 2 --from shop.yaml --baseline "$scratch/nothing"
}

# What --fix prints is what policies/ says, and puts right what was found.
fixes() {
	says 1 --from shop.yaml --fix dns-blocked
	sed 's/namespace: production/namespace: shop/' ../../../policies/allow-dns.yaml >"$scratch/want"
	sed 1d "$scratch/out" | diff "$scratch/want" -
	{ cat shop.yaml && cat "$scratch/out"; } >"$scratch/fixed.yaml"
	says 0 --from "$scratch/fixed.yaml" --only NP111
	says 1 --from shop.yaml --fix NP101
	[ "$(grep -c '^kind: NetworkPolicy' "$scratch/out")" = 3 ]
	says 2 --from shop.yaml --fix NP123
}

odd_names='no 123 1e3 null true yes on 0x1f 0b1 0o17 1-2 2026-01-01 12e03 x'

odd_cluster() {
	for name in $odd_names; do
		cat <<-END
			---
			{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: "$name"}, spec: {containers: [{name: c}]},
			  status: {phase: Running}}
		END
	done
}

# read_back FILE: the namespaces of the policies are those of the pods, and check has nothing to say.
read_back() {
	"$selvage" check --strict "$1" >"$scratch/said" 2>&1 || return 1
	[ "$(grep -c '^kind: NetworkPolicy' "$1")" = "$(echo "$odd_names" | wc -w)" ]
	says 0 --from "$1" --fail-on none -o json
	jq -r '.namespaces[].name' "$scratch/out" | sort >"$scratch/have"
	echo "$odd_names" | tr ' ' '\n' | sort | diff - "$scratch/have"
}

names_stay_strings() {
	odd_cluster >"$scratch/odd.yaml"
	says 1 --from "$scratch/odd.yaml" --fix NP101
	cp "$scratch/out" "$scratch/fix.yaml"
	read_back "$scratch/fix.yaml"
}

# Without the quotes they do not.
unquoted_do_not() {
	names_stay_strings
	sed 's/namespace: "\(.*\)"$/namespace: \1/' "$scratch/fix.yaml" >"$scratch/bare.yaml"
	not read_back "$scratch/bare.yaml" >/dev/null
}

# Each of three is covered by the other two: only one may go.
one_of_three() {
	printf '%s\n' 'apiVersion: networking.k8s.io/v1' 'kind: NetworkPolicy' 'metadata: {name: a, namespace: shop}' 'spec:' \
		'  podSelector: {}' '  ingress:' '  - ports: [{port: 80}, {port: 81}]' '  - ports: [{port: 81}, {port: 82}]' \
		'  - ports: [{port: 80}, {port: 82}]' >"$scratch/three.yaml"
	says 0 --from "$scratch/three.yaml" --only NP151 -o json
	[ "$(jq -r '.findings[] | .where + ": " + .message' "$scratch/out")" = \
		"shop/a i[2]: a i[0], a i[1] admit all of it already, together" ]
}

# manual_checks: what the manual says of the checks, made of what --explain says.
manual_checks() {
	for id in $("$selvage" audit --from reference.yaml --fail-on none -o json | jq -r '.rules[].id'); do
		"$selvage" audit --explain "$id" | awk '
			NR == 1 { gsub(/[()]/, ""); print ".It Sy " $1, $2 " Pq " $3; next }
			/^$/ || /^Ready policies/ { next }
			{ gsub(/[.]  */, ".\n"); sub(/\n$/, ""); gsub(/--/, "\\-\\-"); print }'
	done
}

manual_same() {
	manual_checks >"$scratch/want"
	awk '/^[.]\\" checks end/ { on = 0 } on { print } /^[.]\\" checks begin/ { on = 1 }' "$manual" | diff - "$scratch/want"
}

manual_update() {
	manual_checks >"$scratch/checks"
	awk -v checks="$scratch/checks" '
		/^[.]\\" checks end/ { on = 0 }
		!on { print }
		/^[.]\\" checks begin/ { on = 1; while ((getline line <checks) > 0) print line }' "$manual" >"$scratch/manual"
	cp "$scratch/manual" "$manual"
}

# What is unknown as well, which the agent that is not there makes NP202.
sarif_holds() {
	status=0
	"$selvage" audit --from shop.yaml --socket "$scratch/nobody" -o sarif >"$scratch/sarif" 2>/dev/null || status=$?
	[ "$status" = 3 ]
	[ "$(jq -r '.runs[0].invocations[0].toolExecutionNotifications[0].associatedRule.id' "$scratch/sarif")" = NP202 ]
	[ -z "$(jq -r -f ../sarif.jq "$scratch/sarif")" ] || { jq -r -f ../sarif.jq "$scratch/sarif" && return 1; }
}

sarif_notices() {
	sarif_holds
	[ -n "$(jq "$1" "$scratch/sarif" | jq -r -f ../sarif.jq)" ]
}

# The JSON has the members that the schema asks for, and none that it does not know.
schema_holds() {
	says "$1" --from "$2" -o json --fail-on none
	python3 ../schema.py "$schema" <"$scratch/out"
}

schema_notices() {
	says 1 --from shop.yaml -o json
	jq "$1" "$scratch/out" >"$scratch/bad.json"
	not python3 ../schema.py "$schema" <"$scratch/bad.json"
}

matrix=$(readlink -f "$here/../../examples/schema/matrix.json")

matrix_holds() {
	says 0 --from shop.yaml --matrix -o json "$@"
	[ "$(jq '.pairs | length' "$scratch/out")" -gt 3 ]
	python3 ../schema.py "$matrix" <"$scratch/out"
}

matrix_notices() {
	says 0 --from shop.yaml --matrix -o json
	jq "$1" "$scratch/out" >"$scratch/bad.json"
	not python3 ../schema.py "$matrix" <"$scratch/bad.json"
}

same_in_any_order() {
	says 1 --from shop.yaml -o json
	jq 'del(.findings[].line, .findings[].col, .findings[].file)' "$scratch/out" >"$scratch/one"
	awk 'BEGIN { RS = "---\n" } { d[NR] = $0 } END { for (i = NR; i > 0; i--) printf "---\n%s", d[i] }' shop.yaml >"$scratch/shop.yaml"
	says 1 --from "$scratch/shop.yaml" -o json
	jq 'del(.findings[].line, .findings[].col, .findings[].file)' "$scratch/out" | diff "$scratch/one" -
}

# A chart has no pods, only what makes them.
chart() {
	cat >"$scratch/chart.yaml" <<-END
		---
		{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {selector: {matchLabels: {app: web}},
		  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}}
	END
	says 1 --from "$scratch/chart.yaml" --only NP101
	has '1 of 1 pod is not isolated for ingress: web'
}

if [ "$1" = --update ]; then
	manual_update
	exit
fi
python3 -c 'import jsonschema' 2>/dev/null || tap_skip_all "there is no python3-jsonschema"
for file in NP*.yaml; do
	tap_ok "${file%.yaml} finds what is bad and nothing else" found "${file%.yaml}" "$file"
done
tap_ok "another check does not find it" found_by_another
for file in reference*.yaml; do
	tap_ok "nothing is found in what is good in $file" nothing_in_good "$file"
done
tap_ok "something is found there without DNS" dns_missed
tap_ok "the exit status is what --fail-on, --only and the usage make it" exit_codes
tap_ok "a document that cannot be read makes the exit status 3" unread
tap_ok "--skip leaves checks out" skips
tap_ok "annotations with a reason take findings away" annotations
tap_ok "a baseline takes away what it has, and nothing that is new" baseline
tap_ok "--fix prints the ready policies, and they help" fixes
tap_ok "--fix writes names as strings, whatever they look like" names_stay_strings
tap_ok "without quotes they are none" unquoted_do_not
tap_ok "of rules that cover each other together one is redundant" one_of_three
tap_ok "the manual says of each check what --explain says" manual_same
tap_ok "the SARIF is valid" sarif_holds
for change in '.index = 0' '.index = -2' '.id = 1' '.guid = 1'; do
	tap_ok "SARIF whose associatedRule has $change is not" sarif_notices \
		".runs[0].invocations[0].toolExecutionNotifications[0].associatedRule |= ($change)"
done
for change in 'del(.message)' '.level = "high"'; do
	tap_ok "SARIF whose notification has $change is not" sarif_notices \
		".runs[0].invocations[0].toolExecutionNotifications[0] |= ($change)"
done
tap_ok "the order of objects does not matter" same_in_any_order
tap_ok "a workload without pods counts as one" chart
for file in shop NP111 reference-dual; do
	tap_ok "the JSON of $file.yaml is what the schema says" schema_holds 0 "$file.yaml"
done
for change in 'del(.matrix)' '.findings[0].severity = "bad"' '.namespaces[0].pods = "1"' '.more = 1' 'del(.findings[0].id)' \
	'.classes[0].families = null' '.regimes[0].ipv4[0] = [1]'; do
	tap_ok "JSON after $change is not" schema_notices "$change"
done
tap_ok "the JSON of a matrix is what the schema says" matrix_holds
tap_ok "so is that of workloads" matrix_holds -n shop
for change in '.pairs[0].open = "maybe"' 'del(.pairs[0].every)' '.pairs[0].every = [{proto: "TCP", from: 1}]' '.schemaVersion = 2'; do
	tap_ok "a matrix after $change is not" matrix_notices "$change"
done
tap_done
