#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a packet ever get through, or get lost, because the rules change?  Floods of forbidden and of allowed datagrams run
# through thousands of commits of every kind, which leave the fate of both as it is, and through agents that are killed.
# Careless ways to write a ruleset must be caught by the same floods, or these could not have caught anything.
#
#	[COMMITS=20000] [RESTARTS=40] [KPPS=30] [TRIES=5] [SEED=1] t/netns/test_leak.sh
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/netns/floods.sh
. "$here/floods.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

COMMITS=${COMMITS:-20000}   # as fast as they can be made
SLOW_COMMITS=3000           # a millisecond apart
RESTARTS=${RESTARTS:-40}
BAD_SECONDS=5
TRIES=${TRIES:-5}
SEED=${SEED:-1}

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build bad_writer churn flood probe
LAB_TOOLS=$BUILD/t/netns
trap lab_down EXIT

restarts() {
	local i
	for ((i = 0; i < RESTARTS; i++)); do
		lab_agent_start n1
		sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
		lab_agent_kill n1
	done
}

under_flood() {
	churn -n 1 -s "$SEED" # from here on the forbidden is forbidden
	floods_start
	churn -n "$COMMITS" -s "$((SEED + 1))" >"$LAB_DIR/fast"
	churn -n "$SLOW_COMMITS" -w 1 -s "$((SEED + 2))" >"$LAB_DIR/slow"
	files_start 5 "$((SEED + 3))"
	restarts
	files_end
	floods_end
}

agent_commits() {
	grep -cE '(applied|ready): .* \+[0-9]+ -[0-9]+ facts in [1-9]|applied: \+' "$LAB_DIR/n1.log"
}

figures() {
	echo "# $(($(sum fast commits) + $(sum slow commits))) commits of ours in" \
		"$(($(sum fast transactions) + $(sum slow transactions))) transactions, $(agent_commits) of" \
		"$RESTARTS agents that were killed"
	floods_figures
}

# Every kind of object came, went, and (elements and chains) changed; policies, pods and namespaces made it so.
every_kind_was_committed() {
	local kind verb
	cat "$LAB_DIR/fast" "$LAB_DIR/slow"
	[ "$(($(sum fast commits) + $(sum slow commits)))" -ge 10000 ]
	for kind in counters sets chains elements; do
		for verb in added deleted; do
			[ "$(grep "^$kind " "$LAB_DIR/fast" | sed "s/.*$verb \([0-9]*\).*/\1/")" -ge 500 ]
		done
	done
	grep -qE '^chains .*changed [1-9][0-9]{3}' "$LAB_DIR/fast"
	for kind in namespace pod pin policy remote local; do
		grep -qE "^by $kind [1-9][0-9]" "$LAB_DIR/fast"
	done
}

agents_committed_too() {
	[ "$(grep -c 'ready: node n1' "$LAB_DIR/n1.log")" = "$RESTARTS" ]
	[ "$(grep -c 'adopting' "$LAB_DIR/n1.log")" = "$RESTARTS" ]
	[ "$(agent_commits)" -ge "$RESTARTS" ]
	not grep degraded "$LAB_DIR/n1.log"
}

# The table as render prints it: deleted and added in one transaction.
scripts_of_a_new_table() {
	"$SELVAGE" render --from "$LAB_MANIFESTS" --node n1 >"$LAB_DIR/script1" || [ $? = 3 ]
}

scripts_of_an_anonymous_map() {
	cat <<-END >"$LAB_DIR/script1"
		table inet selvage
		flush table inet selvage
		table inet selvage {
			chain ingress {
				type filter hook forward priority 1; policy accept;
				ct state established,related accept
				ip daddr vmap { $(lab_ip4 alpha/b) : goto in-b }
				ip6 daddr vmap { $(lab_ip6 alpha/b) : goto in-b }
			}
			chain in-b { drop; }
		}
	END
}

# Twice as many transactions as it takes.
scripts_of_an_empty_chain() {
	cat <<-END >"$LAB_DIR/script1"
		table inet selvage {
			chain ingress {
				type filter hook forward priority 1; policy drop;
			}
		}
		flush table inet selvage
	END
	echo "add rule inet selvage ingress accept" >"$LAB_DIR/script2"
}

# bad_writer NAME forbidden|allowed FIGURE PATH...: does such a flood show the figure while the scripts run again and again?
bad_writer() {
	local name=$1 flow=$2 figure=$3 i writer
	shift 3
	lab_exec n1 "$SELVAGE" cleanup
	rm -f "$LAB_DIR"/script*
	"scripts_of_$name"
	cat "$LAB_DIR"/script* | lab_exec n1 nft -f -
	for ((i = 1; i <= TRIES; i++)); do
		ip netns exec "$(lab_ns n1)" "$(tool bad_writer)" "$LAB_DIR"/script* >"$LAB_DIR/written" &
		writer=$!
		flood_start "$flow" "$KPPS" "$@"
		sleep "$BAD_SECONDS"
		flood_end "$flow" >/dev/null
		kill "$writer"
		wait "$writer"
		echo "$name, try $i: $(cat "$LAB_DIR/written"), $flow: $(sum "$flow" "$figure") $figure of" \
			"$(sum "$flow" sent) sent" >>"$LAB_DIR/bad"
		[ "$(sum "$flow" "$figure")" -le "$(($(sum "$flow" overflow) + $(sum "$flow" dropped)))" ] || return 0
	done
	return 1
}

tap_ok "the lab comes up" floods_lab
tap_ok "floods, commits and restarts run" under_flood
figures
tap_ok "A6: no forbidden packet was delivered" nothing_leaked
tap_ok "A6: no allowed packet was lost to policy" nothing_was_cut
tap_ok "commits of every kind were made" every_kind_was_committed
tap_ok "agents that were killed and started again adopted the table and committed to it" agents_committed_too
tap_ok "known bad: deleting and adding the table lets packets through" \
	bad_writer a_new_table forbidden received "${FORBIDDEN[@]}"
tap_ok "known bad: flushing and filling an anonymous map in the base chain lets packets through" \
	bad_writer an_anonymous_map forbidden received "${FORBIDDEN[@]}"
tap_ok "known bad: emptying a chain first and filling it then loses packets" \
	bad_writer an_empty_chain allowed lost "${ALLOWED[@]}"
[ ! -e "$LAB_DIR/bad" ] || sed 's/^/# /' "$LAB_DIR/bad"
tap_done
