# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pods of the lab, attached as a container runtime does it, and the manifests that tell of them.  Part of lab.sh.

lab_pod_node() {
	cat "$LAB_DIR/pods/${1/\//.}/node"
}

# All pods that are up, one NAMESPACE/NAME per line.
lab_pods() {
	local dir
	for dir in "$LAB_DIR"/pods/*/; do
		[ -e "$dir/name" ] && cat "$dir/name"
	done
	return 0
}

# Manifests go to DIR from now on; those written so far are moved there.
lab_manifests() {
	mkdir -p "$1"
	if [ -d "$LAB_MANIFESTS" ] && ! [ "$LAB_MANIFESTS" -ef "$1" ]; then
		find "$LAB_MANIFESTS" -maxdepth 1 -name '*.yaml' -exec mv -t "$1" {} +
	fi
	LAB_MANIFESTS=$1
}

# lab_put NAME: standard input becomes the manifest NAME, which appears complete or not at all.
lab_put() {
	cat >"$LAB_DIR/new/$1"
	mv "$LAB_DIR/new/$1" "$LAB_MANIFESTS/$1"
}

lab_quote() {
	printf "'%s'" "${1//\'/\'\'}"
}

# Labels of the arguments, indented by $1 below `labels:`.
lab_yaml_labels() {
	local indent=$1 word any=
	shift
	for word; do
		case $word in
		port:* | ip:*) continue ;;
		esac
		[ -n "$any" ] || printf '%slabels:\n' "$indent"
		any=1
		printf '%s  %s: %s\n' "$indent" "$(lab_quote "${word%%=*}")" "$(lab_quote "${word#*=}")"
	done
	[ -n "$any" ] || printf '%slabels: {}\n' "$indent"
}

# Container ports of the arguments, port:NAME=NUMBER[/PROTO].
lab_yaml_ports() {
	local word number any=
	for word; do
		case $word in
		port:*) ;;
		*) continue ;;
		esac
		[ -n "$any" ] || printf '    ports:\n'
		any=1
		word=${word#port:} number=${word#*=}
		printf '    - name: %s\n      containerPort: %s\n' "$(lab_quote "${word%%=*}")" "${number%/*}"
		case $number in
		*/*) printf '      protocol: %s\n' "${number#*/}" ;;
		*) printf '      protocol: TCP\n' ;;
		esac
	done
}

# lab_namespace NAME [KEY=VALUE...]: writes its manifest, with the label that the API server always sets.
lab_namespace() {
	local name=$1
	shift
	{
		printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n' "$name"
		lab_yaml_labels '  ' "kubernetes.io/metadata.name=$name" "$@"
		printf 'status:\n  phase: Active\n'
	} | lab_put "namespace-$name.yaml"
}

# lab_pod_manifest NODE NS/NAME IP4 IP6 PHASE [LABEL|PORT...]: for tests also without a pod behind it.
lab_pod_manifest() {
	local node=$1 pod=$2 ip4=$3 ip6=$4 phase=$5
	shift 5
	{
		printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: %s\n  namespace: %s\n' "${pod#*/}" "${pod%%/*}"
		printf '  creationTimestamp: "%s"\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
		lab_yaml_labels '  ' "$@"
		printf 'spec:\n  nodeName: %s\n  containers:\n  - name: main\n    image: none.invalid/none\n' "$node"
		lab_yaml_ports "$@"
		printf 'status:\n  phase: %s\n  hostIP: %s\n' "$phase" "$(lab_ip4 "$node")"
		printf '  hostIPs:\n  - ip: %s\n  - ip: %s\n' "$(lab_ip4 "$node")" "$(lab_ip6 "$node")"
		printf '  podIP: %s\n  podIPs:\n  - ip: %s\n  - ip: %s\n' "$ip4" "$ip4" "$ip6"
	} | lab_put "pod-${pod%%/*}.${pod#*/}.yaml"
}

