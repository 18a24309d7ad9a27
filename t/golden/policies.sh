#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does every policy of policies/ do what it says?  Each is asked the questions of its own file in t/golden/policies, alone in a
# small cluster, and must give the verdicts that they expect; without the policy, it must not.
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=${SELVAGE:?the program to test}
policies=$here/../../policies
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# answered CLUSTER QUESTIONS: are the verdicts those expected?  Everything is read: the status is 0 or 1.
answered() {
	status=0
	"$selvage" explain --from "$1" --batch "$2" -o json >"$scratch/answers" 2>"$scratch/errors" || status=$?
	[ $status -le 1 ] || { cat "$scratch/errors" && return 2; }
	jq -r .expect "$2" >"$scratch/wanted" && jq -r .verdict "$scratch/answers" >"$scratch/given" || return 2
	[ -s "$scratch/wanted" ] && [ ! -s "$scratch/errors" ] && diff -u "$scratch/wanted" "$scratch/given"
}

holds() {
	{ cat "$here/policies/cluster.yaml" && echo --- && cat "$policies/$1.yaml"; } >"$scratch/cluster.yaml"
	answered "$scratch/cluster.yaml" "$here/policies/$1.jsonl"
}

does_something() {
	differs=0
	answered "$here/policies/cluster.yaml" "$here/policies/$1.jsonl" || differs=$?
	[ $differs = 1 ]
}

# The first comment is one sentence on one line; parameters, if there are any, are told before anything else.
introduced() {
	sed -n 1p "$policies/$1.yaml" | grep -q '^# [A-Z].*[.]$' || return 1
	! grep -q 'Parameter' "$policies/$1.yaml" || sed -n 3p "$policies/$1.yaml" | grep '^# Parameters\?: '
}

for policy in "$policies"/*.yaml; do
	name=$(basename "$policy" .yaml)
	tap_ok "policy $name admits and denies what it says" holds "$name"
	tap_ok "without policy $name that is not so" does_something "$name"
	tap_ok "policy $name says what it does, and its parameters" introduced "$name"
done
same_names() {
	for policy in "$policies"/*.yaml; do
		basename "$policy" .yaml
	done >"$scratch/policies"
	for questions in "$here"/policies/*.jsonl; do
		basename "$questions" .jsonl
	done | diff - "$scratch/policies"
}
tap_ok "all questions are about a policy" same_names
tap_done
