#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do real packets in a real kernel fare as the policies say?  Random worlds, each reached from the one before by changing
# files under running agents, are asked of `selvage explain` and of the network.
#
#	[WORLDS=60] [FIRST=1] t/netns/test_worlds.sh
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

WORLDS=${WORLDS:-60}
FIRST=${FIRST:-1}
EACH=8           # questions for two people and a family
LEAST=20000      # answers that all worlds together must bring

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build facts worldgen probe
trap lab_down EXIT

bring_up() {
	lab_up
	lab_world world 192.0.2.1 2001:db8::1
	lab_pod n1 alpha/a
	lab_pod n1 alpha/b
	lab_pod n1 beta/c
	lab_pod n1 beta/d
	lab_pod n1 gamma/e
	lab_pod n2 alpha/f
	lab_pod n2 alpha/g
	lab_pod n2 beta/h
	lab_pod n2 gamma/i
	lab_people >"$LAB_DIR/people"
	rm -- "$LAB_MANIFESTS"/*
	world "$FIRST"
	lab_agent_start n1
	lab_agent_start n2
}

# world NUMBER: the manifests become that world, and the questions to ask about it lie in $LAB_DIR/ask.*
world() {
	"$(tool worldgen)" "$1" "$LAB_MANIFESTS" "$LAB_DIR/ask" "$EACH" <"$LAB_DIR/people"
}

# Prints `PREDICTED OBSERVED QUESTION` for every question.
ask() {
	selvage_may explain --from "$LAB_MANIFESTS" --batch "$LAB_DIR/ask.json" -o json |
		sed -n 's/.*"verdict":"\([a-z]*\)".*/\1/p' >"$LAB_DIR/predicted"
	"$(tool probe)" "$LAB_DIR/ask.probe" >"$LAB_DIR/observed"
	[ "$(wc -l <"$LAB_DIR/predicted")" = "$(wc -l <"$LAB_DIR/ask.probe")" ]
	paste -d ' ' "$LAB_DIR/predicted" "$LAB_DIR/observed" "$LAB_DIR/ask.probe"
}

# The answers that disagree; succeeds if none does.
disagreements() {
	awk '$1 != $2' "$1" | not grep .
}

world_agrees() {
	world "$1"
	settled n1 n2
	ask >"$LAB_DIR/answers"
	cat "$LAB_DIR/answers" >>"$LAB_DIR/all"
	disagreements "$LAB_DIR/answers" && return
	cp -r "$LAB_MANIFESTS" "${TMPDIR:-/tmp}/selvage-world-$1"
	echo "world $1 is kept in ${TMPDIR:-/tmp}/selvage-world-$1"
	return 1
}

# Real packets of all kinds passed and were stopped, and there were enough of them.
asked_enough() {
	local word
	[ "$(wc -l <"$LAB_DIR/all")" -ge "$LEAST" ]
	for word in tcp udp sctp icmp; do
		[ "$(grep -c "^allowed allowed .* $word " "$LAB_DIR/all")" -ge 100 ]
		[ "$(grep -c "^denied denied .* $word " "$LAB_DIR/all")" -ge 100 ]
	done
}

figures() {
	awk '
		{ n[$1]++; kind[$7 (index($4, ":") ? " v6" : " v4")]++; all++ }
		END {
			printf "# %d answers: %d allowed, %d denied;", all, n["allowed"], n["denied"]
			for (k in kind)
				printf " %s %d", k, kind[k]
			print ""
		}' "$LAB_DIR/all"
}

# A change of n1's table that selvage did not make must show in the answers, and be gone when the agent is back.
must_disagree() {
	ask >"$LAB_DIR/answers"
	disagreements "$LAB_DIR/answers" >"$LAB_DIR/wrong" || true
	[ -s "$LAB_DIR/wrong" ]
}

repaired() {
	lab_agent_start n1
	settled n1 n2
	ask >"$LAB_DIR/answers"
	disagreements "$LAB_DIR/answers"
}

nft_n1() {
	lab_exec n1 nft "$@"
}

# A world in which n1 denies something that it would not if its chains opened with accept.
an_open_chain_is_noticed() {
	local chain
	nft_n1 list chains inet | sed -n 's/^\tchain \(\(in\|out\)-[0-9a-f]*\) {$/\1/p' >"$LAB_DIR/chains"
	[ -s "$LAB_DIR/chains" ]
	lab_agent_stop n1
	while read -r chain; do
		nft_n1 insert rule inet selvage "$chain" accept
	done <"$LAB_DIR/chains"
	must_disagree
}

# The dispatch of the pods of n1 for ingress over IPv4.
a_lost_element_is_noticed() {
	lab_agent_stop n1
	nft_n1 flush map inet selvage ingress4
	must_disagree
}

tap_ok "worlds come up" bring_up
for ((i = FIRST; i < FIRST + WORLDS; i++)); do
	tap_ok "in world $i every packet fares as explain says" world_agrees "$i"
done
[ ! -e "$LAB_DIR/all" ] || figures
tap_ok "at least $LEAST answers, of every protocol and outcome" asked_enough
tap_ok "accept at the head of pod chains would be noticed" an_open_chain_is_noticed
tap_ok "the agent repairs it when it is back" repaired
tap_ok "a lost dispatch element would be noticed" a_lost_element_is_noticed
tap_ok "the agent repairs that, too" repaired
tap_done
