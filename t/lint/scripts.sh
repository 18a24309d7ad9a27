#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does shellcheck find nothing to warn about, and can every statement fail?  `! COMMAND` ends no function under `set -e`; not,
# of t/tap.sh, does.
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

status=0
script_files | xargs -r awk '/^[[:space:]]*! / && !/\|\|/ { print FILENAME ":" FNR ": `! COMMAND` as a statement fails in vain" }' |
	none || status=1
script_files | xargs -r shellcheck -x -S warning -e SC1090,SC1091 -f gcc | none || status=1
exit $status
