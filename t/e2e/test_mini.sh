#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do two agents keep their nodes right in a cluster with a new API server (1.36: WatchList, consistent reads from cache)?
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
# shellcheck source=t/e2e/scenes.sh
. "$(dirname "$0")/scenes.sh"

reason=$(cluster_missing mini-apiserver) || tap_skip_all "$reason"
tools_build facts probe
trap lab_down EXIT

# complains WORDS OPTION...: a command that asks ends with status 2 and one line that has these words.
complains() {
	local words=$1 status=0
	shift
	lab_exec control env -u KUBECONFIG HOME=/nonexistent "$SELVAGE" render --node n1 "$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" ||
		status=$?
	cat "$LAB_DIR/err"
	[ "$status" = 2 ]
	[ ! -s "$LAB_DIR/out" ]
	[ "$(wc -l <"$LAB_DIR/err")" = 1 ]
	grep -qF -- "$words" "$LAB_DIR/err"
}

# The shipped role lists what decides packets, and no Services.
snapshot_is_incomplete() {
	local status=0
	lab_exec control "$SELVAGE" snapshot --kubeconfig "$CONTROL/n1.kubeconfig" >"$LAB_DIR/snapshot" 2>"$LAB_DIR/err" ||
		status=$?
	[ "$status" = 3 ]
	grep -q '^warning: service objects are unknown: not allowed to list services: our role needs list on it (403' \
		"$LAB_DIR/err"
	settled --from "$LAB_DIR/snapshot"
}

commands_complain_in_one_sentence() {
	local wrong=$CONTROL/wrong.kubeconfig
	sed "s/$CLUSTER_ADMIN/nobody/" "$CONTROL/admin.kubeconfig" >"$wrong"
	complains '(401 ' --kubeconfig "$wrong"
	complains '"elsewhere"' --kubeconfig "$CONTROL/admin.kubeconfig" --context elsewhere
	complains "$CONTROL/none" --kubeconfig "$CONTROL/none"
	sed "s/:$CLUSTER_PORT/:1/" "$CONTROL/admin.kubeconfig" >"$wrong"
	complains ':1' --kubeconfig "$wrong"
	sed 's/certificate-authority:/tls-server-name: elsewhere, &/' "$CONTROL/admin.kubeconfig" >"$wrong"
	complains "'elsewhere'" --kubeconfig "$wrong"
	sed 's/, certificate-authority: .*/}/' "$CONTROL/admin.kubeconfig" >"$wrong"
	complains 'certificate' --kubeconfig "$wrong"
	allow_all_but pods
	complains 'not allowed to list pods: our role needs list on it (403' --kubeconfig "$CONTROL/n1.kubeconfig"
	allow_all
}

# flawed_are N: n1 is ready, has seen N flawed policies and names them or none.
flawed_are() {
	agent_get n1 /metrics | grep -qFx "selvage_flawed_objects{kind=\"networkpolicy\"} $1" || return
	agent_get n1 /readyz >"$LAB_DIR/ready" || return
	[ "$(grep -c 'networkpolicy shop/strange' "$LAB_DIR/ready")" = "$1" ]
}

# What the agent says of each kind of object and of what is wrong, kept for the schema.
status_tells() {
	"$SELVAGE" status --socket "$LAB_DIR/n1.sock" -o json >"$LAB_DIR/status.json" || [ $? = 1 ]
	grep -q '"kind": *"networkpolicy"' "$LAB_DIR/status.json"
	grep -q 'networkpolicy shop/strange' "$LAB_DIR/status.json"
}

schema_holds() {
	python3 -c 'import jsonschema' 2>/dev/null || { echo "there is no python3-jsonschema" && exit 77; }
	python3 "$TREE/t/golden/schema.py" "$TREE/examples/schema/status.json" <"$LAB_DIR/status.json"
}

# It closes what it selects, whoever made it must not make the node unready, and when it is mended or gone nothing is left.
what_is_wrong_is_told_while_it_is() {
	local mark end
	mark=$(lab_agent_mark n1)
	flawed_are 0
	for end in mended gone; do
		api_policy shop/strange <<<'{podSelector: {}, ingress: [{ports: [{protocol: FTP}]}]}'
		wait_for 10000 flawed_are 1
		lab_agent_wait n1 "$mark" 'networkpolicy shop/strange: ' 10000
		status_tells
		mark=$(lab_agent_mark n1)
		if [ $end = mended ]; then
			api_policy shop/strange <<<'{podSelector: {}, ingress: [{ports: [{protocol: TCP}]}]}'
		else
			api_delete "$(api_path networkpolicies shop/strange)"
		fi
		wait_for 10000 flawed_are 0
		lab_agent_wait n1 "$mark" 'networkpolicy shop/strange: nothing is wrong with it any more' 10000
	done
	settled
	agrees
}

tap_ok "a cluster comes up and both agents are ready" world_up mini-apiserver
[ "$tap_bad" = 0 ] || tap_done
tap_ok "packets fare as the policies say" world_agrees
tap_ok "the shipped role suffices to ask" account_suffices_to_ask
tap_ok "a snapshot is taken of all kinds, and gives the same rulesets" snapshot_is_a_cluster
tap_ok "a snapshot says what the account may not list" snapshot_is_incomplete
tap_ok "commands that may not or cannot ask say so in one sentence" commands_complain_in_one_sentence
tap_ok "a lost table would be noticed, and SIGHUP repairs it" a_lost_table_is_noticed
tap_ok "what is wrong with a policy is told while it is" what_is_wrong_is_told_while_it_is
tap_ok "the JSON of status is what the schema says, of every kind of object and of a flaw" schema_holds
scenes_of_objects
outages_of_servers
outages_of_permissions
outages_of_days
[ ! -e "$LAB_DIR/all" ] || agree_figures
tap_done
