# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Questions to the lab's network: who reaches whom?  Part of lab.sh.

# Where are probe and flood?  In $LAB_TOOLS, or built into the lab.
lab_tool() {
	local dir=${LAB_TOOLS:-$LAB_DIR/tools}
	[ -x "$dir/$1" ] || lab_tools_build "$dir" || return 1
	echo "$dir/$1"
}

lab_tools_build() {
	local flags="-std=gnu17 -D_GNU_SOURCE -O2 -Wall -pthread"
	mkdir -p "$1"
	# shellcheck disable=SC2086 # flags are words
	(
		cd "$LAB_SOURCE" || exit
		${CC:-cc} $flags -o "$1/probe" probe.c connect.c packet.c question.c place.c
		${CC:-cc} $flags -o "$1/flood" flood.c place.c
		${CC:-cc} $flags -o "$1/stream" stream.c sctp.c packet.c place.c
	)
}

# Everybody there is, one "WHO NETNS IPV4 IPV6" per line.
lab_everybody() {
	local who
	for who in $(lab_pods) $(cat "$LAB_DIR/nodes") x $(ls "$LAB_DIR/hosts"); do
		echo "$who $(lab_ns "$who") $(lab_ip4 "$who") $(lab_ip6 "$who")"
	done
}

# One "WHO NETNS IPV4 IPV6 NODE IPV4-SEEN IPV6-SEEN" per line: a node sends to other nodes' pods from its flannel address.
lab_people() {
	local who ns ip4 ip6
	lab_everybody | while read -r who ns ip4 ip6; do
		case $who in
		*/*) echo "$who $ns $ip4 $ip6 $(lab_pod_node "$who") $ip4 $ip6" ;;
		n[0-9]*) echo "$who $ns $ip4 $ip6 $who 10.244.${who#n}.0 fd00:10:244:${who#n}::" ;;
		*) echo "$who $ns $ip4 $ip6 - $ip4 $ip6" ;;
		esac
	done
}

# Reads questions "FROM TO PROTO PORT [must]" with FROM and TO as WHO, and prints each as probe wants it, for both
# families (IPv4, then IPv6).
lab_questions() {
	lab_everybody >"$LAB_DIR/new/everybody"
	awk '
		FNR == NR { ns[$1] = $2; v4[$1] = $3; v6[$1] = $4; next }
		!($1 in ns) || !($2 in ns) { print "lab: nobody is called " $1 " or " $2 >"/dev/stderr"; exit 1 }
		{
			print ns[$1], v4[$1], ns[$2], v4[$2], $3, $4, $5
			print ns[$1], v6[$1], ns[$2], v6[$2], $3, $4, $5
		}
	' "$LAB_DIR/new/everybody" -
}

# lab_probe OPTION...: the answers to what lab_questions makes of standard input.
lab_probe() {
	lab_questions >"$LAB_DIR/new/questions" || return 1
	"$(lab_tool probe)" "$@" "$LAB_DIR/new/questions"
}
