#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is what is wrong with each file of t/golden/bad said as FILE.txt has it, and what remains of it?
# `bad.sh --update` writes the .txt files instead.
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
problems=${BUILD:?the folder where selvage was built}/t/golden/problems
update=
[ "$1" != --update ] || update=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$here/bad" || exit 1

says() {
	status=0
	"$problems" "$1" >"$scratch/out" || status=$?
	[ -z "$update" ] || cp "$scratch/out" "$1.txt"
	diff -u "$1.txt" "$scratch/out"
	[ "$status" = 3 ] || { echo "exit status $status instead of 3" && return 1; }
}

for file in *.yaml *.json; do
	tap_ok "what is wrong with $file is said as $file.txt has it" says "$file"
done
tap_done
