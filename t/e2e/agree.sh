# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does every packet fare as `selvage explain` says, and do the nodes hold what `selvage render` says?
#
# The options name the cluster that is asked about; without any it is the live one.

SETTLE_MS=${SETTLE_MS:-10000}
AGREE_ASKS="tcp 5432,tcp 8080,udp 53,icmp 0"

# agree_selvage COMMAND ARGUMENT... [-- OPTION...]: on control, as admin unless options say something else.
agree_selvage() {
	local arguments=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		arguments+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	[ $# -gt 0 ] || set -- --kubeconfig "$CONTROL/admin.kubeconfig"
	lab_exec control "$SELVAGE" "${arguments[@]}" "$@"
}

# What the kernel of NODE holds, as facts.
agree_facts() {
	lab_exec "$1" "$(tool facts)"
}

agree_holds() {
	agree_facts "$1" >"$LAB_DIR/have.$1" 2>/dev/null && cmp -s "$LAB_DIR/want.$1" "$LAB_DIR/have.$1"
}

# settled [OPTION...]: both nodes come to hold what is wanted, in time.
settled() {
	local node
	for node in n1 n2; do
		agree_selvage render --node "$node" -o facts --log-group 37 -- "$@" >"$LAB_DIR/want.$node"
	done
	for node in n1 n2; do
		wait_for "$SETTLE_MS" agree_holds "$node" && continue
		diff "$LAB_DIR/want.$node" "$LAB_DIR/have.$node" | head -n 20
		tail -n 5 "$LAB_DIR/$node.log"
		return 1
	done
}

# Everybody is asked about everybody, unless neither is a pod: $LAB_DIR/ask.probe, ask.json and ask.names.
agree_questions() {
	lab_people >"$LAB_DIR/people"
	awk -v asks="$AGREE_ASKS" -v out="$LAB_DIR/ask" '
		function ask(i, j, family, proto, port) {
			from = node[i] == node[j] ? ip[family, i] : seen[family, i]
			print ns[i], ip[family, i], ns[j], ip[family, j], proto, port >(out ".probe")
			printf "{\"from\":\"%s\",\"to\":\"%s\",\"proto\":\"%s\",\"port\":%d}\n",
				from, ip[family, j], proto, port >(out ".json")
			print who[i], who[j], family, proto, port >(out ".names")
		}
		{ who[NR] = $1; ns[NR] = $2; ip["v4", NR] = $3; ip["v6", NR] = $4; node[NR] = $5 }
		{ seen["v4", NR] = $6; seen["v6", NR] = $7 }
		END {
			n = split(asks, ask_of, ",")
			for (i = 1; i <= NR; i++)
				for (j = 1; j <= NR; j++)
					for (k = 1; k <= n && (who[i] ~ "/" || who[j] ~ "/"); k++) {
						split(ask_of[k], words, " ")
						ask(i, j, "v4", words[1], words[2])
						ask(i, j, "v6", words[1], words[2])
					}
		}' "$LAB_DIR/people"
}

# Prints "PREDICTED OBSERVED FROM TO FAMILY PROTO PORT" for every question.
agree_ask() {
	agree_selvage explain --batch "$LAB_DIR/ask.json" -o json -- "$@" >"$LAB_DIR/explained" || [ $? = 1 ]
	sed -n 's/.*"verdict":"\([a-z]*\)".*/\1/p' "$LAB_DIR/explained" >"$LAB_DIR/predicted"
	"$(tool probe)" -q 100 "$LAB_DIR/ask.probe" >"$LAB_DIR/observed"
	[ "$(wc -l <"$LAB_DIR/predicted")" = "$(wc -l <"$LAB_DIR/ask.probe")" ]
	paste -d ' ' "$LAB_DIR/predicted" "$LAB_DIR/observed" "$LAB_DIR/ask.names"
}

# agrees [OPTION...]: the answers stay in $LAB_DIR/answers, and those that disagree are printed.
agrees() {
	agree_questions
	agree_ask "$@" >"$LAB_DIR/answers"
	cat "$LAB_DIR/answers" >>"$LAB_DIR/all"
	awk '$1 != $2' "$LAB_DIR/answers" >"$LAB_DIR/wrong"
	head -n 20 "$LAB_DIR/wrong"
	[ ! -s "$LAB_DIR/wrong" ]
}

# was VERDICT FROM TO PROTO PORT: did the packets of the last question fare so, in both families?
was() {
	[ "$(grep -c "^$1 $1 $2 $3 v[46] $4 $5\$" "$LAB_DIR/answers")" = 2 ] && return
	grep "^[a-z]* [a-z]* $2 $3 v[46] $4 $5\$" "$LAB_DIR/answers"
	return 1
}

# Of all questions so far.
agree_figures() {
	awk '{ n[$2]++ } END { printf "# %d answers: %d allowed, %d denied\n", NR, n["allowed"], n["denied"] }' "$LAB_DIR/all"
}
