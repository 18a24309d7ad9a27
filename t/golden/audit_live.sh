#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does `selvage audit --socket` find what a node's agent says, and nothing where all is well?  The agent is a server that
# says what agents said.
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=$(readlink -f "${SELVAGE:?the program to test}")
command -v python3 >/dev/null || tap_skip_all "there is no python3"
command -v jq >/dev/null || tap_skip_all "there is no jq"
scratch=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$scratch"' EXIT
cd "$here/audit" || exit 2
unset KUBECONFIG KUBERNETES_SERVICE_HOST

# Serves $scratch/status, until the test ends.
serve() {
	python3 - "$scratch" <<-'END' &
		import http.server, os, socketserver, sys
		class Agent(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        with open(sys.argv[1] + "/status", "rb") as file:
		            body = file.read()
		        self.send_response(200 if self.path == "/status" else 404)
		        self.send_header("Content-Length", str(len(body)))
		        self.end_headers()
		        self.wfile.write(body)
		    def address_string(self):
		        return "local"
		    def log_message(self, *_):
		        pass
		server = socketserver.UnixStreamServer(sys.argv[1] + "/new", Agent)
		os.rename(sys.argv[1] + "/new", sys.argv[1] + "/socket")
		server.serve_forever()
	END
	server=$!
	for _ in $(seq 100); do
		[ ! -S "$scratch/socket" ] || return 0
		sleep 0.1
	done
	return 1
}

# As one who may not read what the kernel tracks.
unprivileged() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --bounding-set=-net_admin "$@"
	else
		"$@"
	fi
}

# said FILTER: the agent says what the recorded status becomes by it.
said() {
	jq "$1" live/status.json >"$scratch/status"
}

# says STATUS ARGUMENT...: `selvage audit` exits with STATUS; its outputs are $scratch/out and $scratch/err.
says() {
	wanted=$1
	shift
	status=0
	unprivileged "$selvage" audit --from live/cluster.yaml "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
	[ "$status" = "$wanted" ] || { echo "exit status $status" && cat "$scratch/out" "$scratch/err" && return 1; }
}

# finds STATUS CHECK WANTED: with these findings, "WHERE: MESSAGE" a line each.
finds() {
	says "$1" --socket "$scratch/socket" --only "$2" -o json
	printf '%s' "$3" >"$scratch/want"
	jq -r '.findings[] | .where + ": " + .message' "$scratch/out" | diff -u "$scratch/want" -
}

# What is recorded is what agents say.
recording_is_a_status() {
	python3 -c 'import jsonschema' 2>/dev/null || { echo "there is no python3-jsonschema" && exit 77; }
	python3 "$here/schema.py" "$here/../../examples/schema/status.json" <live/status.json
}

healthy_is_well() {
	said .
	finds 0 NP202,NP205 ''
}

drops_are_found() {
	said '.recentDrops = [
		{time: "2026-11-26T20:57:38Z", reason: "ingress", count: 12, proto: "TCP", from: {ip: "10.244.1.2", name: "shop/web-a"},
		 to: {ip: "10.244.1.4", name: "shop/db", port: 5432}, policies: ["shop/db"],
		 nearestMiss: {policy: "shop/db", rule: "ingress[0]", text: "peer does not match"}},
		{time: "2026-11-26T20:50:00Z", reason: "ingress", count: 3, proto: "TCP", from: {ip: "10.244.1.3", name: "shop/web-b"},
		 to: {ip: "10.244.1.4", name: "shop/db", port: 5432}, policies: ["shop/old"]},
		{time: "2026-11-26T20:40:00Z", reason: "egress", count: 1, proto: "ICMP", icmp: {type: 8, code: 0},
		 from: {ip: "10.244.1.4", name: "shop/db"}, to: {ip: "192.0.2.1"}, policies: ["shop/db"]}]'
	finds 1 NP202 'shop/db: 1 packet to 192.0.2.1 ICMP type 8 code 0 dropped, the last 2026-11-26T20:40:00Z; isolated by shop/db
shop/db: 15 packets from shop/web to TCP 5432 dropped, the last 2026-11-26T20:57:38Z; isolated by shop/db; nearest miss: shop/db ingress[0]: peer does not match
'
	jq -e '.namespaces[0].findings.high == 2' "$scratch/out"
}

# What no policy dropped is not a policy's.
others_are_not() {
	said '.recentDrops = [{time: "2026-11-26T20:57:38Z", reason: "overlay", count: 2, proto: "UDP", from: {ip: "192.0.2.1"},
		to: {ip: "192.0.2.2", port: 8472}, policies: []}] | .recentShadow = [{time: "2026-11-26T20:57:38Z", count: 2,
		reason: "shadow-ingress", proto: "TCP", from: {ip: "10.244.1.2"}, to: {ip: "10.244.1.4", port: 80}, policies: []}]'
	finds 0 NP202 ''
}

