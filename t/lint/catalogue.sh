#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Has every class of t/catalogue.md its row, and is every test that a row names where it says?
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

# A row is `| ID | tests | known bad | result |`; a test is `FILE: WORDS`, of which a line of FILE has to have the words,
# and several stand apart by `<br>`.
awk -F ' *[|] *' '
	function want(id) {
		if (!(id in rows))
			print "t/catalogue.md: no row " id
		else if (rows[id] > 1)
			print "t/catalogue.md: " rows[id] " rows " id
		delete rows[id]
	}
	function check(id, test, file, words, line, found) {
		file = words = test
		sub(/: .*/, "", file)
		sub(/^[^:]*: /, "", words)
		if (file == test || (getline line <file) < 0) {
			print "t/catalogue.md: " id ": no test " test
			return
		}
		do
			found = found || index(line, words)
		while (!found && (getline line <file) > 0)
		close(file)
		if (!found)
			print "t/catalogue.md: " id ": " file " has no \"" words "\""
	}
	$2 ~ /^[A-Z][0-9]+$/ {
		rows[$2]++
		n = split($3, tests, /<br>/)
		for (i = 1; i <= n; i++)
			if ($3 != "")
				check($2, tests[i])
		if ($5 == "" || ($3 == "" && $5 !~ /^(n\/a|pending|limit): /))
			print "t/catalogue.md: " $2 ": neither a test nor why there is none"
	}
	END {
		split("A18 B31 C13 D7 E18 F20", rooms, " ")
		for (r = 1; r in rooms; r++)
			for (i = 1; i <= substr(rooms[r], 2) + 0; i++)
				want(substr(rooms[r], 1, 1) i)
		for (id in rows)
			print "t/catalogue.md: no class " id
	}' t/catalogue.md | LC_ALL=C sort | none
