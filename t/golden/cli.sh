#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the command line keep its word: exit status, what goes to which output, and nothing raw to a terminal?
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=${SELVAGE:?the program to test}
cluster=$(readlink -f "$here/../../examples/cluster")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 2
unset KUBECONFIG KUBERNETES_SERVICE_HOST
HOME=$scratch
export HOME
in=/dev/null

# has FILE WORDS: the words stand in it; no words: it is empty.
has() {
	if [ -z "$2" ]; then
		[ ! -s "$1" ]
	else
		grep -qF -- "$2" "$1"
	fi || { echo "not what $1 should hold: ${2:-nothing}" && cat "$1" && false; }
}

# says STATUS OUT ERR ARGUMENT...: selvage exits with STATUS and prints OUT on standard output and ERR on standard error.
says() {
	wanted=$1 out=$2 err=$3
	shift 3
	status=0
	"$selvage" "$@" >out 2>err <"$in" || status=$?
	has out "$out" && has err "$err" && [ $status = "$wanted" ] || { echo "exit status $status" && false; }
}

# The same with standard input from FILE.
says_from() {
	in=$1
	shift
	says "$@"
}

explains() {
	status=$1 out=$2 err=$3
	shift 3
	says "$status" "$out" "$err" explain --from "$cluster" "$@"
}

# No byte of either output is a control character of ASCII but newline and tab, or one of C1.
clean() {
	says "$@" || return 1
	not env LC_ALL=C grep -naP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' out err
}

# valid_json LINES: standard output of the last run is so many objects, one per line.
valid_json() {
	[ "$(wc -l <out)" = "$1" ] || { echo "not $1 lines:" && cat out && return 1; }
	while IFS= read -r line; do
		printf '%s' "$line" | jq -e 'type == "object"' >/dev/null || return 1
	done <out
}

db='10.244.1.3'
no_args='FROM and TO'

tap_ok "no command: usage on standard error, 2" says 2 "" "usage: selvage COMMAND"
tap_ok "help: usage on standard output, 0" says 0 "usage: selvage COMMAND" "" help
tap_ok "--version is version" says 0 "selvage 0." "" --version
tap_ok "an unknown command is 2 and suggests the nearest" says 2 "" 'did you mean "explain"?' explian a b
tap_ok "an unknown command that resembles none names help" says 2 "" 'selvage help' frobnicate
tap_ok "an unknown option is 2 and suggests the nearest" says 2 "" 'did you mean --from?' explain --form x a b
tap_ok "an unknown letter is 2" says 2 "" 'unknown option -z' explain -z
tap_ok "an option without its argument is 2" says 2 "" '--from needs an argument' explain --from
tap_ok "an option that is given twice is 2" says 2 "" '--node was given twice' render --from "$cluster" --node a --node b
tap_ok "--help among the options prints the help of the command" says 0 "--batch FILE" "" explain --from x --help
tap_ok "--help after -- is an operand" says 2 "" "$no_args" explain --from "$cluster" -- --help

tap_ok "explain without a cluster is 2" says 2 "" "no API server is known" explain a b
tap_ok "render without a cluster is 2" says 2 "" "no API server is known" render --node n
tap_ok "a kubeconfig that is not there is 2" says 2 "" "./nowhere" explain --kubeconfig ./nowhere a b
tap_ok "run takes no operand" says 2 "" "takes no operand" run --from "$cluster" --node node-1 node-2
tap_ok "render without --node is 2" says 2 "" "needs --node NAME" render --from "$cluster"
tap_ok "render takes no operand" says 2 "" "takes no operand" render --from "$cluster" --node node-1 node-2
tap_ok "an unknown format is 2" says 2 "" 'there are nft and facts' render --from "$cluster" --node node-1 -o yaml
tap_ok "an unknown format of answers is 2" says 2 "" 'there are table, wide, json, yaml' explain --from "$cluster" -o sarif a b
tap_ok "a path that is not there is 2" says 2 "" "No such file or directory" explain --from ./nowhere a b

