#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is there a variable that any file could change?  Looks at the objects in $BUILD, or else compiles the sources for it.
here=$(dirname "$(readlink -f "$0")")
. "$here/files.sh"
cd "${1:-.}" || exit 2
objects=$BUILD
if [ -z "$objects" ]; then
	objects=$(mktemp -d)
	trap 'rm -rf "$objects"' EXIT
	for f in src/*/*.c; do
		mkdir -p "$objects/${f%/*}"
		${CC:-cc} -fPIE -Iinclude -D_GNU_SOURCE -c -o "$objects/${f%.c}.o" "$f" || exit 2
	done
fi

# A constant table of pointers is in .data.rel.ro, which nm cannot tell from .data.
for f in "$objects"/src/*/*.o; do
	objdump -t "$f" | awk -v file="${f#"$objects"/}" '
		/^[0-9a-f]+ g/ && / ([.]data|[.]bss|[.]tdata|[.]tbss|[*]COM[*])/ && !/ [.]data[.]rel[.]ro/ {
			sub(/[.]o$/, ".c", file)
			print file ": " $NF " can be changed from everywhere"
		}'
done | none
