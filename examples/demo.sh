#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two nodes, six pods, one policy after another: what selvage predicts and what real packets do, side by side.
#
#	sudo examples/demo.sh
#
# On a fresh Debian 12 this installs what is needed, builds selvage in build/, makes a Flannel-shaped cluster of network
# namespaces, runs an agent on each node and removes the cluster again.  Exit status 0 only if prediction and observation
# agree on every connection after every step; 1 if they do not; 2 if the demo could not run.
# SELVAGE=PATH runs that program instead of building one.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

STEPS="db-isolation default-deny allow-from-namespace named-ports port-range ip-block"
PEOPLE="front back0 db back1 prom shell world evil"
# What each letter of a cell asks for.
LETTERS="p:tcp:5432 a:tcp:8080 b:tcp:8081 d:udp:53 i:icmp:0"

give_up() {
	echo "demo: $*" >&2
	exit 2
}

# Who is that in the lab?
who() {
	case $1 in
	front) echo production/frontend-0 ;;
	back0) echo production/backend-0 ;;
	back1) echo production/backend-1 ;;
	db) echo production/db-0 ;;
	prom) echo monitoring/prometheus-0 ;;
	shell) echo default/shell-0 ;;
	*) echo "$1" ;;
	esac
}

is_outside() {
	case $1 in
	world | evil) return 0 ;;
	esac
	return 1
}

# In a function of its own so that its output can go to a log.
make_it() {
	[ -x "$root/configure" ] || (cd "$root" && autoreconf -fi) || return 1
	cd "$root/build" && { [ -e Makefile ] || ../configure; } && make -j"$(nproc)"
}

build() {
	echo "== packages"
	"$root/t/install.sh" build demo || give_up "packages cannot be installed"
	echo "== build"
	mkdir -p "$root/build"
	(make_it) >"$root/build/demo.log" 2>&1 || {
		tail -n 30 "$root/build/demo.log" >&2
		give_up "the build failed"
	}
	SELVAGE=$root/build/selvage
}

bring_up() {
	lab_up
	lab_world world 198.51.100.10 2001:db8:51::10
	lab_world evil 198.51.100.66 2001:db8:51:bad::66
	{
		lab_pod n1 production/frontend-0 app=frontend port:http=8080
		lab_pod n1 production/backend-0 app=backend version=1 port:http=8080
		lab_pod n1 production/db-0 app=postgres role=database port:pg=5432
		lab_pod n2 production/backend-1 app=backend version=2 port:http=8081
		lab_pod n2 monitoring/prometheus-0 app=prometheus
		lab_pod n2 default/shell-0 run=shell
	} >/dev/null
}

show_people() {
	local name where
	for name in $PEOPLE; do
		where="outside"
		is_outside "$name" || where="node $(lab_pod_node "$(who "$name")")"
		printf '  %-6s %-25s %-8s  %-14s %s\n' "$name" "$(who "$name")" "$where" \
			"$(lab_ip4 "$(who "$name")")" "$(lab_ip6 "$(who "$name")")"
	done
}

# Every question is a line "ROW COLUMN LETTER FAMILY" in asked, one for probe and one for explain in the other files.
write_questions() {
	local from to letter rest
	for from in $PEOPLE; do
		for to in $PEOPLE; do
			is_outside "$from" && is_outside "$to" && continue
			for letter in $LETTERS; do
				rest=${letter#*:}
				printf '%s %s %s 4\n%s %s %s 6\n' "$from" "$to" "${letter%%:*}" "$from" "$to" "${letter%%:*}" >&3
				echo "$(who "$from") $(who "$to") ${rest%:*} ${rest#*:}"
			done
		done
	done 3>"$work/asked" | lab_questions >"$work/probe"
	awk '{
		printf "{\"from\":\"%s\",\"to\":\"%s\",\"proto\":\"%s\",\"port\":%d}\n", $2, $4, toupper($5), $6
	}' "$work/probe" >"$work/explain"
}

# Does the answer on each line of $1 belong to the question on the same line of explain?
check_order() {
	paste -d '\n' "$work/explain" "$1" | awk -F '"' '
		NR % 2 { from = $4; to = $8; next }
		!index($0, "\"" from "\"") || !index($0, "\"" to "\"") { exit 1 }
	'
}

predict() {
	local status=0
	"$SELVAGE" explain --from "$LAB_MANIFESTS" --batch "$work/explain" -o json >"$work/answers" || status=$?
	# 1 says that some are denied.
	[ "$status" -le 1 ] || give_up "selvage explain failed with status $status"
	sed -n 's/.*"verdict": *"\([a-z]*\)".*/\1/p' "$work/answers" >"$work/predicted"
	[ "$(wc -l <"$work/predicted")" = "$(wc -l <"$work/asked")" ] || give_up "selvage explain left questions unanswered"
	check_order "$work/answers" || give_up "selvage explain answered other questions than it was asked"
}