# What Flannel's plugin hands to bridge; the addresses of ip:ADDRESS arguments are asked for.
lab_cni_config() {
	local i=${1#n} word ips=
	shift
	for word; do
		case $word in
		ip:*) ips="$ips${ips:+, }\"${word#ip:}\"" ;;
		esac
	done
	cat <<-END
		{
			"cniVersion": "0.3.1", "name": "cbr0", "type": "bridge", "bridge": "cni0", "mtu": 1450,
			"isGateway": true, "isDefaultGateway": true, "hairpinMode": true, "ipMasq": false,
			"args": { "cni": { "ips": [ $ips ] } },
			"ipam": {
				"type": "host-local", "dataDir": "$LAB_DIR/cni/n$i",
				"ranges": [ [ { "subnet": "10.244.$i.0/24" } ], [ { "subnet": "fd00:10:244:$i::/64" } ] ],
				"routes": [ { "dst": "$LAB_CLUSTER4" }, { "dst": "$LAB_CLUSTER6" } ]
			}
		}
	END
}

# lab_cni COMMAND NODE POD [ip:ADDRESS...]: as a container runtime does it, in the node's namespace.
lab_cni() {
	local command=$1 node=$2 pod=$3 ns
	shift 3
	ns=$(lab_ns "$pod")
	lab_cni_config "$node" "$@" | ip netns exec "$(lab_ns "$node")" env CNI_COMMAND="$command" CNI_CONTAINERID="$ns" \
		CNI_NETNS="/run/netns/$ns" CNI_IFNAME=eth0 CNI_PATH="$CNI_PATH" "$CNI_PATH/bridge"
}

# Makes node $1 and its pods forget who had the addresses of pod $2 before, as seconds that pass would.
lab_forget() {
	local pod
	{
		lab_ns "$1"
		for pod in $(lab_pods); do
			[ "$(lab_pod_node "$pod")" != "$1" ] || lab_ns "$pod"
		done
	} | while read -r pod; do
		ip -n "$pod" neighbour flush to "$(lab_ip4 "$2")"
		ip -n "$pod" neighbour flush to "$(lab_ip6 "$2")"
	done
}

# lab_pod NODE NS/NAME [KEY=VALUE | port:NAME=NUMBER[/PROTO] | ip:ADDRESS]...: labels, named container ports, wanted
# addresses (else host-local chooses).  Prints "IPV4 IPV6".
lab_pod() {
	local node=$1 pod=$2 dir addresses
	shift 2
	dir=$LAB_DIR/pods/${pod/\//.}
	[ ! -e "$dir" ] || lab_fail "pod $pod exists already" || return 1
	mkdir "$dir"
	printf '%s\n' "$node" >"$dir/node"
	lab_netns_add "$(lab_ns "$pod")"
	lab_cni ADD "$node" "$pod" "$@" >"$dir/result" || lab_fail "$(cat "$dir/result")" || return 1
	addresses=$(grep -o '"address": *"[^"]*"' "$dir/result" | cut -d'"' -f4)
	printf '%s\n' "$addresses" | grep -v : | cut -d/ -f1 >"$dir/ip4"
	printf '%s\n' "$addresses" | grep : | cut -d/ -f1 >"$dir/ip6"
	printf '%s\n' "$pod" >"$dir/name"
	case " $*" in
	*" ip:"*) lab_forget "$node" "$pod" ;;
	esac
	[ -e "$LAB_MANIFESTS/namespace-${pod%%/*}.yaml" ] || lab_namespace "${pod%%/*}"
	lab_pod_manifest "$node" "$pod" "$(lab_ip4 "$pod")" "$(lab_ip6 "$pod")" Running "$@"
	echo "$(lab_ip4 "$pod") $(lab_ip6 "$pod")"
}

# Removes a pod, its addresses and its manifest.
lab_pod_del() {
	local dir=$LAB_DIR/pods/${1/\//.}
	lab_cni DEL "$(lab_pod_node "$1")" "$1"
	ip netns del "$(lab_ns "$1")"
	rm -f "$LAB_MANIFESTS/pod-${1/\//.}.yaml"
	rm -r -- "$dir"
}
