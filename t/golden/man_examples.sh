#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Do the examples of the manual do what it says?  A `.Bd -literal` of a page's EXAMPLES is what a terminal shows: behind
# `$ ` stands a command (`> ` goes on with it), then what it prints on both outputs.  The commands of a page run one after
# another in one shell, in a copy of examples.  Behind `# ` stands what only root may do: it does not run here, but the
# command and its options must be there.
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=$(readlink -f "${SELVAGE:?the program to test}")
tree=$(readlink -f "$here/../..")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin" && ln -s "$selvage" "$scratch/bin/selvage" && cp -r "$tree/examples" "$scratch" || exit 2
chmod -R u+w "$scratch/examples" # a distribution being checked is read-only
PATH=$scratch/bin:$PATH

# The examples of PAGE as text: what mdoc wants written otherwise, written as it is meant.
transcript() {
	awk '
		/^[.]Sh / { here = $2 == "EXAMPLES" }
		here && /^[.]Bd -literal/ { on = 1; next }
		/^[.]Ed/ { on = 0 }
		on { sub(/^\\&/, ""); gsub(/\\-/, "-"); gsub(/\\\(aq/, "\047"); gsub(/\\e/, "\\"); print }' "$1"
}

# Splits standard input into files N.run (a command) or N.root, and N.want (what it prints), in the current folder.
split_commands() {
	awk '
		/^\$ / { n++; file = n ".run"; print substr($0, 3) >file; want = n ".want"; printf "" >want; next }
		/^# / { n++; file = n ".root"; print substr($0, 3) >file; want = "/dev/null"; next }
		/^> / { print substr($0, 3) >file; next }
		{ print >want }'
}

# A shell script that runs the commands and writes what they print to N.have.
script() {
	echo 'status=0'
	for run in $(find . -name '*.run' | sort -t/ -k2 -n); do
		n=${run%.run}
		printf '(exit $status)\n{\n'
		cat "$run"
		printf '} >%s/%s.have 2>&1\nstatus=$?\n' "$1" "${n#./}"
	done
}

# Does selvage have the command and the options of this line?
is_offered() {
	sed -n 's/.*selvage \([a-z]*\).*/\1/p' "$1" | while read -r command; do
		"$selvage" help "$command" >help || exit 1
		grep -o -e ' --[a-z]*' "$1" | while read -r option; do
			grep -q -e "$option" help || { echo "no $option" && exit 1; }
		done
	done
}

for page in "$tree"/man/selvage*.[1-9]; do
	name=$(basename "$page")
	mkdir "$scratch/$name" && cd "$scratch/$name" || exit 2
	transcript "$page" >text
	split_commands <text
	script "$PWD" >script
	(cd "$scratch/examples" && . "$scratch/$name/script")
	tap_ok "$name has examples" test -s text
	for run in $(find . -name '*.run' | sort -t/ -k2 -n); do
		n=${run%.run}
		tap_ok "$name: \$ $(head -n 1 "$run")" diff -u "$n.want" "$n.have"
	done
	for root in $(find . -name '*.root' | sort -t/ -k2 -n); do
		tap_ok "$name: # $(cat "$root")" is_offered "$root"
	done
done
tap_done
