# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A control plane for the lab: etcd and an API server on a machine of their own, which both nodes reach over the underlay.
#
#	. t/e2e/cluster.sh
#	trap lab_down EXIT
#	cluster_up kube-apiserver        # or mini-apiserver
#	api_create /api/v1/namespaces <<<'{"metadata": {"name": "shop"}}'
#
# lab_down ends it all.  Files are in $LAB_DIR/control: ca.crt, tokens.csv, etcd.log, server.log, audit.log.

CLUSTER_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$CLUSTER_SOURCE/../netns/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$CLUSTER_SOURCE/../netns/lab.sh"
# shellcheck source=t/e2e/parts.sh
. "$CLUSTER_SOURCE/parts.sh"
# shellcheck source=t/e2e/api.sh
. "$CLUSTER_SOURCE/api.sh"

CONTROL=$LAB_DIR/control
CLUSTER_PORT=6443
CLUSTER_ADMIN=admin-token
CLUSTER_PROXY=proxy-token
CLUSTER_START_MS=60000
SERVICES=10.96.0.0/16,fd00:10:96::/112
AGENT_USER=system:serviceaccount:selvage:selvage

# What is missing to run a cluster with the programs NAME...?  Prints nothing and succeeds if nothing is.
cluster_missing() {
	local command
	lab_missing || return 1
	for command in curl openssl; do
		command -v "$command" >/dev/null || { echo "no $command command" && return 1; }
	done
	parts_missing etcd "$@"
}

# A certificate for the addresses of control, and the keys that sign service accounts' tokens.
cluster_keys() {
	(
		cd "$CONTROL"
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=selvage-test-ca -keyout ca.key -out ca.crt
		openssl req -newkey rsa:2048 -nodes -subj /CN=control -keyout server.key -out server.csr
		printf 'subjectAltName=IP:%s,IP:%s,IP:127.0.0.1,DNS:kubernetes.default.svc\n' \
			"$(lab_ip4 control)" "$(lab_ip6 control)" >server.ext
		openssl x509 -req -days 2 -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile server.ext \
			-out server.crt
		openssl genrsa -out sa.key 2048
	) >"$CONTROL/keys.log" 2>&1 || lab_fail "$(cat "$CONTROL/keys.log")"
}

# cluster_run NAME COMMAND...: in the background on control, with NAME.log; lab_agent_end NAME ends it.
cluster_run() {
	local name=$1
	shift
	ip netns exec "$(lab_ns control)" "$@" >>"$CONTROL/$name.log" 2>&1 </dev/null &
	echo $! >"$LAB_DIR/$name.pid"
	disown
}

# Does the program NAME run, and does COMMAND succeed?  For wait_for, which then goes on at once if it has died.
cluster_is_up() {
	"${@:2}" 2>/dev/null || ! lab_runs "$(cat "$LAB_DIR/$1.pid")"
}

cluster_wait() {
	wait_for "$CLUSTER_START_MS" cluster_is_up "$@" && "${@:2}" && return
	tail -n 20 "$CONTROL/$1.log" >&2
	lab_fail "$1 does not start"
}

etcd_start() {
	local url=http://127.0.0.1
	cluster_run etcd "$(part etcd)" --data-dir "$CONTROL/etcd" --log-level warn --unsafe-no-fsync \
		--heartbeat-interval 20 --election-timeout 200 \
		--listen-client-urls $url:2379 --advertise-client-urls $url:2379 --listen-peer-urls $url:2380 \
		--initial-advertise-peer-urls $url:2380 --initial-cluster default=$url:2380
	cluster_wait etcd etcd_answers
}

etcd_answers() {
	etcd_ask maintenance/status >/dev/null
}

# etcd_ask METHOD [JSON]: over etcd's JSON gateway.
etcd_ask() {
	local body=${2:-}
	lab_exec control curl -sSf --max-time 10 -d "${body:-{\}}" "http://127.0.0.1:2379/v3/$1"
}

# All history is forgotten.
etcd_compact() {
	local revision
	revision=$(etcd_ask kv/range '{"key": "AA=="}' | sed -n 's/.*"revision": *"\([0-9]*\)".*/\1/p')
	[ -n "$revision" ] && etcd_ask kv/compaction "{\"revision\": \"$revision\", \"physical\": true}" >/dev/null
}

# What the agents' account asks for, all of it.
cluster_audit_policy() {
	cat <<-END
		apiVersion: audit.k8s.io/v1
		kind: Policy
		rules:
		- level: Metadata
		  users: ["$AGENT_USER"]
		  omitStages: [RequestReceived]
		- level: None
	END
}

server_command() {
	local common=(--etcd-servers http://127.0.0.1:2379 --bind-address :: --secure-port "$CLUSTER_PORT"
		--cert-dir "$CONTROL/certs" --tls-cert-file "$CONTROL/server.crt" --tls-private-key-file "$CONTROL/server.key"
		--token-auth-file "$CONTROL/tokens.csv")
	if [ "$1" = mini-apiserver ]; then
		cluster_run server "$(part mini-apiserver)" "${common[@]}" --deny-all-but "$CONTROL/allowed"
		return
	fi
	cluster_run server "$(part kube-apiserver)" "${common[@]}" --advertise-address "$(lab_ip4 control)" \
		--service-cluster-ip-range "$SERVICES" --feature-gates IPv6DualStack=true \
		--service-account-key-file "$CONTROL/sa.key" --service-account-signing-key-file "$CONTROL/sa.key" \
		--service-account-issuer https://kubernetes --api-audiences https://kubernetes \
		--authorization-mode RBAC --disable-admission-plugins ServiceAccount --allow-privileged \
		--audit-policy-file "$CONTROL/audit.yaml" --audit-log-path "$CONTROL/audit.log"
}

server_start() {
	server_command "$(cat "$CONTROL/kind")"
	cluster_wait server api_ready
}

nobody_listens() {
	[ -z "$(lab_exec control ss -Htln "sport = :$CLUSTER_PORT")" ]
}

# The last of its threads ends after the first, and has the port till then.
server_kill() {
	lab_agent_end server KILL
	wait_for 10000 nobody_listens
}

# Every node's connection to the server ends, as when a proxy before it restarts.  Not all kernels can: then the server does.
server_sever() {
	[ -z "$(lab_exec control ss -HtnK "sport = :$CLUSTER_PORT" not dst 127.0.0.1)" ] || return 0
	server_kill
	server_start
}

# admin's kubeconfig, for whoever asks about the cluster.
cluster_kubeconfig() {
	cat <<-END
		apiVersion: v1
		kind: Config
		current-context: lab
		contexts: [{name: lab, context: {cluster: lab, user: it}}]
		clusters:
		- name: lab
		  cluster: {server: "https://$(lab_ip4 control):$CLUSTER_PORT", certificate-authority: $CONTROL/ca.crt}
		users: [{name: it, user: {$1}}]
	END
}

# cluster_up SERVER: the lab with two nodes, and the API server of that name.
cluster_up() {
	lab_up || return
	lab_control
	mkdir -p "$CONTROL"
	echo "$1" >"$CONTROL/kind"
	printf '%s,admin,1,"system:masters"\n%s,system:kube-proxy,2\n' "$CLUSTER_ADMIN" "$CLUSTER_PROXY" >"$CONTROL/tokens.csv"
	: >"$CONTROL/allowed"
	cluster_audit_policy >"$CONTROL/audit.yaml"
	cluster_kubeconfig "token: $CLUSTER_ADMIN" >"$CONTROL/admin.kubeconfig"
	cluster_keys && etcd_start && server_start
}
