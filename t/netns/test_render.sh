#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Is what `selvage render` prints what the agent would write?  It must load with nft, be read back as the same facts by
# selvage's own reader, and so must what nft lists of it.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
LAB_DIR=$(mktemp -d)
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

WORLDS=${WORLDS:-20}
SPACE=$LAB-render # the network namespace that takes the tables

clean_up() {
	ip netns del "$SPACE" 2>/dev/null || true
	rm -rf -- "$LAB_DIR"
}

trap clean_up EXIT
[ "$(id -u)" = 0 ] || tap_skip_all "not root"
tools_build facts worldgen
mkdir "$LAB_DIR/new" "$LAB_MANIFESTS"
ip netns add "$SPACE"

inside() {
	ip netns exec "$SPACE" "$@"
}

# Some documents of the tests cannot be read in full, on purpose.
render() {
	"$SELVAGE" render --from "$LAB_MANIFESTS" --node "$@" 2>"$LAB_DIR/errors" || [ $? = 3 ]
}

# reads_back SCRIPT: loaded into an empty kernel, the script gives the wanted facts.
reads_back() {
	inside nft flush ruleset
	inside nft -f "$1"
	inside "$(tool facts)" >"$LAB_DIR/have"
	diff "$LAB_DIR/want" "$LAB_DIR/have" | head -n 20
	cmp "$LAB_DIR/want" "$LAB_DIR/have"
}

# round_trip NODE: through the kernel and back, as rendered and as nft lists it.
round_trip() {
	render "$1" >"$LAB_DIR/script"
	render "$1" -o facts >"$LAB_DIR/want"
	inside nft -c -f "$LAB_DIR/script"
	reads_back "$LAB_DIR/script"
	inside nft -s list ruleset >"$LAB_DIR/listed"
	reads_back "$LAB_DIR/listed"
	inside nft -s list ruleset | cmp - "$LAB_DIR/listed"
	sort -u "$LAB_DIR/want" | sed 's/\([a-z]*\).*/\1/' >>"$LAB_DIR/kinds"
}

# Loading it again over what is there changes nothing.
loads_twice() {
	round_trip n1
	inside nft -f "$LAB_DIR/script"
	inside nft -s list ruleset | cmp - "$LAB_DIR/listed"
}

# Six pods for worldgen, as the lab would attach them.
people() {
	local i pod
	i=1
	for pod in alpha/a alpha/b beta/c alpha/d beta/e gamma/f; do
		i=$((i + 1))
		echo "$pod none 10.244.$((i / 5 + 1)).$i fd00:10:244:$((i / 5 + 1))::$i n$((i / 5 + 1)) 10.0.0.$i fd00::$i"
	done
	echo "n1 none 172.30.0.1 fd00:172:30::1 n1 172.30.0.1 fd00:172:30::1"
	echo "n2 none 172.30.0.2 fd00:172:30::2 n2 172.30.0.2 fd00:172:30::2"
}

worlds() {
	local i
	people >"$LAB_DIR/people"
	for ((i = 1; i <= WORLDS; i++)); do
		"$(tool worldgen)" "$i" "$LAB_MANIFESTS" "$LAB_DIR/ask" 1 <"$LAB_DIR/people"
		echo "world $i"
		round_trip n1
		round_trip n2
	done
}

# The pods that the policies in policies/ speak about, all on n1.
cast() {
	lab_namespace production
	lab_namespace monitoring
	lab_pod_manifest n1 production/frontend-0 10.244.1.2 fd00:10:244:1::2 Running app=frontend port:http=8080
	lab_pod_manifest n1 production/backend-0 10.244.1.3 fd00:10:244:1::3 Running app=backend port:http=8080
	lab_pod_manifest n1 production/db-0 10.244.1.4 fd00:10:244:1::4 Running role=database port:pg=5432
	lab_pod_manifest n1 monitoring/prometheus-0 10.244.1.5 fd00:10:244:1::5 Running app=prometheus
	lab_pod_manifest n2 production/backend-1 10.244.2.2 fd00:10:244:2::2 Running app=backend port:http=8081
	lab_pod_manifest n2 default/shell-0 10.244.2.3 fd00:10:244:2::3 Running run=shell
}

