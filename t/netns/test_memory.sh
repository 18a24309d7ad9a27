#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Is a ruleset that the memory limit has no room for refused, before the kernel kills the agent?  In a real cgroup.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

PODS=5000

reason=$(lab_missing) || tap_skip_all "$reason"
trap 'lab_down; group_down' EXIT

# A memory cgroup of our own, in either version.
group_up() {
	if [ -d /sys/fs/cgroup/memory ]; then
		group=/sys/fs/cgroup/memory/selvage-$LAB
		limit=memory.limit_in_bytes
	else
		group=/sys/fs/cgroup/selvage-$LAB
		limit=memory.max
		echo +memory >/sys/fs/cgroup/cgroup.subtree_control || return 1
	fi 2>/dev/null
	mkdir "$group" 2>/dev/null && [ -e "$group/$limit" ]
}

# The most it has held, and what the kernel holds for it.
peak() {
	cat "$group/memory.max_usage_in_bytes" 2>/dev/null || cat "$group/memory.peak"
}

kernel() {
	cat "$group/memory.kmem.usage_in_bytes" 2>/dev/null || sed -n 's/^kernel //p' "$group/memory.stat"
}

group_down() {
	local tries=50
	[ -n "${group:-}" ] || return 0
	while [ -d "$group" ] && ! rmdir "$group" 2>/dev/null && [ $tries -gt 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
}

# in_group COMMAND...: on n1 and in the cgroup; the shell becomes the command.  `ip netns exec` would hide /sys/fs/cgroup.
in_group() {
	# shellcheck disable=SC2016 # the inner shell expands it
	exec sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" nsenter --net="/run/netns/$(lab_ns n1)" "$@"
}

agent_start() {
	local mark
	mark=$(lab_agent_mark n1)
	in_group "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock" "$@" >>"$LAB_DIR/n1.log" 2>&1 </dev/null &
	echo $! >"$LAB_DIR/n1.pid"
	disown
	lab_agent_wait n1 "$mark" ready: 20000
}

bring_up() {
	lab_up n1
	lab_pod n1 shop/web app=web
	lab_pod n1 shop/db app=db
	lab_put policy-db.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: db, namespace: shop}
		spec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress]}
	END
}

guarded() {
	printf '%s tcp 80\n' "shop/web shop/db" | lab_probe -v >"$LAB_DIR/answers" 2>/dev/null
	[ "$(grep -c '^denied ' "$LAB_DIR/answers")" = 2 ]
}

# Everything, with no limit; then the limit is to be so low that the rules come to it last of all.
it_is_measured() {
	crowd | lab_put crowd.yaml
	: >"$LAB_DIR/n1.log"
	agent_start
	echo "$(peak) $(kernel)" >"$LAB_DIR/figures"
	lab_agent_kill n1
	lab_exec n1 "$SELVAGE" cleanup
	rm "$LAB_MANIFESTS/crowd.yaml"
	awk '{ print int($1 - $2 / 4) }' "$LAB_DIR/figures" >"$LAB_DIR/limit"
	[ "$(cat "$LAB_DIR/limit")" -gt $((8 << 20)) ]
}

it_is_limited() {
	sleep 1 # for what the kernel gives back late
	cat "$LAB_DIR/limit" >"$group/$limit"
	agent_start
	guarded
}