renders() {
	status=$1 out=$2 err=$3
	shift 3
	says "$status" "$out" "$err" render --from "$cluster" --node node-1 "$@"
}
tap_ok "--deny takes drop" renders 0 "chain ingress" "" --deny drop
tap_ok "--deny takes nothing else but reject" renders 2 "" "there are drop and reject" --deny refuse
tap_ok "--unknown-pods takes allow" renders 0 "chain ingress" "" --unknown-pods allow
tap_ok "--unknown-pods takes nothing else but deny" renders 2 "" "there are allow and deny" --unknown-pods drop
for group in 0 65536 x '' 7x -1; do
	tap_ok "--log-group \"$group\" is 2" renders 2 "" "not a number from 1 to 65535" --log-group "$group"
done
for ports in '' 0 65536 '8472,' 8472:4789; do
	tap_ok "--overlay-port \"$ports\" is 2" renders 2 "" "--overlay-port:" --overlay-port "$ports"
	tap_ok "so it is of explain" explains 2 "" "--overlay-port:" --overlay-port "$ports" a b
done
for cidr in '' 10.0.0.1 10.0.0.0/33 '10.0.0.0/8,'; do
	tap_ok "--pod-cidr \"$cidr\" is 2" renders 2 "" "--pod-cidr:" --pod-cidr "$cidr"
done
tap_ok "run refuses what render refuses" says 2 "" "there are drop and reject" run --from "$cluster" --node n --deny x

mkdir empty hidden
printf 'apiVersion: v1\nkind: [\n' >hidden/.hidden.yaml
printf 'no manifest\n' >hidden/notes.txt
tap_ok "an empty directory renders to base chains, with a warning" \
	says 0 "chain ingress" "no live pod is on node n1" render --from empty --node n1
tap_ok "hidden files and other names are no manifests" says 0 "ALLOWED" "" explain --from hidden 192.0.2.1 192.0.2.2
tap_ok "a file of another name is read if it is named" says 3 "chain ingress" "must be an object" render --from hidden/notes.txt --node n1

unreadable() {
	printf 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n' >"$1/locked.yaml"
	chmod 0 "$1/locked.yaml" "$2"
	[ ! -r "$1/locked.yaml" ] || { echo "root may read everything" && exit 77; }
	says "$3" "$4" "$5" explain --from "$1" 192.0.2.1 192.0.2.2
}
mkdir locked
tap_ok "an unreadable file in a directory is an error in an answer" \
	unreadable locked locked/locked.yaml 3 "ALLOWED" "locked.yaml: error: cannot be read: Permission denied"

