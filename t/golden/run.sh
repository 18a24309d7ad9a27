#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the program still print what it printed?  A case is a folder with a file `cases`, whose lines are
#
#	STATUS FILE ARGUMENT...
#
# selvage, run in that folder with these arguments, must exit with STATUS and print (on both outputs) what FILE holds.
# `run.sh --update` writes the files instead.
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=${SELVAGE:?the program to test}
update=
[ "$1" != --update ] || update=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# golden FOLDER STATUS FILE ARGUMENT...
golden() {
	cd "$here/$1" || return 1
	wanted=$2 file=$3
	shift 3
	status=0
	"$selvage" "$@" >"$scratch/out" 2>&1 </dev/null || status=$?
	[ -z "$update" ] || cp "$scratch/out" "$file" || return 1
	[ "$status" = "$wanted" ] || echo "exit status $status instead of $wanted"
	diff -u "$file" "$scratch/out" && [ "$status" = "$wanted" ]
}

for list in "$here"/*/cases; do
	folder=$(basename "$(dirname "$list")")
	while read -r status file arguments; do
		case $status in
		'' | '#'*) continue ;;
		esac
		# shellcheck disable=SC2086 # arguments are words
		words=$(printf %s "$arguments" | tr -dc '[:print:]')
		tap_ok "selvage $words: exits $status and prints $folder/$file" golden "$folder" "$status" "$file" $arguments
	done <"$list"
done
tap_done
