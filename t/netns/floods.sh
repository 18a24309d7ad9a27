# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Floods of forbidden and of allowed datagrams through a lab, and a cluster that changes without changing their fate: what
# test_leak.sh, test_restart.sh and the soak share.  Wants lab.sh and tools.sh.

KPPS=${KPPS:-30}            # of each forbidden path
ALLOWED_KPPS=${ALLOWED_KPPS:-5} # of each allowed path

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

floods_lab() {
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
	: >"$LAB_DIR/$name"
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

floods_start() {
	flood_start forbidden "$KPPS" "${FORBIDDEN[@]}"
	flood_start allowed "$ALLOWED_KPPS" "${ALLOWED[@]}"
}

floods_end() {
	flood_end forbidden
	flood_end allowed
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

# files_start MILLISECONDS SEED: files change from now on, one at a time, for agents.
files_start() {
	rm -f -- "$LAB_MANIFESTS"/*
	: >"$LAB_DIR/files"
	# shellcheck disable=SC2046 # arguments are words
	"$(tool churn)" -f -n 1000000 -w "$1" -s "$2" $(cluster) <"$LAB_DIR/people" >"$LAB_DIR/files" &
	files=$!
	wait_for 5000 grep -q started "$LAB_DIR/files"
}

files_end() {
	kill "$files"
	wait "$files" || true
}

# sum FILE WORD: the numbers after WORD, of all paths.
sum() {
	awk -v word="$2" '{ for (i = 1; i < NF; i++) if ($i == word) n += $(i + 1) } END { print n + 0 }' "$LAB_DIR/$1"
}

floods_figures() {
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