sed '/^---/d; s/^apiVersion/---\n&/' "$cluster"/*.yaml >all.yaml
tap_ok "standard input is a cluster" says_from all.yaml 1 "DENIED" "" explain --from - production/frontend-0 production/db-0:5432
tap_ok "render takes standard input" says_from all.yaml 0 "production/db-0" "" render --from - --node node-1
tap_ok "cluster and questions cannot both be standard input" \
	says_from all.yaml 2 "" "cannot both be" explain --from - --batch -

tap_ok "allowed is 0" explains 0 "ALLOWED" "" production/backend-0 production/db-0:5432
tap_ok "denied is 1" explains 1 "DENIED" "" production/frontend-0 production/db-0:5432
tap_ok "-n names the namespace of a bare name" explains 0 "ALLOWED" "" -n production backend-0 db-0:5432
tap_ok "-n names the namespace of pod/NAME" explains 0 "ALLOWED" "" -n production pod/backend-0 pod/db-0:5432/TCP
tap_ok "without -n it is default" explains 2 "" "there is no pod default/backend-0" backend-0 production/db-0:5432
tap_ok "an address stands for its pod" explains 0 "production/backend-0 (10.244.1.2)" "" 10.244.1.2 "$db:5432"
tap_ok "an IPv6 address with a port stands in brackets" explains 0 "production/db-0 (fd00:10:244:1::3)" "" \
	fd00:10:244:1::2 "[fd00:10:244:1::3]:5432"
tap_ok "an IPv6 address without a port needs none" explains 1 "ICMP" "" fd00:10:244:1::2 fd00:10:244:1::3
tap_ok "brackets without a port are fine" explains 1 "ICMP" "" fd00:10:244:1::2 "[fd00:10:244:1::3]"
tap_ok "protocols are taken in small letters" explains 1 "UDP 53" "" production/db-0 198.51.100.1:53/udp
for port in 0 65536 -1 99999999999999999999 5432x 0x10 '' 5432/ 5432/GRE 1/ICMP; do
	tap_ok "port \"$port\" is 2" explains 2 "" "selvage explain:" production/backend-0 "production/db-0:$port"
done
tap_ok "one operand is 2" explains 2 "" "$no_args" production/backend-0
tap_ok "three operands are 2" explains 2 "" "$no_args" a b c
tap_ok "operands beside --batch are 2" explains 2 "" "no operands" --batch x a b
tap_ok "a pod that is not there is 2 and suggests the nearest" \
	explains 2 "" "there is no pod production/bakend-0; did you mean production/backend-0?" production/bakend-0 production/db-0:5432
tap_ok "a pod that is not there is 2 in JSON too" explains 2 '"verdict": "unknown"' "" -o json production/x production/db-0:5432
tap_ok "an empty endpoint is 2" explains 2 "" "is empty" production/backend-0 ""
tap_ok "an empty FROM is 2" explains 2 "" "is empty" "" production/db-0:1
tap_ok "a name of 5,000 bytes is 2" explains 2 "" "too long" "$(printf %5000s a)" production/db-0:1

cat >waiting.yaml <<'END'
apiVersion: v1
kind: Pod
metadata: {name: waiting, namespace: production}
spec: {nodeName: node-1}
status: {phase: Pending}
END
tap_ok "a pod without an address is unknown, 3" \
	says 3 "UNKNOWN  production/waiting -> 192.0.2.1" "" explain --from waiting.yaml production/waiting 192.0.2.1:80
tap_ok "so it is in JSON" \
	says 3 '"error": "it has no address yet"' "" \
	explain --from waiting.yaml -o json production/waiting 192.0.2.1:80
printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: [a]}\n' >broken.yaml
tap_ok "what could not be read makes an allowed 3" says 3 "ALLOWED" "error:" explain --from broken.yaml 192.0.2.1 192.0.2.2

cat >questions <<'END'
{"from":"production/backend-0","to":"production/db-0","proto":"TCP","port":5432}

{"from":"production/backend-0","to":
["production/backend-0","production/db-0"]
{"from":"production/nobody","to":"production/db-0","proto":"TCP","port":5432}
{"from":"production/frontend-0","to":"production/db-0","proto":"TCP","port":5432,"id":7}
END
batch() {
	explains 3 '"line":3,"verdict":"unknown"' "line 3:" --batch questions -o json || return 1
	valid_json 5
	[ "$(jq -r .verdict out | tr '\n' ' ')" = "allowed unknown unknown unknown denied " ]
}
tap_ok "a broken line of a batch is unknown, the others are answered in order, 3" batch
tap_ok "a batch may come from standard input" says_from questions 3 '"verdict":"denied"' "line 3:" \
	explain --from "$cluster" --batch - -o json
tap_ok "a batch in words marks what is unknown" explains 3 "UNKNOWN  line 3" "line 3:" --batch questions
tap_ok "a batch that is not there is 2" explains 2 "" "No such file" --batch ./nowhere -o json
: >nothing
tap_ok "an empty batch is 0 and says nothing" explains 0 "" "" --batch nothing -o json
printf '{"from":"production/backend-0","to":"production/db-0","port":5432}' >unended
tap_ok "the last line of a batch needs no newline" explains 0 '"verdict":"allowed"' "" --batch unended -o json
printf '{"from":"production/backend-0","to":"production/db-0","port":5432}\0{"x":1}\n' >nul
tap_ok "a NUL byte breaks its line only" explains 3 '"line":1,"verdict":"unknown"' "line 1:" --batch nul -o json

hostile=$here/hostile-names
for form in text json; do
	tap_ok "no byte of a hostile name reaches a terminal raw from explain -o $form" \
		clean 3 "flush ruleset" "error:" explain --from "$hostile/refused.yaml" --batch "$hostile/refused.jsonl" -o $form
done
hostile_json() {
	says 3 "flush ruleset" "error:" explain --from "$hostile/refused.yaml" --batch "$hostile/refused.jsonl" -o json
	valid_json "$(wc -l <"$hostile/refused.jsonl")"
}
tap_ok "JSON is valid for hostile names" hostile_json
esc=$(printf 'a\033[31m\177\302\233')
bytes=$(printf 'a\377\376')
tap_ok "operands come out safe" clean 2 "" "a\\x1b[31m\\x7f\\xc2\\x9b" explain --from "$cluster" "$esc" b
tap_ok "operands come out safe in JSON" clean 2 'u009B' "" explain --from "$cluster" -o json "$esc" b
tap_ok "operands that are not UTF-8 stay a JSON string" clean 2 '"from": "a\\xff\\xfe"' "" explain --from "$cluster" -o json "$bytes" b
tap_ok "paths come out safe" clean 2 "" "a\\x1b[31m" explain --from "$esc" a b
tap_ok "commands come out safe" clean 2 "" "a\\x1b[31m" "$esc"
tap_ok "options come out safe" clean 2 "" "a\\x1b[31m" explain "--$esc"
tap_ok "node names come out safe" clean 0 "chain" "a\\x1b[31m" render --from "$cluster" --node "$esc"

tap_ok "a node without pods is warned about, with those that have some" \
	says 0 "chain ingress" "no live pod is on node node-3; nodes with pods: node-1, node-2" render --from "$cluster" --node node-3
tap_ok "a node with pods is not" says 0 "chain ingress" "" render --from "$cluster" --node node-2

without_complaint() {
	says 0 "chain ingress" "no live pod" render --from "$1" --node n1 && ! grep error: err
}
tap_ok "the ready policies can be read" without_complaint "$here/../../policies"
tap_ok "the Kubernetes example can be read" without_complaint "$here/../../examples/kubernetes"
tap_ok "the example cluster has the ready db-isolation" cmp "$here/../../policies/db-isolation.yaml" "$cluster/db-isolation.yaml"

full_disk() {
	[ -w /dev/full ] || { echo "no /dev/full" && exit 77; }
	status=0
	"$selvage" render --from "$cluster" --node node-1 >/dev/full 2>err || status=$?
	has err "standard output: No space left on device" && [ $status = 2 ]
}
tap_ok "a full disk is 2" full_disk

# What a snapshot of a cluster says of it is what its files say.
same_facts() {
	"$selvage" snapshot --from "$1" >snapshot.yaml || return 1
	"$selvage" render --from "$1" --node "$2" -o facts >want
	"$selvage" render --from snapshot.yaml --node "$2" -o facts | diff -u want -
}
tap_ok "a snapshot of a cluster gives the same facts" same_facts "$cluster" node-1
for golden in "$here"/*/in.yaml; do
	tap_ok "a snapshot of $(basename "$(dirname "$golden")") gives the same facts" same_facts "$golden" n1
