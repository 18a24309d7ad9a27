#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the agent bear what a process must bear: few descriptors, a clock that jumps, and what comes and goes a thousand
# times?
#
#	[CYCLES=1000] t/netns/test_process.sh
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

CYCLES=${CYCLES:-1000}
GROWTH_KB=1024

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build facts probe
LAB_TOOLS=$BUILD/t/netns
trap lab_down EXIT

bring_up() {
	lab_up n1
	lab_pod n1 shop/db app=db
	lab_pod n1 shop/web app=web
	lab_agent_start n1
}

# policy NAME PORT: shop/db admits that port alone.
policy() {
	lab_put "policy-$1.yaml" <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: $1, namespace: shop}
		spec: {podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: $2}]}]}
	END
}

enforces() {
	change policy db 81
	settled n1
	printf 'shop/web shop/db tcp 80\n' | lab_probe -v | not grep -v '^denied'
	change policy db 80
	settled n1
	printf 'shop/web shop/db tcp 80\n' | lab_probe -v | not grep -v '^allowed'
}

# with_files N: an agent that may open so many works.
with_files() {
	lab_agent_stop n1
	lab_exec_background n1 prlimit --nofile="$1" "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock"
	lab_agent_wait n1 "$(($(lab_agent_mark n1) * 0))" ready: 10000
	grep "Max open files *$1" "/proc/$(cat "$LAB_DIR/n1.pid")/limits"
	enforces
}

# With fewer than it needs to begin, it says why it does not, and the table stays.
with_too_few_files() {
	local status=0
	settled n1
	lab_agent_stop n1
	lab_exec n1 prlimit --nofile=5 "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock" >"$LAB_DIR/few" 2>&1 || status=$?
	cat "$LAB_DIR/few"
	[ "$status" != 0 ]
	grep -qi 'too many open files' "$LAB_DIR/few"
	holds n1
	lab_agent_start n1
}

clock_that_jumps() {
	lab_agent_stop n1
	${CC:-cc} -O2 -shared -fPIC -o "$LAB_DIR/clock.so" "$here/clock.c"
	[ "$(LD_PRELOAD=$LAB_DIR/clock.so date +%s)" -ne "$(date +%s)" ]
	lab_exec_background n1 env LD_PRELOAD="$LAB_DIR/clock.so" "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock"
	wait_for 10000 holds_now
	enforces
	enforces
	not grep degraded "$LAB_DIR/n1.log"
	lab_agent_stop n1
	lab_agent_start n1
}

holds_now() {
	selvage_may render --from "$LAB_MANIFESTS" --node n1 -o facts --log-group 37 >"$LAB_DIR/want.n1" && holds n1
}

rss() {
	awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$LAB_DIR/n1.pid")/status"
}

# cycles N: a namespace with its pods and a policy comes and goes, in one file, so often.
cycles() {
	cat >"$LAB_DIR/cycle" <<-END
		apiVersion: v1
		kind: Namespace
		metadata: {name: brief, labels: {team: x}}
		---
		apiVersion: v1
		kind: Pod
		metadata: {name: a, namespace: brief, labels: {app: a}}
		spec: {nodeName: n1}
		status: {phase: Running, podIP: 10.244.1.200}
		---
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: only, namespace: brief}
		spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: x}}}]}]}
	END
	python3 - "$1" "$LAB_DIR/cycle" "$LAB_DIR/new/cycle" "$LAB_MANIFESTS/cycle.yaml" "$LAB_DIR/n1.log" <<-'END'
		import os, sys, time
		times, cycle, new, manifest, log = sys.argv[1:]
		text = open(cycle).read()
		def heard(change, *args):
		    size = os.stat(log).st_size
		    change(*args)
		    end = time.monotonic() + 5
		    while os.stat(log).st_size == size and time.monotonic() < end:
		        time.sleep(0.001)
		for i in range(int(times)):
		    with open(new, "w") as out:
		        out.write(text.replace("name: a,", f"name: a{i},").replace("team: x", f"team: x{i % 7}"))
		    heard(os.replace, new, manifest)
		    heard(os.unlink, manifest)
	END
	settled n1
}

nothing_is_left_of_cycles() {
	local before facts
	cycles $((CYCLES / 10))
	before=$(rss)
	facts=$(wc -l <"$LAB_DIR/have.n1")
	cycles $((CYCLES - CYCLES / 10))
	echo "$before kB, then $(rss) kB; $(grep -c 'applied: +' "$LAB_DIR/n1.log") commits"
	[ "$(grep -c 'applied: +' "$LAB_DIR/n1.log")" -ge "$CYCLES" ]
	[ "$(wc -l <"$LAB_DIR/have.n1")" = "$facts" ]
	[ "$(rss)" -le $((before + GROWTH_KB)) ]
	enforces
}

# Does the count of facts see a namespace that stays?
a_namespace_that_stays_is_seen() {
	local facts
	facts=$(wc -l <"$LAB_DIR/have.n1")
	change cp "$LAB_DIR/cycle" "$LAB_MANIFESTS/cycle.yaml"
	settled n1
	[ "$(wc -l <"$LAB_DIR/have.n1")" -gt "$facts" ]
	change rm "$LAB_MANIFESTS/cycle.yaml"
}

tap_ok "a node comes up" bring_up
tap_ok "its agent enforces" enforces
tap_ok "F18: with 18 descriptors it works" with_files 18
tap_ok "F18: with 5 it says what it lacks, and the table stays" with_too_few_files
tap_ok "F16: a wall clock that jumps means nothing to it" clock_that_jumps
tap_ok "A11: nothing is left of $CYCLES namespaces that came and went" nothing_is_left_of_cycles
tap_ok "known bad: one that stays would be seen" a_namespace_that_stays_is_seen
tap_done
