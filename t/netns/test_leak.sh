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
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

COMMITS=${COMMITS:-20000}   # as fast as they can be made
SLOW_COMMITS=3000           # a millisecond apart
RESTARTS=${RESTARTS:-40}
KPPS=${KPPS:-30}            # of each forbidden path
ALLOWED_KPPS=5              # of each allowed path
BAD_SECONDS=5
TRIES=${TRIES:-5}
SEED=${SEED:-1}

# NAME FROM FAMILY TO PORT.  Only n1 has a table.  Forbidden and allowed packets enter and leave the same pods, so that
# they meet the same chains, maps and sets.
FORBIDDEN=(
	"bridged alpha/a 4 alpha/b 53"
	"routed alpha/f 6 alpha/b 80"
)
ALLOWED=(
	"bridged alpha/c 4 alpha/b 80"
	"routed beta/h 6 alpha/b 53"
	"leaving alpha/c 4 beta/h 81"
)

reason=$(lab_missing) || tap_skip_all "$reason"
reason=$(tools_missing bad_writer churn flood probe) || tap_skip_all "$reason"
LAB_TOOLS=$BUILD/t/netns
trap lab_down EXIT

bring_up() {
	lab_up
	lab_pod n1 alpha/a
	lab_pod n1 alpha/b
	lab_pod n1 alpha/c
	lab_pod n1 beta/d
	lab_pod n2 alpha/f
	lab_pod n2 beta/h
	people >"$LAB_DIR/people"
	rm -- "$LAB_MANIFESTS"/*
	# Neighbours that are still unknown when a flood starts would cost packets.
	printf '%s udp 9 must\n' "alpha/a alpha/b" "alpha/f alpha/b" "alpha/c alpha/b" "beta/h alpha/b" \
		"alpha/c beta/h" | lab_probe
}

# The paths of floods: NAME=FROM-NETNS,FROM-IP,TO-NETNS,TO-IP,PORT
paths() {
	local name from family to port
	printf '%s\n' "$@" | while read -r name from family to port; do
		echo "$name=$(lab_ns "$from"),$("lab_ip$family" "$from"),$(lab_ns "$to"),$("lab_ip$family" "$to"),$port"
	done
}

# guards allow|deny PATH...: the same for churn.
guards() {
	local word=$1 name from family to port
	shift
	printf '%s\n' "$@" | while read -r name from family to port; do
		echo "$word:$("lab_ip$family" "$from"),$("lab_ip$family" "$to"),udp,$port"
	done
}

# flood_start NAME KPPS PATH...: figures will be in $LAB_DIR/NAME.
flood_start() {
	local name=$1 kpps=$2
	shift 2
	# shellcheck disable=SC2046 # paths are words
	"$(tool flood)" -r "$kpps" $(paths "$@") >"$LAB_DIR/$name" &
	eval "$name=$!"
	wait_for 5000 grep -q sending "$LAB_DIR/$name"
}

flood_end() {
	kill "${!1}"
	wait "${!1}"
	cat "$LAB_DIR/$1"
}

# The cluster of which churn keeps the guarded packets as they are.
cluster() {
	echo "n1 $LAB_MANIFESTS"
	guards deny "${FORBIDDEN[@]}"
	guards allow "${ALLOWED[@]}"
}

# churn OPTION...
churn() {
	# shellcheck disable=SC2046 # arguments are words
	lab_exec n1 "$(tool churn)" "$@" $(cluster) <"$LAB_DIR/people"
}

restarts() {
	local i
	for ((i = 0; i < RESTARTS; i++)); do
		lab_agent_start n1
		sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
		lab_agent_kill n1
	done
}

under_flood() {
	local files
	churn -n 1 -s "$SEED" # from here on the forbidden is forbidden
	flood_start forbidden "$KPPS" "${FORBIDDEN[@]}"
	flood_start allowed "$ALLOWED_KPPS" "${ALLOWED[@]}"
	churn -n "$COMMITS" -s "$((SEED + 1))" >"$LAB_DIR/fast"
	churn -n "$SLOW_COMMITS" -w 1 -s "$((SEED + 2))" >"$LAB_DIR/slow"
	rm -- "$LAB_MANIFESTS"/*
	# shellcheck disable=SC2046 # arguments are words
	"$(tool churn)" -f -n 1000000 -w 5 -s "$((SEED + 3))" $(cluster) <"$LAB_DIR/people" >"$LAB_DIR/files" &
	files=$!
	wait_for 5000 grep -q started "$LAB_DIR/files"
	restarts
	kill "$files"
	wait "$files" || true
	flood_end forbidden
	flood_end allowed
}

# sum FILE WORD: the numbers after WORD, of all paths.
sum() {
	awk -v word="$2" '{ for (i = 1; i < NF; i++) if ($i == word) n += $(i + 1) } END { print n + 0 }' "$LAB_DIR/$1"
}

agent_commits() {
	grep -cE '(applied|ready): .* \+[0-9]+ -[0-9]+ facts in [1-9]|applied: \+' "$LAB_DIR/n1.log"
}

figures() {
	echo "# $(($(sum fast commits) + $(sum slow commits))) commits of ours in" \
		"$(($(sum fast transactions) + $(sum slow transactions))) transactions, $(agent_commits) of" \
		"$RESTARTS agents that were killed"
	sed 's/^/# forbidden: /' "$LAB_DIR/forbidden"
	sed 's/^/# allowed: /' "$LAB_DIR/allowed"
}

nothing_leaked() {
	[ "$(sum forbidden sent)" -ge 100000 ]
	[ "$(sum forbidden received)" = 0 ]
}

# A datagram that a full socket or a machine without time for it threw away met no policy.
nothing_was_cut() {
	[ "$(sum allowed sent)" -ge 50000 ]
	[ "$(sum allowed lost)" -le "$(($(sum allowed overflow) + $(sum allowed dropped)))" ]
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
	grep -qE '^elements .*changed [1-9][0-9]{2}' "$LAB_DIR/fast"
	for kind in namespace pod pin policy remote local; do
		grep -qE "^by $kind [1-9][0-9]" "$LAB_DIR/fast"
	done
}

agents_committed_too() {
	[ "$(grep -c 'ready: node n1' "$LAB_DIR/n1.log")" = "$RESTARTS" ]
	[ "$(grep -c 'adopting' "$LAB_DIR/n1.log")" = "$RESTARTS" ]
	[ "$(agent_commits)" -ge "$RESTARTS" ]
	! grep degraded "$LAB_DIR/n1.log"
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

tap_ok "the lab comes up" bring_up
tap_ok "floods, commits and restarts run" under_flood
figures
tap_ok "no forbidden packet was delivered" nothing_leaked
tap_ok "no allowed packet was lost to policy" nothing_was_cut
tap_ok "commits of every kind were made" every_kind_was_committed
tap_ok "agents that were killed and started again adopted the table and committed to it" agents_committed_too
tap_ok "deleting and adding the table lets packets through" \
	bad_writer a_new_table forbidden received "${FORBIDDEN[@]}"
tap_ok "flushing and filling an anonymous map in the base chain lets packets through" \
	bad_writer an_anonymous_map forbidden received "${FORBIDDEN[@]}"
tap_ok "emptying a chain first and filling it then loses packets" \
	bad_writer an_empty_chain allowed lost "${ALLOWED[@]}"
[ ! -e "$LAB_DIR/bad" ] || sed 's/^/# /' "$LAB_DIR/bad"
tap_done
