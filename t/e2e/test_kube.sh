#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do two agents keep their nodes right in a cluster with a real kube-apiserver (1.20: validation, RBAC, the end of
# namespaces, old watches), as the service account of the shipped manifest?
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
# shellcheck source=t/e2e/scenes.sh
. "$(dirname "$0")/scenes.sh"

reason=$(cluster_missing kube-apiserver) || tap_skip_all "$reason"
tools_build facts probe
trap lab_down EXIT

# "CODE VERB PATH" of every request that the agents' account has made since the audit log was last cut.
audited() {
	sed -n 's/.*"requestURI":"\([^"?]*\).*"verb":"\([^"]*\)".*"code":\([0-9]*\).*/\3 \2 \1/p' "$CONTROL/audit.log" |
		sort | uniq -c
}

# Only lists and watches of three kinds, and the question which version the server is of.
audited_is_little() {
	audited >"$LAB_DIR/audited"
	grep -qE ' 200 list /api/v1/pods$' "$LAB_DIR/audited"
	grep -qE ' 200 watch /apis/networking.k8s.io/v1/networkpolicies$' "$LAB_DIR/audited"
	grep -vE ' (list|watch) (/api/v1/pods|/api/v1/namespaces|/apis/networking.k8s.io/v1/networkpolicies)$' \
		"$LAB_DIR/audited" | not grep -vE ' get /version$'
}

# Every line says what was decided.
audited_is_allowed() {
	[ "$(grep -c '"authorization.k8s.io/decision":"allow"' "$CONTROL/audit.log")" = "$(wc -l <"$CONTROL/audit.log")" ]
	audited_is_little
	not grep -E '^ *[0-9]+ 403 ' "$LAB_DIR/audited"
}

# A denial would have been seen.
denials_are_audited() {
	audited_is_little
	grep -qE '^ *[0-9]+ 403 (list|watch) /apis/networking.k8s.io/v1/networkpolicies$' "$LAB_DIR/audited"
	not grep -E '^ *[0-9]+ 403 .*/(pods|namespaces)$' "$LAB_DIR/audited"
}

tap_ok "a cluster comes up and both agents are ready" world_up kube-apiserver
[ "$tap_bad" = 0 ] || tap_done
tap_ok "packets fare as the policies say" world_agrees
tap_ok "the shipped role suffices to ask" account_suffices_to_ask
tap_ok "a snapshot is taken of all kinds, and gives the same rulesets" snapshot_is_a_cluster
tap_ok "a lost table would be noticed, and SIGHUP repairs it" a_lost_table_is_noticed
scenes_of_objects
tap_ok "the agents only listed and watched, and were never denied" audited_is_allowed
outages_of_servers
tap_ok "while servers came and went they asked for nothing else" audited_is_little
: >"$CONTROL/audit.log"
outages_of_permissions
tap_ok "only what was taken away was denied" denials_are_audited
outages_of_days
[ ! -e "$LAB_DIR/all" ] || agree_figures
tap_done