# The same drop counts more the next time.
baseline_holds() {
	drop='.recentDrops = [{time: "2026-11-26T20:57:38Z", reason: "ingress", count: 1, proto: "TCP", policies: [],
		from: {ip: "10.244.1.2", name: "shop/web-a"}, to: {ip: "10.244.1.4", name: "shop/db", port: 80}}]'
	said "$drop"
	says 0 --socket "$scratch/socket" --only NP202 --write-baseline "$scratch/baseline"
	said "$drop | .recentDrops[0].count = 9"
	says 0 --socket "$scratch/socket" --only NP202 --baseline "$scratch/baseline"
	said "$drop | .recentDrops[0].to.port = 81"
	says 1 --socket "$scratch/socket" --only NP202 --baseline "$scratch/baseline"
}

degraded_is_found() {
	said '.degraded = ["the API server has not been heard of"]'
	finds 1 NP205 'node n1: the API server has not been heard of
'
	jq -e '.findings[0].severity == "critical"' "$scratch/out"
}

bad_guards_are_found() {
	said '(.guards[] | select(.guard == "table")) |= {guard: "table", state: "bad", detail: "it is not there"}'
	finds 1 NP205 'node n1: table: it is not there
'
	said '.degraded = ["bridges are open"] | .guards[1] = {guard: "bridges", state: "bad", detail: "bridges are open"}'
	finds 1 NP205 'node n1: bridges are open
'
}

# Those of other nodes, on the host network and finished are none of its.
missing_pods_are_found() {
	said 'del(.pods[] | select(.pod == "shop/db"))'
	finds 1 NP205 'shop/db: the agent of node n1 does not know it
'
	said '.pods = []'
	says 1 --socket "$scratch/socket" --only NP205 -o json
	[ "$(jq -c '[.findings[].where]' "$scratch/out")" = '["shop/db","shop/web-a","shop/web-b"]' ]
}

nobody_answers() {
	says 1 --socket "$scratch/nothing" --only NP205
	grep -q 'NP205.*no agent answers: ' "$scratch/out"
	says 3 --socket "$scratch/nothing" --only NP202,NP205 -o json
	jq -e '.unknown == ["NP202"] and [.findings[].id] == ["NP205"]' "$scratch/out"
}

nonsense_is_unknown() {
	for status in '{}' '[]' '{"schemaVersion": 2}' 'no'; do
		echo "$status" >"$scratch/status"
		says 3 --socket "$scratch/socket" --only NP202,NP205 -o json
		jq -e '.unknown == ["NP202", "NP205"] and .findings == []' "$scratch/out"
		grep -q 'NP205 is unknown: ' "$scratch/err"
	done
	for filter in '.recentDrops = [1, {}, {reason: "ingress"}]' '.pods = {}' '.guards = [null]' '.degraded = [{}]' '.node = 1'; do
		said "$filter"
		says 1 --socket "$scratch/socket" --only NP202,NP205 || says 0 --socket "$scratch/socket" --only NP202,NP205
	done
}

kernel_is_unknown() {
	said .
	says 3 --socket "$scratch/socket" --only NP201,NP202 -o json
	jq -e '.unknown == ["NP201"] and .findings == []' "$scratch/out"
	grep -q 'NP201 is unknown: .' "$scratch/err"
	says 3 --socket "$scratch/socket" --fail-on none
	grep -qx 'unknown, for want of what they hang on: NP201' "$scratch/out"
}

# With files alone, no socket is asked, nor for who-reaches-whom.
files_alone() {
	said '.degraded = ["it is on fire"]'
	says 0 --only NP202,NP205,NP201
	says 0 --socket "$scratch/socket" --matrix
	says 1 --socket "$scratch/socket" --only NP205
}

hostile_names() {
	said '.degraded = ["\u001b[2Jgone"]'
	says 1 --socket "$scratch/socket" --only NP205
	not grep -q "$(printf '\033')\[2J" "$scratch/out"
}

serve || { echo "Bail out! no server" && exit 1; }
tap_ok "the recorded status is what the schema says" recording_is_a_status
tap_ok "a healthy node gives no finding" healthy_is_well
tap_ok "NP202: drops are found by workload and port, the last says why" drops_are_found
tap_ok "NP202: what no policy drops is not found" others_are_not
tap_ok "NP202: a baseline knows a drop by who, whom and port" baseline_holds
tap_ok "NP205: a degraded node is found" degraded_is_found
tap_ok "NP205: a bad guard is found, once" bad_guards_are_found
tap_ok "NP205: a pod of the node that the agent does not know is found, and no other" missing_pods_are_found
tap_ok "NP205: that nobody answers is found, and drops are unknown" nobody_answers
tap_ok "what makes no sense makes the checks unknown" nonsense_is_unknown
tap_ok "NP201: without the right to ask the kernel it is unknown" kernel_is_unknown
tap_ok "with --from alone and with --matrix no agent is asked" files_alone
tap_ok "names do not reach the terminal raw" hostile_names
tap_done
