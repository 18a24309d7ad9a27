#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the program still print what it printed?  A case is a folder with a file `cases`, whose lines are
#
#	STATUS FILE ARGUMENT...
#
# selvage, run in that folder with these arguments, must exit with STATUS and print (on both outputs) what FILE holds.
# `run.sh --update` writes the files instead.  Two things are not up to what was printed before: a question of a batch says
# in its member "expect" what the answer's "verdict" must be, and nft must take every ruleset.nft.
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=${SELVAGE:?the program to test}
update=
[ "$1" != --update ] || update=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Are the verdicts in FILE those that the questions after --batch expect?
as_expected() {
	answers=$1
	while [ $# -gt 0 ] && [ "$1" != --batch ]; do
		shift
	done
	[ -n "$2" ] && grep -q '"verdict":' "$answers" || return 0
	awk 'match($0, /"expect":"[a-z]*"/) { print substr($0, RSTART + 10, RLENGTH - 11) }' "$2" >"$scratch/wanted"
	awk 'match($0, /"verdict":"[a-z]*"/) { print substr($0, RSTART + 11, RLENGTH - 12) }' "$answers" >"$scratch/given"
	diff -u "$scratch/wanted" "$scratch/given"
}

# golden FOLDER STATUS FILE ARGUMENT...
golden() {
	cd "$here/$1" || return 1
	wanted=$2 file=$3
	shift 3
	status=0
	"$selvage" "$@" >"$scratch/out" 2>&1 </dev/null || status=$?
	[ -z "$update" ] || cp "$scratch/out" "$file" || return 1
	[ "$status" = "$wanted" ] || echo "exit status $status instead of $wanted"
	diff -u "$file" "$scratch/out" && [ "$status" = "$wanted" ] && as_expected "$file" "$@"
}

nft_takes() {
	command -v nft >/dev/null || { echo "there is no nft" && exit 77; }
	unshare -rn nft list ruleset >/dev/null 2>&1 || { echo "no network namespace with nf_tables can be made" && exit 77; }
	unshare -rn nft -c -f "$1"
}

for list in "$here"/*/cases; do
	folder=$(basename "$(dirname "$list")")
	while read -r status file arguments; do
		case $status in
		'' | '#'*) continue ;;
		esac
		# shellcheck disable=SC2086 # arguments are words
		words=$(printf %s "$arguments" | tr -dc '[:print:]')
		tap_ok "$folder: selvage $words: exits $status and prints $file" golden "$folder" "$status" "$file" $arguments
	done <"$list"
done
for ruleset in "$here"/*/ruleset.nft; do
	tap_ok "$(basename "$(dirname "$ruleset")"): nft takes the ruleset" nft_takes "$ruleset"
done
tap_done
