#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Do all checks hold, and does each of them still find what is wrong in its known-bad tree?
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
export BUILD="${BUILD:-$here/../../build}"

# The findings in t/lint/bad/CHECK are those of its file `expect`.
finds() {
	findings=$(BUILD='' "$here/$1.sh" "$here/bad/$1" 2>&1) && echo "exit status 0"
	printf '%s\n' "$findings" | LC_ALL=C sort >"$scratch/found"
	LC_ALL=C sort "$here/bad/$1/expect" | diff -u - "$scratch/found"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for bad in "$here"/bad/*/; do
	check=$(basename "$bad")
	what=$(sed -n 3p "$here/$check.sh" | sed 's/^# //; s/?.*/?/')
	tap_ok "$check: $what" "$here/$check.sh" "$here/../.."
	tap_ok "$check finds what is wrong in its known-bad tree" finds "$check"
done
tap_done
