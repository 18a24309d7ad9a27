#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does Makefile.am list every file there is, sorted, and no other?  `listed.sh --fix` writes the lists from the tree.
fix=
[ "$1" != --fix ] || { fix=1; shift; }
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

programs() {
	lint_find -path "$1/*.c" | xargs -r grep -lE '^(Test|UNIT|ParameterizedTest|Theory)\(|^int main\(' | sed 's/[.]c$//'
}

# `LIST FILE` for every file, as it should be.
wanted() {
	lint_find -path 'include/*.h' | sed 's/^/noinst_HEADERS /'
	lint_find -path 'src/*.h' | sed 's/^/noinst_HEADERS /'
	for room in base model input compile dataplane output agent; do
		lint_find -path "src/$room/*.c" | sed "s/^/lib${room}_a_SOURCES /"
	done
	lint_find -path 'src/cli/*.c' | sed 's/^/selvage_SOURCES /'
	[ ! -d man ] || find man -name '*.[1-9]' | LC_ALL=C sort | sed 's/^/dist_man_MANS /'
	programs t/unit | sed 's/^/UNIT_TESTS /'
	programs t/law | sed 's/^/LAW_TESTS /'
	lint_find -path 't/fuzz/fuzz_*.c' | sed 's/^/FUZZ_TESTS /; s/[.]c$//'
	programs t/bench | sed 's/^/BENCHES /'
	programs t/netns | sed 's/^/NETNS_TOOLS /'
}

# Writes every list anew below its `LIST =` line.
rewritten() {
	wanted | LC_ALL=C awk '
		FILENAME == "-" { files[$1] = files[$1] $1 " += " $2 "\n"; next }
		/^[A-Za-z_]+ \+= [^ ]+$/ && ($1 in lists) { next }
		{ print }
		/^(noinst_HEADERS|lib[a-z]+_a_SOURCES|selvage_SOURCES|dist_man_MANS|UNIT_TESTS|LAW_TESTS|FUZZ_TESTS|BENCHES|NETNS_TOOLS) =$/ {
			lists[$1]
			printf "%s", files[$1]
		}' - Makefile.am
}

if [ "$fix" ]; then
	new=$(rewritten) && printf '%s\n' "$new" >Makefile.am
else
	rewritten | diff -U0 Makefile.am - | sed -n \
		-e 's/^+\([A-Za-z_]* += .*\)/Makefile.am: wants \1/p' -e 's/^-\([A-Za-z_]* += .*\)/Makefile.am: not there: \1/p' | none
fi
