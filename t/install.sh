#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the packages of the groups it is given (see packages.txt); does nothing if they are all there.
here=$(dirname "$(readlink -f "$0")")

missing=$(awk -v groups=" $* " '
	/^#/ { next }
	{ for (i = 2; i <= NF; i++) if (index(groups, " " $i " ")) { print $1; next } }' "$here/packages.txt" |
	while read -r package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
	done)
[ "$missing" ] || exit 0

# shellcheck disable=SC2086 # one argument per package
set -- $missing
if [ "$(id -u)" != 0 ]; then
	echo "as root: apt-get install --no-install-recommends $*" >&2
	exit 1
fi
echo "installing $*"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update && apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install "$@" </dev/null >/dev/null
