#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does every source say its licence, in its first line (a script: in its first two)?  `spdx.sh --fix` adds it.
fix=
[ "$1" != --fix ] || { fix=1; shift; }
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2
licence='SPDX-License-Identifier: GPL-2.0-or-later'

missing() {
	c_files | xargs -r awk -v want="/* $licence */" 'FNR == 1 { if ($0 != want) print FILENAME; nextfile }'
	{ script_files; lint_find -name '*.awk'; } | while read -r f; do
		head -n 2 "$f" | grep -qxF "# $licence" || echo "$f"
	done
}

add() {
	case $1 in
	*.[ch]) sed -i "1i /* $licence */" "$1" ;;
	*) sed -i "$(head -n 1 "$1" | grep -q '^#' && echo 1a || echo 1i) # $licence" "$1" ;;
	esac
}

if [ "$fix" ]; then
	missing | while read -r f; do add "$f"; done
else
	missing | sed 's/$/:1: does not say its licence/' | none
fi
