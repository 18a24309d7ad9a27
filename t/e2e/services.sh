# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Services and those who translate them: kube-proxy on every node of the cluster of cluster.sh.
#
# A Service NAME of these functions is two, NAME-v4 and NAME-v6, each with one backend: port 80 leads to 8080 by TCP and
# port 53 to 5353 by UDP.

SERVICES_PROXY_MS=30000

# service_address NAME FAMILY, service_nodeport NAME FAMILY PROTO: chosen by us, not by the server.
service_address() {
	local i
	i=$(cat "$LAB_DIR/services/$1")
	case $2 in
	v4) echo "10.96.1.$i" ;;
	v6) echo "fd00:10:96::1$i" ;;
	esac
}

service_nodeport() {
	local i
	i=$(cat "$LAB_DIR/services/$1")
	case $2/$3 in
	v4/tcp) echo $((30000 + i)) ;;
	v4/udp) echo $((30100 + i)) ;;
	v6/tcp) echo $((30200 + i)) ;;
	v6/udp) echo $((30300 + i)) ;;
	esac
}

service_manifest() {
	local name=$1 family=$2 type=$3 policy=$4
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: $name-$family}
		spec:
		  type: $type
		  ipFamilies: [IP$family]
		  ipFamilyPolicy: SingleStack
		  clusterIP: "$(service_address "$name" "$family")"
		  ports:
		  - {name: http, port: 80, targetPort: 8080, protocol: TCP}
		  - {name: dns, port: 53, targetPort: 5353, protocol: UDP}
	END
	[ "$type" = ClusterIP ] || echo "  externalTrafficPolicy: $policy"
}

service_endpoints() {
	local address
	address=$(lab_ip4 "$3")
	[ "$2" = v4 ] || address=$(lab_ip6 "$3")
	cat <<-END
		apiVersion: v1
		kind: Endpoints
		metadata: {name: $1-$2}
		subsets:
		- addresses: [{ip: "$address", nodeName: $(lab_pod_node "$3")}]
		  ports: [{name: http, port: 8080, protocol: TCP}, {name: dns, port: 5353, protocol: UDP}]
	END
}

# service NS/NAME BACKEND TYPE [externalTrafficPolicy]
service() {
	local ns=${1%%/*} name=${1#*/} family ports
	mkdir -p "$LAB_DIR/services"
	echo $((10 + $(find "$LAB_DIR/services" -type f | wc -l))) >"$LAB_DIR/services/$name"
	for family in v4 v6; do
		ports=
		[ "$3" = ClusterIP ] ||
			ports="s/port: 80,/&nodePort: $(service_nodeport "$name" $family tcp),/
				s/port: 53,/&nodePort: $(service_nodeport "$name" $family udp),/"
		service_manifest "$name" $family "$3" "${4:-}" | sed "$ports" | api_create "/api/v1/namespaces/$ns/services"
		service_endpoints "$name" $family "$2" | api_create "/api/v1/namespaces/$ns/endpoints"
	done
}

# Ends with lab_down.  Its lock file is nobody else's.
proxy_start() {
	local name=proxy-$1
	# shellcheck disable=SC2016 # the inner shell expands it
	ip netns exec "$(lab_ns "$1")" sh -c 'mount -t tmpfs tmpfs /run && exec "$@"' sh \
		"$(part kube-proxy)" --kubeconfig "$CONTROL/proxy.kubeconfig" --hostname-override "$1" \
		--proxy-mode iptables --cluster-cidr "$LAB_CLUSTER4,$LAB_CLUSTER6" --conntrack-max-per-core 0 \
		--feature-gates EndpointSliceProxying=false,IPv6DualStack=true >>"$CONTROL/$name.log" 2>&1 </dev/null &
	echo $! >"$LAB_DIR/$name.pid"
	disown
}

# Has the kube-proxy of NODE written all rules?
proxy_done() {
	local service
	lab_exec "$1" iptables-save -t nat >"$LAB_DIR/nat"
	lab_exec "$1" ip6tables-save -t nat >>"$LAB_DIR/nat"
	for service in "$LAB_DIR"/services/*; do
		grep -qF "$(service_address "${service##*/}" v4)/32" "$LAB_DIR/nat" || return 1
		grep -qF "$(service_address "${service##*/}" v6)/128" "$LAB_DIR/nat" || return 1
	done
	not grep -qF 'has no endpoints' "$LAB_DIR/nat"
}

# What a kubelet does so that packets are dropped which kube-proxy wants dropped.
kubelet_rules() {
	local command
	for command in iptables ip6tables; do
		lab_exec "$1" $command -t nat -N KUBE-MARK-DROP
		lab_exec "$1" $command -t nat -A KUBE-MARK-DROP -j MARK --or-mark 0x8000
		lab_exec "$1" $command -A INPUT -m mark --mark 0x8000/0x8000 -j DROP
	done
}

proxies_up() {
	local node
	cluster_kubeconfig "token: $CLUSTER_PROXY" >"$CONTROL/proxy.kubeconfig"
	for node in n1 n2; do
		kubelet_rules "$node"
		proxy_start "$node"
	done
	for node in n1 n2; do
		wait_for "$SERVICES_PROXY_MS" proxy_done "$node" && continue
		tail -n 20 "$CONTROL/proxy-$node.log"
		return 1
	done
}
