#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do packets between pods of one node meet the table whatever becomes of the switches of bridges?  One node, real packets.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

METRICS=127.0.0.1:9469

reason=$(lab_missing) || tap_skip_all "$reason"
trap 'forget 2>/dev/null || true; lab_down' EXIT

bring_up() {
	lab_up n1
	lab_pod n1 shop/web app=web
	lab_pod n1 shop/db app=db
	lab_put policy-db.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: db, namespace: shop}
		spec: {podSelector: {matchLabels: {app: db}}}
	END
	lab_agent_start n1 --metrics "$METRICS"
}

# is ANSWER FAMILY
is() {
	printf '%s tcp 80\n' "shop/web shop/db" | lab_probe -v 2>/dev/null >"$LAB_DIR/answers"
	grep -E "$([ "$2" = 6 ] && echo : || echo '10\.244\.')" "$LAB_DIR/answers" | grep -q "^$1 "
}

switch() {
	lab_sysctl "$(lab_ns n1)" "net/bridge/bridge-nf-call-iptables=$1" "net/bridge/bridge-nf-call-ip6tables=$2"
}

# The switches of the bridge itself.
own_switch() {
	# shellcheck disable=SC2016 # the inner shell expands it
	lab_exec n1 sh -c 'echo "$0" >/sys/class/net/cni0/bridge/nf_call_iptables &&
		echo "$1" >/sys/class/net/cni0/bridge/nf_call_ip6tables' "$1" "$2"
}

switches() {
	lab_exec n1 cat /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/bridge/bridge-nf-call-ip6tables | xargs
}

# switched NAMESPACE'S BRIDGE'S IPV4 IPV6: what becomes of packets of each family then.
switched() {
	# shellcheck disable=SC2086 # two words each
	switch $1
	# shellcheck disable=SC2086
	own_switch $2
	is "$3" 4
	is "$4" 6
}

# With the agent away: one of the two is enough, for each family.
what_the_kernel_makes_of_them() {
	lab_agent_stop n1
	switched "0 0" "0 0" allowed allowed
	switched "0 0" "1 0" denied allowed
	switched "0 0" "0 1" allowed denied
	switched "1 1" "0 0" denied denied
	switched "1 0" "0 1" denied denied
	own_switch 0 0
}

switched_on() {
	[ "$(switches)" = "1 1" ]
}

is_turned_on_again() {
	local mark
	switch 1 1
	lab_agent_start n1 --metrics "$METRICS"
	for values in "0 0" "0 1" "1 0"; do
		mark=$(lab_agent_mark n1)
		# shellcheck disable=SC2086 # two words
		switch $values
		wait_for 2000 switched_on
		lab_agent_wait n1 "$mark" 'turned on what hands bridged packets' 2000
		is denied 4
		is denied 6
	done
}

ready() {
	lab_exec n1 curl -s "http://$METRICS/readyz"
}

# agent_read_only FOLDER...: one for which they cannot be written.
agent_read_only() {
	local folder script=
	for folder; do
		script="$script mount --bind $folder $folder && mount -o remount,bind,ro $folder &&"
	done
	lab_exec_background n1 unshare -m sh -c "$script exec \"\$@\"" sh \
		"$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock" --metrics "$METRICS"
}

a_switch_that_is_stuck_is_told() {
	lab_agent_stop n1
	switch 0 1
	own_switch 0 0
	agent_read_only /proc/sys /sys
	wait_for 5000 grep_ready 'bypass the policies between them: /proc/sys/net/bridge/bridge-nf-call-iptables is off'
	[ "$(lab_exec n1 curl -s -o /dev/null -w '%{http_code}' "http://$METRICS/readyz")" = 503 ]
	is allowed 4
	switch 1 1
	wait_for 2000 grep_ready '^ok$'
	is denied 4
	lab_agent_stop n1
}

grep_ready() {
	ready | grep -q -- "$1"
}

the_bridges_own_will_do() {
	switch 0 0
	own_switch 0 0
	agent_read_only /proc/sys
	wait_for 5000 grep_ready '^ok$'
	is denied 4
	is denied 6
	[ "$(switches)" = "0 0" ]
	own_switch 0 0
	sleep 1.5
	is denied 4
	is denied 6
	lab_agent_stop n1
	own_switch 0 0
}

notes() {
	echo "/run/selvage/sysctls-$(lab_exec n1 stat -L -c %i /proc/self/ns/net)"
}

# Each from a state that nothing is noted of.
forget() {
	rm -f -- "$(notes)"
}

cleanup_leaves_them() {
	forget
	switch 0 1
	own_switch 0 0
	lab_agent_start n1
	[ "$(switches)" = "1 1" ]
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	[ "$(switches)" = "1 1" ]
}

# And again after another agent, which found them on.
cleanup_restores_them() {
	lab_agent_start n1
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup --restore-sysctls | tee /dev/stderr | grep -q '^switches of bridges restored: 1$'
	[ "$(switches)" = "0 1" ]
	[ ! -e "$(notes)" ]
	lab_exec n1 "$SELVAGE" cleanup --restore-sysctls | grep -q '^no switch'
}

what_cannot_be_remembered_is_told() {
	local mark
	forget
	switch 0 1
	mark=$(lab_agent_mark n1)
	agent_read_only /run
	lab_agent_wait n1 "$mark" 'how it was cannot be written' 5000
	[ "$(switches)" = "1 1" ]
	lab_agent_stop n1
}

tap_ok "a node comes up" bring_up
tap_ok "the switch of the namespace or that of the bridge is enough" what_the_kernel_makes_of_them
tap_ok "B1: a switch that is turned off is turned on again" is_turned_on_again
tap_ok "B1: one that cannot be is told, and the node is not ready" a_switch_that_is_stuck_is_told
tap_ok "B1: where that of the namespace is stuck, those of the bridges do" the_bridges_own_will_do
tap_ok "cleanup leaves the switches on" cleanup_leaves_them
tap_ok "cleanup --restore-sysctls restores what the first agent found" cleanup_restores_them
tap_ok "without a place to remember it the agent says so" what_cannot_be_remembered_is_told
tap_done
