# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where are the parts of Kubernetes that the tests of this directory run?
#
# kube-apiserver, mini-apiserver, etcd and kube-proxy are looked for in $KUBE_APISERVER, $MINI_APISERVER, $ETCD and
# $KUBE_PROXY; in the directory $SELVAGE_BIN; in ../shared/bin beside this tree or a tree that it was cloned from; among
# the commands.  Files that end in .xz are unpacked into the build folder.

TREE=${TREE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
BUILD=${BUILD:-$TREE/build}

parts_git() {
	git -c safe.directory='*' -C "$@" 2>/dev/null
}

# This tree and those it comes from, nearest first.
parts_trees() {
	local tree=$TREE common tries=4
	while [ -d "$tree" ] && [ $((tries -= 1)) -gt 0 ]; do
		echo "$tree"
		common=$(parts_git "$tree" rev-parse --path-format=absolute --git-common-dir) || return 0
		echo "${common%/*}"
		tree=$(parts_git "$tree" config remote.origin.url) || return 0
	done
}

# All places where NAME may be, best first.
parts_places() {
	local variable dir
	variable=$(echo "$1" | tr a-z- A-Z_)
	[ -z "${!variable:-}" ] || { echo "${!variable}" && return; }
	{
		[ -z "${SELVAGE_BIN:-}" ] || echo "$SELVAGE_BIN"
		parts_trees | sed 's|$|/../shared/bin|'
	} | while read -r dir; do
		ls "$dir/$1" "$dir/$1"*.xz 2>/dev/null
	done
	command -v "$1"
}

# parts_unpack FILE NAME: prints what is to be executed.
parts_unpack() {
	local out=$BUILD/t/e2e/bin/$2
	mkdir -p "${out%/*}"
	if ! [ "$out" -nt "$1" ]; then
		xz -dc "$1" >"$out.new" && chmod +x "$out.new" && mv "$out.new" "$out" || return
	fi
	echo "$out"
}

# The path of the program NAME, or a sentence why there is none.
part() {
	local place
	place=$(parts_places "$1" | head -n 1)
	case $place in
	'') echo "no $1 here: set \$$(echo "$1" | tr a-z- A-Z_) or \$SELVAGE_BIN" && return 1 ;;
	*.xz) parts_unpack "$place" "$1" || { echo "$place cannot be unpacked" && return 1; } ;;
	*) [ -x "$place" ] && echo "$place" || { echo "$place cannot be executed" && return 1; } ;;
	esac
}

# parts_missing NAME...: says which one and succeeds if none is missing.
parts_missing() {
	local name found
	for name; do
		found=$(part "$name") || { echo "$found" && return 1; }
	done
}
