#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is there anything that was left for later, or a goto?
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2

{
	lint_find -type f ! -path 't/lint/words.sh' | xargs -r grep -HnIwE 'TODO|FIXME|XXX' |
		sed 's/^\([^:]*:[0-9]*:\).*/\1 something was left for later/'
	c_files | xargs -r grep -HnE '^[[:space:]]*goto [a-z_]+;' | sed 's/^\([^:]*:[0-9]*:\).*/\1 goto/'
} | none