empty() {
	rm -f -- "$LAB_MANIFESTS"/*
}

ready_policies() {
	local policy
	empty
	cast
	for policy in "$TREE"/policies/*.yaml; do
		echo "$policy"
		lab_put policy.yaml <"$policy"
		round_trip n1
		[ ! -s "$LAB_DIR/errors" ]
		[ "$(grep -c '^chain' "$LAB_DIR/want")" -ge 1 ]
	done
	rm "$LAB_MANIFESTS/policy.yaml"
	cp "$TREE"/policies/*.yaml "$LAB_MANIFESTS"
	loads_twice
}

# hostile POD POLICY: a pod of that name, which is that of its namespace and of what it has, too, and a policy that selects
# it and has it as peer.  Names are JSON strings without their quotes.
hostile() {
	empty
	cat >"$LAB_MANIFESTS/hostile.json" <<-END
		{"kind": "List", "apiVersion": "v1", "items": [
			{"apiVersion": "v1", "kind": "Pod",
			"metadata": {"name": "$1", "namespace": "$1", "labels": {"$1": "$2", "app": "a"}},
			"spec": {"nodeName": "n1", "containers": [{"name": "$1", "ports": [{"name": "$1", "containerPort": 80}]}]},
			"status": {"phase": "Running", "podIPs": [{"ip": "10.244.1.2"}, {"ip": "fd00::2"}]}},
			{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
			"metadata": {"name": "$2", "namespace": "$1"},
			"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"],
				"ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "a"}}}], "ports": [{"port": 80}]}],
				"egress": [{"to": [{"namespaceSelector": {}}], "ports": [{"port": 80, "endPort": 800}]}]}}
		]}
	END
	loads_twice
	[ "$(grep -c '^chain \(in\|out\)-' "$LAB_DIR/want")" = 2 ]
	# No byte that a terminal or nft would take for more than itself.
	[ "$(LC_ALL=C grep -c $'[\x01-\x08\x0b-\x1f\x7f]' "$LAB_DIR/script" "$LAB_DIR/want" | grep -cv ':0$')" = 0 ]
}

# long COUNT TEXT: the text so many times.
long() {
	local i text=
	for ((i = 0; i < $1; i++)); do
		text+=$2
	done
	echo "$text"
}

hostile_names() {
	local name
	for name in 'a\"b' '\"; flush ruleset; #' '\\' '\\\"' 'a\nb' '\n}\nflush ruleset\n' '\r' '\t' '\u001b[31m' '\u007f' \
		"'" '$x' '@set' '*' '#' ';' '{' '}' '{}' ',' ' ' '-' '..' '%s%n' '`id`' '$(id)' \
		'accept' 'drop' 'table' 'inet' 'selvage' 'map' 'elements' 'comment' 'continue' '0' '1.2.3.4' '::1' \
		'ä' 'naïve-Ω' '日本語' '\u202e' '\u0085' '\ud83d\ude00' "$(long 63 a)" "$(long 253 b)" "$(long 600 c)" \
		"a$(long 59 ä)" "aa$(long 119 '\"')"; do
		echo "$name"
		hostile "$name" "$name"
	done
}

every_kind_was_there() {
	local kind
	for kind in counter set map chain element base; do
		[ "$(grep -c "^$kind$" "$LAB_DIR/kinds")" -ge 10 ]
	done
}

# A reader that sees less than there is would agree with itself all the same.
a_difference_is_noticed() {
	empty
	cast
	cp "$TREE"/policies/*.yaml "$LAB_MANIFESTS"
	round_trip n1
	sed 's/tcp \. 5432/tcp . 5433/' "$LAB_DIR/script" >"$LAB_DIR/changed"
	not cmp -s "$LAB_DIR/script" "$LAB_DIR/changed"
	not reads_back "$LAB_DIR/changed"
}

tap_ok "$WORLDS random worlds pass through nft and the kernel" worlds
tap_ok "so do the ready policies, one by one and together" ready_policies
tap_ok "and names made to break out" hostile_names
tap_ok "facts of every kind were among them" every_kind_was_there
tap_ok "a port that differs would be noticed" a_difference_is_noticed
tap_done
