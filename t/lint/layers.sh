#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does every file include only what its room may know, and is each library confined to its files?
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

{
	find src -name '*.[ch]' 2>/dev/null | sed 's|^src/\([^/]*\)/\(.*\)\.[ch]$|room \2 \1|'
	c_files | grep -v -e '^t/law/' -e '^t/netns/' -e '^t/bench/' -e '^t/e2e/' -e '^t/fuzz/' |
		xargs -r grep -Hn '^[[:space:]]*#[[:space:]]*include' | sed 's|^|include |'
} | awk -f "$here/layers.awk" | none
