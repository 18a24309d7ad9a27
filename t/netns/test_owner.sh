#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the table belong to the agent, from one agent to the next, and is what others do to it put right where it does not?
# One node, real packets where it matters.
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
tools_build facts
trap lab_down EXIT

bring_up() {
	lab_up n1
	lab_pod n1 shop/web app=web
	lab_pod n1 shop/db app=db
	policy db '{podSelector: {matchLabels: {app: db}}}'
	lab_agent_start n1
	settled n1
}

# policy NAME SPEC: in the namespace shop.
policy() {
	lab_put "policy-$1.yaml" <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: $1, namespace: shop}
		spec: $2
	END
}

# Does this kernel know owners that go and leave their table?
kernel_owns() {
	grep -q 'no other process can write to the table' "$LAB_DIR/n1.log"
}

needs_owners() {
	kernel_owns || { echo "this kernel has no owners of tables that outlive them"; exit 77; }
}

guarded() {
	printf '%s tcp 80\n' "shop/web shop/db" | lab_probe -v >"$LAB_DIR/answers" 2>/dev/null
	[ "$(grep -c '^denied ' "$LAB_DIR/answers")" = 2 ]
}

snapshot() {
	lab_table n1
}

nft_n1() {
	lab_exec n1 nft "$@"
}

# refused_to COMMAND...: nft may not do it, and nothing has changed.
refused_to() {
	! nft_n1 "$@" 2>"$LAB_DIR/refused" || return 1
	grep -q 'Operation not permitted' "$LAB_DIR/refused"
	snapshot | cmp - "$LAB_DIR/before"
}

others_cannot_write() {
	needs_owners
	snapshot >"$LAB_DIR/before"
	refused_to delete table inet selvage
	refused_to insert rule inet selvage ingress accept
	refused_to flush chain inet selvage egress
	refused_to 'table inet selvage { flags dormant; }'
	nft_n1 flush ruleset
	snapshot | cmp - "$LAB_DIR/before"
	guarded
}

the_agent_can() {
	change policy web '{podSelector: {matchLabels: {app: web}}}'
	settled n1
	change rm "$LAB_MANIFESTS/policy-web.yaml"
	settled n1
}

# Its own commits are no drift.
nothing_was_drift() {
	not grep -E 'repaired:|another process was' "$LAB_DIR/n1.log"
}

# outlives SIGNAL: the table stays as it is, to the last handle, and the next agent holds it as well.
outlives() {
	needs_owners
	snapshot >"$LAB_DIR/before"
	lab_agent_end n1 "$1"
	snapshot | cmp - "$LAB_DIR/before"
	guarded
	lab_agent_start n1
	refused_to delete table inet selvage
	guarded
}

# In between, when nobody holds it, it is everybody's: this is how far the kernel goes.
an_orphan_is_not_protected() {
	needs_owners
	lab_agent_kill n1
	nft_n1 insert rule inet selvage ingress accept
	lab_agent_start n1
	settled n1
	guarded
}

cleanup_is_told_why_not() {
	local status=0
	needs_owners
	snapshot >"$LAB_DIR/before"
	lab_exec n1 "$SELVAGE" cleanup >"$LAB_DIR/cleanup" 2>&1 || status=$?
	cat "$LAB_DIR/cleanup"
	[ "$status" = 2 ]
	[ "$(wc -l <"$LAB_DIR/cleanup")" = 1 ]
	grep -q 'held by another process, which still runs.*: stop the agent first' "$LAB_DIR/cleanup"
	snapshot | cmp - "$LAB_DIR/before"
}

second_start() {
	ip netns exec "$(lab_ns n1)" "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock" 2>"$LAB_DIR/second.log" &
	second=$!
}

# From the end of the first to the second's word that the table is its own; from log to log would take the clock of both.
a_second_agent_waits_and_takes_over() {
	local from
	needs_owners
	snapshot >"$LAB_DIR/before"
	second_start
	wait_for 5000 grep -q 'waiting: another agent (process ' "$LAB_DIR/second.log"
	sleep 0.5
	not grep ready: "$LAB_DIR/second.log"
	[ "$(grep -c 'waiting:' "$LAB_DIR/second.log")" = 1 ]
	policy web '{podSelector: {matchLabels: {app: web}}}'
	settled n1 # by the first
	rm "$LAB_MANIFESTS/policy-web.yaml"
	settled n1
	snapshot >"$LAB_DIR/before"
	from=$(date +%s%3N)
	lab_agent_kill n1
	until grep -q ready: "$LAB_DIR/second.log"; do
		[ "$(date +%s%3N)" -lt $((from + 5000)) ] || return 1
	done
	echo "$(($(date +%s%3N) - from)) ms" >"$LAB_DIR/handover"
	grep -q '+0 -0 facts' "$LAB_DIR/second.log"
	refused_to delete table inet selvage
	guarded
	kill "$second"
	wait "$second"
	lab_agent_start n1
}

# Without an owner, on the very table that had one: nothing is made anew.
without_an_owner() {
	snapshot >"$LAB_DIR/before"
	lab_agent_stop n1
	lab_agent_start n1 --no-table-owner --metrics "$METRICS"
	snapshot | cmp - "$LAB_DIR/before"
	tail -n 3 "$LAB_DIR/n1.log" | grep -q 'other processes can write to the table'
}

metric() {
	lab_exec n1 curl -s "http://$METRICS/metrics" | sed -n "s/^selvage_$1 //p"
}

