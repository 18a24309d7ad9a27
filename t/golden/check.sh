#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does `selvage check` keep its word: what it takes, what it exits with, and formats that those who read them can read?
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=$(readlink -f "${SELVAGE:?the program to test}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$here/check" || exit 2

# says STATUS ARGUMENT...: `selvage check` exits with STATUS; its output is in $scratch/out.
says() {
	wanted=$1
	shift
	status=0
	"$selvage" check "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
	[ "$status" = "$wanted" ] || { echo "exit status $status" && cat "$scratch/err" && return 1; }
}

has() {
	grep -qF -- "$1" "$scratch/out" "$scratch/err" || { echo "no $1 in:" && cat "$scratch/out" "$scratch/err" && return 1; }
}

from_stdin() {
	says 1 - <misspelt.yaml
	has '<stdin>:10:3: error: networkpolicy shop/web: unknown field "spec.podselector"; did you mean podSelector? [NP007]'
}

directories() {
	mkdir -p "$scratch/tree/sub" "$scratch/tree/.hidden"
	cp clean.yaml "$scratch/tree" && cp misspelt.yaml "$scratch/tree/sub" && cp values.yaml "$scratch/tree/.hidden"
	says 1 "$scratch/tree/"
	has "$scratch/tree/sub/misspelt.yaml:10:3: error:"
	has '2 files, 5 policies, 2 documents of other kinds: 8 errors, 0 warnings'
}

unreadable() {
	says 2
	says 2 "$scratch/nothing"
	says 2 -o xml clean.yaml
	says 2 -o dot clean.yaml
	says 3 /proc/self/mem
}

unparsed() {
	printf 'a: "' >"$scratch/a.yaml" && says 3 clean.yaml "$scratch/a.yaml"
	printf '{"a": 1' >"$scratch/a.json" && says 3 "$scratch/a.json"
	printf 'a: b\n---\nkind: Pod\n---\n\377\n' >"$scratch/b.yaml" && says 3 "$scratch/b.yaml"
}

repeated_key_in_json() {
	echo '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "kind": "NetworkPolicy"}' >"$scratch/twice.json"
	says 3 "$scratch/twice.json"
}

# The rules of SARIF 2.1.0 that a consumer relies on; prints what breaks them.
sarif_faults() {
	jq -r -f "$here/sarif.jq" "$1"
}

sarif_valid() {
	says "$1" -o sarif "$2"
	faults=$(sarif_faults "$scratch/out")
	[ -z "$faults" ] || { echo "$faults" && return 1; }
}

# sarif_notices CHANGE: the validator finds fault with a report that was changed for the worse.
sarif_notices() {
	says 1 -o sarif misspelt.yaml
	jq "$1" "$scratch/out" >"$scratch/bad.sarif"
	[ -n "$(sarif_faults "$scratch/bad.sarif")" ]
}

# Lines may move, and the findings are the same.
fingerprints() {
	says 1 -o json "$1"
	jq -r '.findings[].fingerprint' "$scratch/out" | sort
}

same_when_lines_move() {
	{ printf '# one line\n\n# and another\n' && cat misspelt.yaml; } >"$scratch/moved.yaml"
	fingerprints misspelt.yaml >"$scratch/before"
	fingerprints "$scratch/moved.yaml" >"$scratch/after"
	diff "$scratch/before" "$scratch/after"
	[ "$(sort -u "$scratch/before" | wc -l)" = "$(jq '.summary.findings' "$scratch/out")" ]
	sed 's/prot:/prott:/' misspelt.yaml >"$scratch/other.yaml"
	fingerprints "$scratch/other.yaml" >"$scratch/after"
	[ "$(comm -13 "$scratch/before" "$scratch/after" | wc -l)" = 1 ]
}

# Names that would end a workflow command, a cell, an attribute or a terminal's patience.
hostile() {
	printf '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "%s"}, "spec": {"%s": 1}}' \
		'a\u001b[31m&<>\"|,%::error::x\n::error::y' 'p,%:|\"\n\u009b<' >"$scratch/$1"
	for format in text wide csv md junit github json yaml sarif; do
		says 1 -o $format "$scratch/$1"
		if LC_ALL=C grep -naP '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]' "$scratch/out" "$scratch/err"; then return 1; fi
		cp "$scratch/out" "$scratch/hostile.$format"
	done
	[ "$(grep -c '^::' "$scratch/hostile.github")" = "$(wc -l <"$scratch/hostile.github")" ]
	grep -qF 'file='"$(echo "$scratch/a%2Cb%3Ac.json"),line=1," "$scratch/hostile.github"
	xmllint --noout "$scratch/hostile.junit"
	jq -e . "$scratch/hostile.json" >"$scratch/out"
	[ -z "$(sarif_faults "$scratch/hostile.sarif")" ]
}

junit_valid() {
	says "$1" -o junit "$2"
	xmllint --noout "$scratch/out"
	[ "$(xmllint --xpath 'count(//failure)' "$scratch/out")" = "$(xmllint --xpath 'string(/testsuites/@failures)' "$scratch/out")" ]
	[ "$(xmllint --xpath 'count(//testcase)' "$scratch/out")" = "$(xmllint --xpath 'string(/testsuites/@tests)' "$scratch/out")" ]
}

# What is meant gets no remark.
no_noise() {
	says 0 --strict "$here/../../policies" "$here/../../examples/cluster" "$here/../../examples/kubernetes"
	[ ! -s "$scratch/out" ]
}

as_kubectl_plugin() {
	mkdir -p "$scratch/bin" && ln -sf "$selvage" "$scratch/bin/kubectl-selvage"
	status=0
	"$scratch/bin/kubectl-selvage" check misspelt.yaml >"$scratch/out" 2>"$scratch/err" || status=$?
	[ $status = 1 ] && has 'did you mean podSelector?'
	command -v kubectl >/dev/null || return 0
	status=0
	HOME=$scratch PATH=$scratch/bin:$PATH kubectl selvage check misspelt.yaml >"$scratch/out" 2>"$scratch/err" || status=$?
	[ $status = 1 ] && has 'did you mean podSelector?'
}

# The JSON has the members that the schema asks for, and none that it does not know.
schema_holds() {
	says "$1" -o json "$2"
	python3 ../schema.py "$here/../../examples/schema/check.json" <"$scratch/out"
}

schema_notices() {
	says 1 -o json misspelt.yaml
	jq "$1" "$scratch/out" >"$scratch/bad.json"
	not python3 ../schema.py "$here/../../examples/schema/check.json" <"$scratch/bad.json"
}

tap_ok "standard input is checked" from_stdin
tap_ok "a directory is checked with all below it but what is hidden" directories
tap_ok "wrong usage and a path that is not there exit 2, a file that cannot be read 3" unreadable
tap_ok "a document that cannot be parsed exits 3" unparsed
tap_ok "a key that stands twice in JSON makes the document unread" repeated_key_in_json
for file in clean:0 meant:0 misspelt:1 values:1 types:1 syntax:3; do
	tap_ok "the SARIF of ${file%:*}.yaml is valid" sarif_valid "${file#*:}" "${file%:*}.yaml"
	tap_ok "the JUnit XML of ${file%:*}.yaml is valid, and counts right" junit_valid "${file#*:}" "${file%:*}.yaml"
done
for change in 'del(.version)' '.version = "2.0"' 'del(.runs[0].tool.driver.name)' '.runs[0].results[0].level = "fatal"' \
	'del(.runs[0].results[0].message.text)' '.runs[0].results[0].ruleIndex = 0' '.runs[0].results[0].severity = "x"' \
	'.runs[0].results[0].locations[0].physicalLocation.region.startLine = 0' '.runs[0].results = {}' \
	'.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri = "a b"' \
	'.runs[0].results[0].partialFingerprints = []' '.runs[0].results[0].message.markdown = 1' '.runs[0].results[0].ruleId = 7' \
	'.runs[0].results[0].level = null' '.runs[0].results[0].locations[0].logicalLocations[0].kind = ""' '.runs = {}' \
	'.runs[0].results[0].locations[0].physicalLocation.region.startColumn = 1.5' '.runs[0].columnKind = "bytes"' \
	'.runs[0].tool.driver.rules[0].help = {}' '.runs[0].tool.driver.rules[0].defaultConfiguration.level = "high"' \
	'.runs[0].tool.driver.rules[0].properties.tags += ["kubernetes"]' '.runs[0].tool.driver.version = 1' \
	'.runs[0].automationDetails.id = []' '.runs[0].invocations = [{}]' \
	'.runs[0].invocations = [{executionSuccessful: "yes"}]' '.["$schema"] = "a b"' '.runs[0].tool.driver.rules[1].id = .runs[0].tool.driver.rules[0].id'; do
	tap_ok "SARIF after $change is not valid" sarif_notices "$change"
done
if python3 -c 'import jsonschema' 2>/dev/null; then
	for file in clean:0 meant:0 misspelt:1 values:1 types:1 syntax:3; do
		tap_ok "the JSON of ${file%:*}.yaml is what the schema says" schema_holds "${file#*:}" "${file%:*}.yaml"
	done
	for change in '.schemaVersion = 2' '.findings[0].severity = "bad"' 'del(.findings[0].id)' '.findings[0].line = 0' '.more = 1' \
		'.summary.error = "8"'; do
		tap_ok "JSON after $change is not" schema_notices "$change"
	done
else
	tap_skip "the JSON is what the schema says" "there is no python3-jsonschema"
fi
tap_ok "findings are known again when lines move" same_when_lines_move
tap_ok "no name breaks out of a format" hostile "a,b:c.json"
tap_ok "nothing is said of policies that mean what they say" no_noise
tap_ok "kubectl selvage is the same program" as_kubectl_plugin
tap_done
