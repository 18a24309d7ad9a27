#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does shellcheck find nothing to warn about?
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

script_files | xargs -r shellcheck -x -S warning -e SC1090,SC1091 -f gcc | none
