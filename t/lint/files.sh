# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Which files do the checks look at?  For sourcing; the known-bad trees of the checks' own tests are none of them.

lint_find() {
	for d in include src t examples .ci; do
		[ ! -d $d ] || find $d "$@" ! -path 't/lint/bad/*'
	done | LC_ALL=C sort
}

c_files() {
	lint_find -type f -name '*.[ch]'
}

script_files() {
	lint_find -type f | xargs -r awk 'FILENAME ~ /[.]sh$/ || (FNR == 1 && /^#!.*sh$/) { print FILENAME } { nextfile }'
}

# Prints what comes in and fails if that is anything.
none() {
	if grep .; then
		return 1
	fi
}