# intrude WORDS COMMAND...: what nft did is put right at once, and the log says who did what.
intrude() {
	local words=$1 mark before
	shift
	before=$(metric drift_repairs_total)
	mark=$(lab_agent_mark n1)
	nft_n1 "$@"
	lab_agent_wait n1 "$mark" "$words" 5000
	tail -c "+$((mark + 1))" "$LAB_DIR/n1.log" | grep -qE 'repaired: nft \(process [1-9][0-9]*\) '"$words"
	settled n1
	guarded
	[ "$(metric drift_repairs_total)" -gt "$before" ]
}

drift_is_repaired() {
	intrude 'removed the table' flush ruleset
	intrude 'removed the table' delete table inet selvage
	intrude 'added a rule to chain ingress' insert rule inet selvage ingress accept
	intrude 'removed a rule of chain ingress' flush chain inet selvage ingress
	intrude 'made or changed set theirs' 'add set inet selvage theirs { type ipv4_addr; elements = { 1.2.3.4 }; }'
	intrude 'made or changed object theirs' add counter inet selvage theirs
	intrude 'made or changed chain hooked' \
		'add chain inet selvage hooked { type filter hook forward priority -5; policy accept; }'
	intrude 'added elements to set ingress4' 'add element inet selvage ingress4 { 10.244.1.250 : drop }'
	intrude 'made or changed chain ingress' 'add chain inet selvage ingress { policy drop; }'
}

# All is listed and nothing works: not even the base chains are made anew for it.
a_dormant_table_is_woken_up() {
	immortal >"$LAB_DIR/before"
	intrude 'made the table or changed its flags' 'table inet selvage { flags dormant; }'
	immortal | cmp - "$LAB_DIR/before"
}

# Every rule is as it should be, and every packet passes.
looking_at_rules_alone_is_not_enough() {
	local mark
	cc -D_GNU_SOURCE -shared -fPIC -o "$LAB_DIR/drowsy.so" "$here/drowsy.c" -lmnl
	lab_agent_stop n1
	LAB_PRELOAD=$LAB_DIR/drowsy.so lab_agent_start n1 --no-table-owner
	guarded
	mark=$(lab_agent_mark n1)
	nft_n1 'table inet selvage { flags dormant; }'
	lab_agent_wait n1 "$mark" 'another process was' 5000
	settled n1
	not guarded
	lab_agent_stop n1
	lab_agent_start n1 --no-table-owner --metrics "$METRICS"
	guarded
}

# Base chains and dispatch maps, with their handles.
immortal() {
	snapshot | grep -E '^	(map (in|e)gress[46]|chain (in|e)gress) '
}

others_tables_are_others() {
	local mark
	mark=$(lab_agent_mark n1)
	nft_n1 'table inet other { chain c { counter; }; }; table ip selvage { chain c { counter; }; }'
	nft_n1 'delete table inet other; delete table ip selvage'
	sleep 0.3
	[ "$(lab_agent_mark n1)" = "$mark" ]
}

# Whoever cannot hear (here: is stopped) cannot repair, and then the same packets go through.
unheard_it_would_stay_open() {
	kill -STOP "$(cat "$LAB_DIR/n1.pid")"
	nft_n1 delete table inet selvage
	sleep 0.3
	not guarded
	kill -CONT "$(cat "$LAB_DIR/n1.pid")"
	settled n1
	guarded
}

# A table that was made plain, by us or by anybody, and whatever is in it.
a_foreign_table_is_taken_over() {
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	nft_n1 -f - <<-END
		table inet selvage {
			map ingress4 { type ipv4_addr : verdict; elements = { $(lab_ip4 shop/db) : accept }; }
			chain open { type filter hook forward priority -10; policy accept; accept; }
			chain ingress { type filter hook forward priority 1; policy accept; accept; }
			chain input { type filter hook input priority 0; policy drop; }
		}
	END
	lab_agent_start n1
	settled n1
	guarded
	not kernel_owns_now
}

kernel_owns_now() {
	not nft_n1 add chain inet selvage theirs 2>/dev/null
}

it_says_that_it_cannot_hold_that() {
	needs_owners
	tail -n 3 "$LAB_DIR/n1.log" | grep -q 'made without an owner, and the kernel does not change that'
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	lab_agent_start n1
	tail -n 3 "$LAB_DIR/n1.log" | grep -q 'no other process can write to the table'
	kernel_owns_now
}

tap_ok "a node with a policy comes up" bring_up
tap_ok "E12: other processes cannot write to the table, and a flush passes it by" others_cannot_write
tap_ok "the agent can" the_agent_can
tap_ok "what it writes itself is not taken for another's" nothing_was_drift
tap_ok "the table outlives SIGKILL, and the next agent holds it" outlives KILL
tap_ok "the table outlives SIGTERM, and the next agent holds it" outlives TERM
tap_ok "what was done to it while nobody held it is put right" an_orphan_is_not_protected
tap_ok "cleanup says that an agent still runs" cleanup_is_told_why_not
tap_ok "F19: a second agent waits, and takes over when the first is gone" a_second_agent_waits_and_takes_over
[ ! -e "$LAB_DIR/handover" ] || echo "# the second was ready $(cat "$LAB_DIR/handover") after the first was killed"
tap_ok "an agent that is to share the table changes nothing about it" without_an_owner
tap_ok "D5, E12: what others do then is put right at once, and the log says who did what" drift_is_repaired
tap_ok "E16: a dormant table is woken up" a_dormant_table_is_woken_up
tap_ok "known bad: an agent that looks at rules alone leaves it dormant, and what is forbidden passes" \
	looking_at_rules_alone_is_not_enough
tap_ok "what others do to their own tables is their business" others_tables_are_others
tap_ok "known bad: nobody else would put it right" unheard_it_would_stay_open
tap_ok "D5: a foreign table of our name is taken over, and nothing of it stays" a_foreign_table_is_taken_over
tap_ok "the agent says that it cannot keep others from that" it_says_that_it_cannot_hold_that
tap_done
