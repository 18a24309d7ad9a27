# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What people, controllers and kubelets ask of the API server, with curl.  Part of cluster.sh.

# api METHOD PATH [CURL-OPTION...]: as admin; prints the answer, and fails with it on standard error.
api() {
	local method=$1 path=$2 answer
	shift 2
	answer=$(lab_exec control curl -sS --fail-with-body --max-time 30 --cacert "$CONTROL/ca.crt" -X "$method" \
		-H "Authorization: Bearer $CLUSTER_ADMIN" "$@" "https://127.0.0.1:$CLUSTER_PORT$path" 2>&1) ||
		{ echo "$method $path: $answer" >&2 && return 1; }
	echo "$answer"
}

api_ready() {
	[ "$(api GET /readyz)" = ok ] && api GET /api/v1/namespaces/default >/dev/null
}

# api_create PATH: standard input, YAML or JSON, is the object.
api_create() {
	api POST "$1" -H 'Content-Type: application/yaml' --data-binary @- >/dev/null
}

# api_replace PATH: likewise.
api_replace() {
	api PUT "$1" -H 'Content-Type: application/yaml' --data-binary @- >/dev/null
}

# api_patch PATH JSON
api_patch() {
	api PATCH "$1" -H 'Content-Type: application/merge-patch+json' --data-binary "$2" >/dev/null
}

# api_delete PATH [SECONDS]: at once unless SECONDS of grace are given.
api_delete() {
	api DELETE "$1" -H 'Content-Type: application/json' --data-binary "{\"gracePeriodSeconds\": ${2:-0}}" >/dev/null
}

# The paths of a pod, policy or namespace: api_path pods shop/web.
api_path() {
	case $1 in
	namespaces | nodes) echo "/api/v1/$1/$2" ;;
	networkpolicies) echo "/apis/networking.k8s.io/v1/namespaces/${2%%/*}/$1/${2#*/}" ;;
	*) echo "/api/v1/namespaces/${2%%/*}/$1/${2#*/}" ;;
	esac
}

# api_policy NS/NAME: standard input is the spec, as YAML without its indentation; creates or replaces.
api_policy() {
	local path body
	path=$(api_path networkpolicies "$1")
	body=$(printf 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: %s, namespace: %s}\nspec:\n' \
		"${1#*/}" "${1%%/*}" && sed 's/^/  /')
	if api GET "$path" >/dev/null 2>&1; then
		api_replace "$path" <<<"$body"
	else
		api_create "${path%/*}" <<<"$body"
	fi
}

# api_namespace NAME [KEY=VALUE...]
api_namespace() {
	local name=$1
	shift
	{
		printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n' "$name"
		lab_yaml_labels '  ' "$@"
	} | api_create /api/v1/namespaces
}

# api_node NAME: as its kubelet announces it.
api_node() {
	api_create /api/v1/nodes <<<"{apiVersion: v1, kind: Node, metadata: {name: $1, labels: {kubernetes.io/hostname: $1}}}"
	api_patch "/api/v1/nodes/$1/status" '{"status": {"addresses": [
		{"type": "InternalIP", "address": "'"$(lab_ip4 "$1")"'"}, {"type": "InternalIP", "address": "'"$(lab_ip6 "$1")"'"},
		{"type": "Hostname", "address": "'"$1"'"}]}}'
}

# api_pod_status NS/NAME NODE IP4 IP6 PHASE: as the node's kubelet patches it.
api_pod_status() {
	api_patch "$(api_path pods "$1")/status" '{"status": {"phase": "'"$5"'", "hostIP": "'"$(lab_ip4 "$2")"'",
		"podIP": "'"$3"'", "podIPs": [{"ip": "'"$3"'"}, {"ip": "'"$4"'"}]}}'
}

# api_pod_object NODE NS/NAME IP4 IP6 [LABEL|PORT...]: a pod in the API alone, running.
api_pod_object() {
	local node=$1 pod=$2 ip4=$3 ip6=$4
	shift 4
	{
		printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: %s\n' "${pod#*/}"
		lab_yaml_labels '  ' "$@"
		printf 'spec:\n  nodeName: %s\n  containers:\n  - name: main\n    image: none.invalid/none\n' "$node"
		lab_yaml_ports "$@"
	} | api_create "/api/v1/namespaces/${pod%%/*}/pods"
	api_pod_status "$pod" "$node" "$ip4" "$ip6" Running
}

# api_pod NODE NS/NAME [LABEL|PORT|ip:ADDRESS...]: a pod in the API and in the network, as lab_pod makes it.
api_pod() {
	lab_pod "$@" >/dev/null
	api_pod_object "$1" "$2" "$(lab_ip4 "$2")" "$(lab_ip6 "$2")" "${@:3}"
}

# api_pod_gone NS/NAME: the pod ends in the network, and then in the API.
api_pod_gone() {
	lab_pod_del "$1"
	api_delete "$(api_path pods "$1")"
}

# namespace_terminate NAME: it is deleted, but for what a controller would do.  mini-apiserver has no such state of its own.
namespace_terminate() {
	if [ "$(cat "$CONTROL/kind")" = mini-apiserver ]; then
		api_patch "$(api_path namespaces "$1")/status" '{"status": {"phase": "Terminating"}}'
	else
		api_delete "$(api_path namespaces "$1")"
	fi
}

# namespace_remove NAME: the last thing that the controller does.
namespace_remove() {
	if [ "$(cat "$CONTROL/kind")" = mini-apiserver ]; then
		api_delete "$(api_path namespaces "$1")"
	else
		api_replace "$(api_path namespaces "$1")/finalize" <<<"{metadata: {name: $1}, spec: {finalizers: []}}"
	fi
}
