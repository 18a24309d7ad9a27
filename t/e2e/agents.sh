# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Agents that watch the cluster of cluster.sh as the service account that examples/kubernetes/selvage.yaml gives them.
#
# The agent of n1 has a kubeconfig with a token file and the server's IPv4 address; that of n2 is told of the server as a
# pod is, by its environment and the folder of its service account, with the IPv6 address.

SHIPPED=$TREE/examples/kubernetes/selvage.yaml
AGENT_METRICS=127.0.0.1:9469

# shipped KIND: the document of that kind.
shipped() {
	awk -v kind="$1" '
		function flush() { if (found) printf "%s", text; text = ""; found = 0 }
		/^---/ { flush(); next }
		{ text = text $0 "\n" }
		$0 == "kind: " kind { found = 1 }
		END { flush() }' "$SHIPPED"
}

# "VERB RESOURCE" for all that the shipped role allows.
shipped_rules() {
	shipped ClusterRole | awk -F '[][]' '
		/resources:/ { n = split($2, resources, ", *") }
		/verbs:/ { m = split($2, verbs, ", *"); for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) print verbs[j], resources[i] }'
}

# Gives the agents' account what the shipped file gives it.  allow_all_but WORD leaves out what names the resource.
allow_all_but() {
	shipped_rules | grep -v " $1\$" | sed "s/^/$AGENT_USER /" >"$CONTROL/allowed.new"
	if [ "$(cat "$CONTROL/kind")" = mini-apiserver ]; then
		mv "$CONTROL/allowed.new" "$CONTROL/allowed"
	else
		shipped ClusterRole | sed "s/^\\(.*resources: .*\\)\\b$1\\b/\\1nothing/" |
			api_replace /apis/rbac.authorization.k8s.io/v1/clusterroles/selvage
	fi
}

allow_all() {
	allow_all_but nothing-at-all
}

# The account of the shipped file, everything else in it too.
account_up() {
	shipped Namespace | api_create /api/v1/namespaces
	shipped ServiceAccount | api_create /api/v1/namespaces/selvage/serviceaccounts
	if [ "$(cat "$CONTROL/kind")" != mini-apiserver ]; then
		shipped ClusterRole | api_create /apis/rbac.authorization.k8s.io/v1/clusterroles
		shipped ClusterRoleBinding | api_create /apis/rbac.authorization.k8s.io/v1/clusterrolebindings
		shipped DaemonSet | api_create /apis/apps/v1/namespaces/selvage/daemonsets
	fi
	allow_all
}

# The pod on NODE that the shipped DaemonSet would run: on the host network, so that its addresses are the node's.
agent_pod() {
	api_create /api/v1/namespaces/selvage/pods <<<"{metadata: {name: selvage-$1}, spec: {nodeName: $1, hostNetwork: true,
		containers: [{name: selvage, image: none.invalid/none}]}}"
	api_pod_status "selvage/selvage-$1" "$1" "$(lab_ip4 "$1")" "$(lab_ip6 "$1")" Running
}

# token_new NAME: prints a token of the agents' account; token_revoke NAME makes it worthless.
token_new() {
	if [ "$(cat "$CONTROL/kind")" = mini-apiserver ]; then
		echo "$1,$AGENT_USER,$AGENT_USER" >>"$CONTROL/tokens.csv"
		echo "$1"
		return
	fi
	api_create /api/v1/namespaces/selvage/secrets <<<"{metadata: {name: $1}}"
	api POST /api/v1/namespaces/selvage/serviceaccounts/selvage/token -H 'Content-Type: application/json' --data-binary '{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600,
		"audiences": ["https://kubernetes"], "boundObjectRef": {"apiVersion": "v1", "kind": "Secret", "name": "'"$1"'"}}}' |
		sed -n 's/.*"token": *"\([^"]*\)".*/\1/p'
}

token_revoke() {
	if [ "$(cat "$CONTROL/kind")" = mini-apiserver ]; then
		grep -v "^$1," "$CONTROL/tokens.csv" >"$CONTROL/tokens.new"
		mv "$CONTROL/tokens.new" "$CONTROL/tokens.csv"
	else
		api_delete "/api/v1/namespaces/selvage/secrets/$1"
	fi
}

# token_give NODE NAME: a new token takes the place of the old, as the kubelet does it.
token_give() {
	mkdir -p "$CONTROL/$1"
	token_new "$2" >"$CONTROL/$1/token.new"
	[ -s "$CONTROL/$1/token.new" ]
	mv "$CONTROL/$1/token.new" "$CONTROL/$1/token"
}

# What the agents need to find the server.
agents_prepare() {
	local node
	for node in n1 n2; do
		token_give "$node" "token-$node"
		cp "$CONTROL/ca.crt" "$CONTROL/$node/ca.crt"
		echo selvage >"$CONTROL/$node/namespace"
	done
	cluster_kubeconfig "tokenFile: n1/token" >"$CONTROL/n1.kubeconfig"
}

# agent_launch NODE [ARGUMENT...]: does not wait.
agent_launch() {
	local node=$1
	shift
	if [ "$node" = n1 ]; then
		lab_exec_background n1 env -u KUBECONFIG HOME=/nonexistent \
			"$SELVAGE" run --kubeconfig "$CONTROL/n1.kubeconfig" --node n1 --metrics "$AGENT_METRICS" \
			--socket "$LAB_DIR/n1.sock" "$@"
		return
	fi
	# shellcheck disable=SC2016 # the inner shell expands it
	lab_exec_background "$node" env -u KUBECONFIG HOME=/nonexistent NODE_NAME="${NODE_NAME:-$node}" \
		KUBERNETES_SERVICE_HOST="$(lab_ip6 control)" KUBERNETES_SERVICE_PORT=$CLUSTER_PORT sh -c '
			mount -t tmpfs tmpfs /run && mkdir -p /run/secrets/kubernetes.io &&
			ln -s "$1" /run/secrets/kubernetes.io/serviceaccount && shift && exec "$@"
		' sh "$CONTROL/$node" "$SELVAGE" run --metrics "$AGENT_METRICS" "$@"
}

# agent_get NODE PATH: prints the answer, whatever it is; fails if it is not 200.
agent_get() {
	local answer
	answer=$(lab_exec "$1" curl -sS --max-time 5 -w '\n%{http_code}' "http://$AGENT_METRICS$2" 2>&1)
	echo "${answer%$'\n'*}"
	[ "${answer##*$'\n'}" = 200 ]
}

agent_ready() {
	agent_get "$1" /readyz >/dev/null
}

# agent_start NODE [ARGUMENT...]: returns when it is ready.
agent_start() {
	agent_launch "$@"
	wait_for "${AGENT_READY_MS:-10000}" agent_ready "$1" && return
	agent_get "$1" /readyz >&2
	tail -n 20 "$LAB_DIR/$1.log" >&2
	lab_fail "the agent on $1 did not become ready"
}

# agent_unready_for NODE WORDS: is it alive, not ready, and is that the reason?
agent_unready_for() {
	agent_get "$1" /healthz >/dev/null && ! agent_get "$1" /readyz >"$LAB_DIR/$1.why" && grep -qF -- "$2" "$LAB_DIR/$1.why"
}

# agent_becomes_unready NODE WORDS
agent_becomes_unready() {
	wait_for 10000 agent_unready_for "$@" && return
	cat "$LAB_DIR/$1.why" >&2
	tail -n 5 "$LAB_DIR/$1.log" >&2
	lab_fail "the agent on $1 is not unready for: $2"
}