done

# 1,000 pods on 10 nodes, 200 policies in 20 namespaces.
many() {
	awk 'BEGIN {
		for (i = 0; i < 1000; i++)
			printf "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%d, namespace: ns%d, labels: {app: a%d}}\n" \
				"spec: {nodeName: n%d}\nstatus: {phase: Running, podIP: 10.244.%d.%d}\n",
				i, i % 20, i % 50, i % 10, i / 200, i % 200 + 2
		for (i = 0; i < 200; i++)
			printf "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: np%d, namespace: ns%d}\n" \
				"spec:\n  podSelector: {matchLabels: {app: a%d}}\n  policyTypes: [Ingress, Egress]\n  ingress:\n" \
				"  - from: [{podSelector: {matchLabels: {app: a%d}}}, {ipBlock: {cidr: 10.244.%d.0/23}}]\n" \
				"    ports: [{port: %d, endPort: 8009}]\n  egress: [{to: [{namespaceSelector: {}}]}]\n",
				i, i % 20, i % 50, (i + 10) % 50, i % 5, 8000 + i % 10
	}' >many.yaml
	awk 'BEGIN {
		srand(1)
		for (i = 0; i < 100000; i++) {
			a = int(rand() * 1000); b = int(rand() * 1000)
			printf "{\"from\":\"ns%d/p%d\",\"to\":\"ns%d/p%d\",\"proto\":\"TCP\",\"port\":%d}\n",
				a % 20, a, b % 20, b, 8000 + i % 12
		}
	}' >many.jsonl
	status=0
	began=$(date +%s%N)
	"$selvage" explain --from many.yaml --batch many.jsonl -o json >out 2>err || status=$?
	echo "# 100000 questions on 1000 pods and 200 policies: $((($(date +%s%N) - began) / 1000000)) ms" >&3
	[ $status = 1 ] && has err "" && [ "$(grep -c '"verdict":"denied"' out)" -gt 10000 ] &&
		[ "$(grep -c '"verdict":"allowed"' out)" -gt 10000 ] && [ "$(wc -l <out)" = 100000 ]
}
exec 3>&1
tap_ok "100,000 questions in a batch are all answered" many

tap_done