observe() {
	"$(lab_tool probe)" -c "$work/probe" >"$work/observed" || give_up "the probe failed"
}

# Prints the matrices of one step, and "STEP ASKED4 AGREE4 ASKED6 AGREE6" to the file results.
show() {
	paste -d ' ' "$work/asked" "$work/predicted" "$work/observed" |
		awk -v step="$1" -v people="$PEOPLE" -v letters="$LETTERS" -v results="$work/results" -v bad="$red" -v good="$plain" '
		function cell(what, from, to, family,    i, k, text) {
			for (i = 1; i <= n_letters; i++) {
				k = from " " to " " letter[i] " " family
				text = text (!((what, k) in said) ? " " : said[what, k] == "allowed" ? letter[i] : ".")
			}
			return text
		}
		function matrix(family,    i, j, left, right, p, o, head) {
			for (i = 1; i <= n; i++)
				head = head sprintf("%-6s", name[i])
			printf "  %-6s  %-50s  %s\n", "IPv" family, "predicted", "observed"
			printf "  %-6s  %-50s  %s\n", "", head, head
			for (i = 1; i <= n; i++) {
				left = right = ""
				for (j = 1; j <= n; j++) {
					p = cell("predicted", name[i], name[j], family)
					o = cell("observed", name[i], name[j], family)
					left = left p " "
					right = right (p == o ? o " " : bad o "!" good)
				}
				printf "  %-6s  %-50s  %s\n", name[i], left, right
			}
		}
		BEGIN {
			n = split(people, name, " ")
			n_letters = split(letters, letter, " ")
			for (i = 1; i <= n_letters; i++)
				letter[i] = substr(letter[i], 1, 1)
		}
		{
			said["predicted", $1 " " $2 " " $3 " " $4] = $5
			said["observed", $1 " " $2 " " $3 " " $4] = $6
			asked[$4]++
			agree[$4] += $5 == $6
			here = $1 " " $2 " " $3
			if ($4 == 4)
				v4[here] = $5 " " $6
			else if (v4[here] != $5 " " $6)
				families_differ = 1
		}
		END {
			matrix(4)
			if (families_differ)
				matrix(6)
			printf "  agree: %d of %d over IPv4, %d of %d over IPv6%s\n", agree[4], asked[4], agree[6], asked[6],
				families_differ ? "" : " (the same matrix)"
			print step, asked[4], agree[4], asked[6], agree[6] >>results
		}'
}

measure() {
	predict
	observe
	show "$1"
}

apply() {
	local mark
	mark=$(lab_agents_mark)
	lab_put "policy-$1.yaml" <"$root/policies/$1.yaml"
	lab_agents_settle "$mark" || give_up "policy $1 was not applied"
}

# The first line of a policy's comment says what it does.
first_line() {
	sed -n '1s/^# //p' "$root/policies/$1.yaml"
}

show_logs() {
	local log
	for log in "$LAB_DIR"/*.log; do
		[ -e "$log" ] || continue
		echo "-- $(basename "$log"), last lines"
		tail -n 15 "$log"
	done
}

# Succeeds if everything agreed.
summary() {
	awk '
		{
			asked = $2 + $4
			agree = $3 + $5
			printf "  %-22s %5d of %5d agree%s\n", $1, agree, asked, agree == asked ? "" : "  MISMATCH"
			all += asked
			good += agree
		}
		END {
			printf "  %-22s %5d of %5d agree\n", "all", good, all
			exit !(all > 0 && good == all)
		}' "$work/results"
}

clean_up() {
	local status=$?
	[ "$status" != 2 ] || show_logs >&2
	lab_down
	exit "$status"
}

main() {
	local step
	[ "$(id -u)" = 0 ] || give_up "must be root: it makes network namespaces"
	[ -n "${SELVAGE:-}" ] || build
	command -v "$SELVAGE" >/dev/null || give_up "no program $SELVAGE"
	# shellcheck source=t/netns/lab.sh
	. "$root/t/netns/lab.sh"
	step=$(lab_missing) || give_up "$step"
	red='' plain=''
	[ ! -t 1 ] || [ -n "${NO_COLOR:-}" ] || red=$'\e[31m' plain=$'\e[0m'
	trap clean_up EXIT
	trap 'exit 130' INT TERM
	echo "== cluster"
	bring_up
	work=$LAB_DIR/demo
	mkdir "$work"
	show_people
	for step in n1 n2; do
		lab_agent_start "$step" || give_up "no agent on $step"
	done
	write_questions
	echo "  rows connect to columns; a letter is a connection that opens: p tcp/5432, a tcp/8080, b tcp/8081, d udp/53, i ping"
	printf '\n== no policy\n   Everybody reaches everybody.\n'
	measure none
	for step in $STEPS; do
		printf '\n== and %s\n   %s\n' "$step" "$(first_line "$step")"
		apply "$step"
		measure "$step"
	done
	printf '\n== summary\n'
	summary || { show_logs && exit 1; }
}

main
