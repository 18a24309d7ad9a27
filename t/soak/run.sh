#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does an agent stay right, and the size it is, through an hour of changes?  Pods, labels, namespaces and policies change all
# the time, floods of forbidden and of allowed datagrams run, and every minute the agent is asked how it is.  At the end
# nothing has leaked, nothing was cut, the kernel holds what a fresh compile wants, and the agent has not grown.
#
#	[WAIT_MS=5] [KPPS=5] [SEED=1] t/soak/run.sh [SECONDS]      3600 if it is not said
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")/../netns" && pwd)
KPPS=${KPPS:-5}
ALLOWED_KPPS=${ALLOWED_KPPS:-2}
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/netns/floods.sh
. "$here/floods.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

LASTS=${1:-3600}
WAIT_MS=${WAIT_MS:-5} # between two changes
SEED=${SEED:-1}
SAMPLES=60
GROWTH_KB=1024 # of the last third over the second, beside a twentieth

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build churn facts flood probe
LAB_TOOLS=$BUILD/t/netns
trap lab_down EXIT

bring_up() {
	floods_lab
	churn -n 500 -s "$SEED" # from here on the forbidden is forbidden
}

# What the agent says of itself: commits so far, and whether it is ready.
ask() {
	lab_exec n1 curl -s -m 5 http://127.0.0.1:9879/metrics |
		awk '$1 == "selvage_commits_total" { commits = $2 } $1 == "selvage_ready" { ready = $2 } END { print commits + 0, ready + 0 }'
}

# One line "RSS-KB COMMITS READY" for each sample.
watch() {
	local i
	for ((i = 0; i < SAMPLES; i++)); do
		sleep "$(awk -v s="$LASTS" -v n="$SAMPLES" 'BEGIN { print s / n }')"
		lab_agent_alive n1
		echo "$(awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$LAB_DIR/n1.pid")/status") $(ask)" >>"$LAB_DIR/samples"
	done
}

# Nobody was blind: of all samples four fifths were answered, the agent committed between them, and was ready.
watched_all_the_time() {
	awk -v all="$SAMPLES" '
		$3 == 1 && $2 > last { good++ }
		{ last = $2 }
		END { print good + 0, "of", all, "samples;", last, "commits"; exit !(good * 5 >= all * 4) }' "$LAB_DIR/samples"
}

# The greatest of the last third of the samples, over the greatest of the second.
stays_its_size() {
	awk -v all="$SAMPLES" -v growth="$GROWTH_KB" '
		NR > all / 3 && NR <= 2 * all / 3 && $1 > before { before = $1 }
		NR > 2 * all / 3 && $1 > after { after = $1 }
		END { print before, "kB, then", after, "kB"; exit !(before && after <= before * 1.05 + growth) }' "$LAB_DIR/samples"
}

nothing_drifted() {
	settled n1
	[ "$(wc -l <"$LAB_DIR/have.n1")" -ge 20 ]
	not grep degraded "$LAB_DIR/n1.log"
}

# Does the comparison see what is missing, when no agent is there to put it back?
drift_is_noticed() {
	local map
	lab_agent_stop n1
	map=$(sed -n 's/^element \(peers4-[^ ]*\) .*/\1/p; s/^element \(ingress4\) .*/\1/p' "$LAB_DIR/have.n1" | tail -n 1)
	lab_exec n1 nft flush set inet selvage "$map" 2>/dev/null || lab_exec n1 nft flush map inet selvage "$map"
	not holds n1
}

tap_ok "a node comes up" bring_up
files_start "$WAIT_MS" "$((SEED + 1))"
tap_ok "an agent takes over" lab_agent_start n1 --metrics 127.0.0.1:9879
floods_start
tap_ok "$LASTS seconds pass" watch
floods_end >/dev/null
files_end
floods_figures
tap_ok "agent and generators were alive all the time" watched_all_the_time
sed -n '1p;$p' "$LAB_DIR/samples" | sed 's/^/# kB, commits, ready: /'
tap_ok "no forbidden packet was delivered" nothing_leaked
tap_ok "no allowed packet was lost to policy" nothing_was_cut
tap_ok "A11: the agent does not grow" stays_its_size
tap_ok "the kernel holds what a fresh compile wants" nothing_drifted
tap_ok "known bad: what is missing would be noticed" drift_is_noticed
tap_done
