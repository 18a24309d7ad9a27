#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is the C code laid out as .clang-format says?  `format.sh --fix` lays it out.
mode='--dry-run -Werror'
[ "$1" != --fix ] || { mode=-i; shift; }
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

# shellcheck disable=SC2086 # mode is words
c_files | xargs -r clang-format --style="file:$here/../../.clang-format" $mode 2>&1 |
	sed -n 's/^\([^ :]*:[0-9]*\):[0-9]*: error: code should be clang-formatted.*/\1: not as .clang-format says/p' |
	uniq | none
