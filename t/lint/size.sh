#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is every file at most 500 lines long, and does it open with a comment that says what it is for?
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

{
	{ c_files; script_files; } | xargs -r awk '
		FNR == 501 { print FILENAME ": more than 500 lines" }'
	c_files | xargs -r awk '
		FNR == 1 { opened = 0 }
		/^\/\* SPDX/ && FNR == 1 { next }
		!opened && !/^\/\*/ { print FILENAME ":" FNR ": opens without saying what it is for" }
		{ opened = 1; nextfile }'
} | none
