#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Are the manual pages well-formed?
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

for f in man/*.[1-9]; do
	mandoc -Tlint -Wwarning "$f"
done | sed 's/^mandoc: //' | none
