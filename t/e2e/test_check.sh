#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does `selvage check` refuse what a real kube-apiserver (1.20) refuses, for the same fields, and take what it takes?
# The cases, and the differences that are known, stand in check_cases.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
# shellcheck source=t/e2e/cluster.sh
. "$(dirname "$0")/cluster.sh"
# shellcheck source=t/tap.sh
. "$CLUSTER_SOURCE/../tap.sh"

reason=$(cluster_missing kube-apiserver) || tap_skip_all "$reason"
command -v jq >/dev/null || tap_skip_all "no jq command"
trap lab_down EXIT
selvage=$(readlink -f "${SELVAGE:-$BUILD/selvage}")
policies=/apis/networking.k8s.io/v1/namespaces/default/networkpolicies

# case_object METADATA SPEC
case_object() {
	printf 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: %s\nspec: %s\n' "$1" "$2"
}

# What the server makes of $LAB_DIR/case.yaml: taken, or refused with its answer in $LAB_DIR/answer.
server_verdict() {
	local code
	code=$(lab_exec control curl -sS --max-time 30 --cacert "$CONTROL/ca.crt" -X POST -o "$LAB_DIR/answer" -w '%{http_code}' \
		-H "Authorization: Bearer $CLUSTER_ADMIN" -H 'Content-Type: application/yaml' \
		--data-binary "@$LAB_DIR/case.yaml" "https://127.0.0.1:$CLUSTER_PORT$policies?dryRun=All")
	case $code in
	201) echo taken ;;
	400 | 422) echo refused ;;
	*) echo "HTTP $code" ;;
	esac
}

check_verdict() {
	local status=0
	"$selvage" check "$LAB_DIR/case.yaml" >"$LAB_DIR/said" 2>&1 || status=$?
	case $status in
	0) echo taken ;;
	1) echo refused ;;
	*) echo "exit status $status" ;;
	esac
}

# Every field that the server names is named by check.
same_fields() {
	local field
	jq -r '.details.causes[]?.field' "$LAB_DIR/answer" | while read -r field; do
		grep -qF -- ": $field" "$LAB_DIR/said" || { echo "the server also refuses $field" && return 1; }
	done
}

# agrees VERDICT METADATA SPEC
agrees() {
	local server=$1 check=$1 have
	case $1 in
	newer | stricter) server=taken check=refused ;;
	esac
	case_object "$2" "$3" >"$LAB_DIR/case.yaml"
	have="$(server_verdict), $(check_verdict)"
	[ "$have" = "$server, $check" ] || {
		echo "server, check: $have" && cat "$LAB_DIR/answer" "$LAB_DIR/said" && return 1
	}
	[ "$server" = taken ] || same_fields
}

# The comparison would notice: a case with the wrong verdict does not agree.
notices() {
	if agrees taken '{name: a}' '{podSelector: {}, ingress: [{from: [{}]}]}'; then return 1; fi
	if agrees refused '{name: a}' '{podSelector: {}}'; then return 1; fi
	case_object '{name: a}' '{podSelector: {}, ingress: [{from: [{}]}]}' >"$LAB_DIR/case.yaml"
	[ "$(server_verdict)" = refused ]
	: >"$LAB_DIR/said"
	if same_fields; then return 1; fi
}

# cases FILE: calls agrees for each; a metadata without a name gets one.
cases() {
	local verdict meta spec name
	while IFS='|' read -r verdict meta spec; do
		case $verdict in
		'#'* | '') continue ;;
		esac
		verdict=${verdict% } meta=${meta# } meta=${meta% } spec=${spec# }
		name="$meta, $spec"
		case $meta in
		'{name:'*) ;;
		'{}') meta='{name: case}' ;;
		*) meta="{name: case, ${meta#\{}" ;;
		esac
		tap_ok "$verdict: ${name#\{\}, }" agrees "$verdict" "$meta" "$spec"
	done <"$1"
}

# documents FILE: each as $LAB_DIR/documents/N.yaml, of the namespace default.
documents() {
	rm -rf "$LAB_DIR/documents" && mkdir "$LAB_DIR/documents"
	sed -E 's/namespace: (shop|production)/namespace: default/' "$1" |
		awk -v dir="$LAB_DIR/documents" 'BEGIN { n = 1 } /^---/ { n++; next } { print >(dir "/" n ".yaml") }'
}

# document VERDICT: as agrees, for the document in $LAB_DIR/case.yaml.
document() {
	local server check
	server=$(server_verdict) check=$(check_verdict)
	[ "$check" != "exit status 3" ] || check=refused
	[ "$server" = "$check" ] || { [ "$1" = newer ] && [ "$server $check" = "taken refused" ]; } || {
		echo "server: $server, check: $check" && cat "$LAB_DIR/answer" "$LAB_DIR/said" && return 1
	}
}

# Every policy of the golden tests, and those to start from.
fixtures() {
	local file path verdict
	for file in "$TREE"/t/golden/check/*.yaml "$TREE"/policies/*.yaml; do
		documents "$file"
		for path in "$LAB_DIR"/documents/*.yaml; do
			grep -q '^kind: NetworkPolicy' "$path" || continue
			cp "$path" "$LAB_DIR/case.yaml"
			verdict=same
			! grep -q '^  ingres: ' "$path" || verdict=newer
			tap_ok "document ${path##*/} of ${file##*/}: $verdict" document "$verdict"
		done
	done
}

tap_ok "a cluster comes up" cluster_up kube-apiserver
[ "$tap_bad" = 0 ] || tap_done
tap_ok "a wrong verdict would be noticed" notices
cases "$CLUSTER_SOURCE/check_cases"
fixtures
tap_done
