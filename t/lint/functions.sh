#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is every function short: none above 70 lines, 95% within 45?
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

# In the layout that clang-format gives, only a function has a brace alone in the first column.
c_files | grep '[.]c$' | xargs -r awk '
	/^[A-Za-z_].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
	/^Test\(/ { name = $0; sub(/\).*/, ")", name) }
	/^\{/ { start = FNR }
	/^\}$/ && start {
		n = FNR - start + 1
		total++
		long += n > 45
		if (n > 70)
			print FILENAME ":" start ": " name " has " n " lines, 70 is the most"
		start = 0
	}
	END {
		if (long * 20 > total)
			print long " of " total " functions are longer than 45 lines, 5% is the most"
	}' | none