# So many more pods, each with chains of its own.
crowd() {
	awk -v n="$PODS" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%d, namespace: shop, labels: {app: db}}\n" \
				"spec: {nodeName: n1}\nstatus: {phase: Running, podIPs: [{ip: 10.245.%d.%d}, {ip: \"fd01::%x\"}]}\n",
				i, i / 250, i % 250 + 1, i
	}'
}

too_much_is_refused() {
	local mark
	lab_table n1 >"$LAB_DIR/before"
	mark=$(lab_agent_mark n1)
	crowd | lab_put crowd.yaml
	lab_agent_wait n1 "$mark" 'the limit must be higher' 20000
	tail -c "+$((mark + 1))" "$LAB_DIR/n1.log" | sed -n 's/.*\(degraded: .*\)/\1/p' >"$LAB_DIR/said"
	sleep 1
	lab_agent_alive n1
	lab_table n1 | cmp - "$LAB_DIR/before"
	guarded
}

less_is_taken() {
	local mark
	mark=$(lab_agent_mark n1)
	rm "$LAB_MANIFESTS/crowd.yaml"
	lab_agent_wait n1 "$mark" 'no longer degraded' 20000
	guarded
}

# shadows_are N WORDS: N lines of the table have the words.
shadows_are() {
	[ "$(lab_table n1 | grep -c "$2")" = "$1" ]
}

# The same pods, that nothing isolates but what is proposed: that is left out, until less is proposed, and the rest goes on.
too_much_is_not_tried_out() {
	local mark began
	began=$(($(lab_agent_mark n1) + 1))
	lab_agent_stop n1
	mkdir "$LAB_DIR/proposed"
	crowd | sed 's/app: db/app: idle/' | lab_put crowd.yaml
	agent_start --shadow "$LAB_DIR/proposed"
	lab_table n1 >"$LAB_DIR/before"
	mark=$(lab_agent_mark n1)
	printf '%s\n' 'apiVersion: networking.k8s.io/v1' 'kind: NetworkPolicy' 'metadata: {name: all, namespace: shop}' \
		'spec: {podSelector: {}, policyTypes: [Ingress, Egress]}' >"$LAB_DIR/new/all.yaml"
	mv "$LAB_DIR/new/all.yaml" "$LAB_DIR/proposed/all.yaml"
	lab_agent_wait n1 "$mark" 'shadow: it is left out until the proposal changes: ' 20000
	lab_agent_alive n1
	wait_for 5000 shadows_are 0 shadow
	guarded
	mark=$(lab_agent_mark n1)
	sed 's/podSelector: {}/podSelector: {matchLabels: {app: web}}/' "$LAB_DIR/proposed/all.yaml" >"$LAB_DIR/new/all.yaml"
	mv "$LAB_DIR/new/all.yaml" "$LAB_DIR/proposed/all.yaml"
	lab_agent_wait n1 "$mark" 'applied: ' 20000
	wait_for 5000 shadows_are 4 'counter shadow-'
	guarded
	[ "$(tail -c "+$began" "$LAB_DIR/n1.log" | grep -c degraded)" = 0 ]
	rm "$LAB_MANIFESTS/crowd.yaml"
}

# Known bad: the same agent, from whom the limit is hidden.
who_does_not_see_it_is_killed() {
	crowd | lab_put crowd.yaml
	lab_agent_kill n1
	lab_exec n1 "$SELVAGE" cleanup
	sleep 1
	# shellcheck disable=SC2016 # the inner shell expands it
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" ip netns exec "$(lab_ns n1)" \
		"$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock" 2>"$LAB_DIR/blind.log" &
	wait_for 20000 is_over $!
	wait $! || [ $? = 137 ]
	not grep ready: "$LAB_DIR/blind.log"
}

is_over() {
	not lab_runs "$1"
}

# With room enough the very same is no matter.
with_more_room_it_is_taken() {
	echo $(($(cat "$LAB_DIR/limit") * 10)) >"$group/$limit"
	agent_start
	guarded
}

group_up || { group_down; tap_skip_all "no memory cgroup can be made here"; }
tap_ok "a node comes up" bring_up
tap_ok "what $PODS pods take is measured" it_is_measured
[ ! -e "$LAB_DIR/limit" ] || awk '{ print "# at most " $1 " bytes, of which " $2 " the kernel'"'"'s" }' "$LAB_DIR/figures"
tap_ok "an agent with few pods lives under a limit below that" it_is_limited
tap_ok "E10: rules that it has no room for are refused, and what was in force stays" too_much_is_refused
[ ! -s "$LAB_DIR/said" ] || sed 's/^/# /' "$LAB_DIR/said"
tap_ok "fewer are taken again" less_is_taken
tap_ok "what is only proposed is left out if there is no room for it" too_much_is_not_tried_out
tap_ok "known bad: an agent that cannot see the limit is killed" who_does_not_see_it_is_killed
tap_ok "under a higher limit they are taken" with_more_room_it_is_taken
tap_done
