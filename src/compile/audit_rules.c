/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does an audit look for, why does it matter, and what is to be done? */
#include <stdlib.h>
#include <string.h>

#include <selvage/audit.h>

#define KIND(kind) (1U << OBJECT_##kind)
#define PODS (KIND(POD) | KIND(POLICY))
#define ALL (KIND(POD) | KIND(POLICY) | KIND(NAMESPACE))
#define ENDPOINTS_OF (ALL | KIND(SERVICE) | KIND(ENDPOINTSLICE))
#define WORKLOADS                                                                                                  \
	(KIND(DEPLOYMENT) | KIND(STATEFULSET) | KIND(DAEMONSET) | KIND(REPLICASET) | KIND(REPLICATIONCONTROLLER) | \
	 KIND(JOB) | KIND(CRONJOB))
#define HOOKS (KIND(VALIDATING_HOOK) | KIND(MUTATING_HOOK) | KIND(APISERVICE))

/* Sorted by id. */
static const struct rule_text rules[] = {
	{"NP101", "ingress-open", SEVERITY_HIGH, "Pods that are not isolated for ingress",
	 "No policy selects the pods and has Ingress in its policyTypes.",
	 "Whoever can send to them may: every pod of the cluster, and what reaches the cluster from outside.",
	 "Apply default-deny-ingress to the namespace, then open what is needed."},
	{"NP102", "egress-open", SEVERITY_MEDIUM, "Pods that are not isolated for egress",
	 "No policy selects the pods and has Egress in its policyTypes.",
	 "Who takes over such a pod can scan the cluster, read the metadata of cloud instances and carry data away.",
	 "Apply default-deny-egress together with allow-dns, then open what is needed."},
	{"NP103", "new-pod-open", SEVERITY_HIGH, "A new pod would not be isolated",
	 "Pods of the namespace are isolated by their labels only: one that appears without labels, or with values "
	 "that no "
	 "policy names, is selected by none.",
	 "The next deployment is open until somebody remembers to write a policy for it.",
	 "Apply a policy whose podSelector is {}: default-deny."},
	{"NP104", "isolated-but-open", SEVERITY_HIGH, "Isolated pods that admit everyone",
	 "Policies isolate the pod, but their rules together admit every peer on every port.",
	 "The pod counts as isolated and is not.", "Name peers or ports in the rule that admits everyone."},
	{"NP105", "hostnetwork-selected", SEVERITY_MEDIUM, "A policy selects pods on the host network",
	 "Pods with hostNetwork have the addresses of their node, which policies do not speak about.",
	 "What the policy says of these pods is not enforced.",
	 "Run the pod without hostNetwork, or guard its ports by a firewall of the node."},
	{"NP111", "dns-blocked", SEVERITY_HIGH, "A pod cannot ask the cluster's DNS",
	 "The pod uses the cluster's DNS, and nothing admits UDP and TCP to the DNS pods, at the port they listen on "
	 "behind the "
	 "Service, or to the cache on its node.",
	 "No name is resolved: the application fails in ways that do not look like a policy.  Where only TCP is "
	 "missing, long "
	 "answers fail.",
	 "Apply allow-dns, or allow-dns-node-local where nodes have a DNS cache."},
	{"NP112", "apiserver-blocked", SEVERITY_MEDIUM, "A pod with a token cannot reach the API server",
	 "The pod has a service account token, and nothing admits the endpoints of the Service kubernetes.",
	 "Whatever uses the token fails; if nothing does, the token should not be there.",
	 "Apply allow-apiserver, or set automountServiceAccountToken: false."},
	{"NP113", "webhook-blocked", SEVERITY_HIGH, "The API server cannot reach a webhook",
	 "Pods behind the Service of a webhook or an APIService are isolated, and no rule admits the API server at the "
	 "port they "
	 "listen on.",
	 "Requests to the API server fail or wait for a timeout, in the whole cluster.",
	 "Apply allow-webhook: admit the addresses of the API server at the targetPort."},
	{"NP114", "backend-blocked", SEVERITY_HIGH, "What is published cannot be reached",
	 "Pods behind an Ingress, HTTPRoute, LoadBalancer or NodePort admit neither the controller's pods nor anybody "
	 "outside at "
	 "the port they listen on.",
	 "Users get errors or timeouts.",
	 "Apply allow-from-ingress-nginx for a route's controller, allow-from-world for a Service that is open "
	 "itself."},
	{"NP121", "subject-matches-nothing", SEVERITY_MEDIUM, "A policy that selects no pod",
	 "No pod or workload of the namespace has the labels of podSelector.", "The policy protects nobody.",
	 "Correct the labels, or delete the policy."},
	{"NP122", "peer-matches-nothing", SEVERITY_MEDIUM, "A peer that nobody is",
	 "No pod matches the peer's selectors.", "Nobody is admitted by it: whoever was meant is shut out.",
	 "Correct the labels; a namespace's own name is the label kubernetes.io/metadata.name."},
	{"NP123", "service-port", SEVERITY_HIGH, "A Service's port where the pod's is meant",
	 "The rule admits a port on which the pods do not listen, but which a Service maps to another one that is not "
	 "admitted.",
	 "Policies are asked after the Service's address and port were translated: the connection is denied.",
	 "Write the targetPort."},
	{"NP124", "named-port-unresolved", SEVERITY_MEDIUM, "A port name that no pod has",
	 "None of the pods that the rule means has a container port of that name and protocol.",
	 "The rule admits nothing.", "Name the port in the pods, or write its number."},
	{"NP125", "named-port-divergent", SEVERITY_INFO, "A port name that means several numbers",
	 "Pods that the rule means have different numbers under the name.",
	 "That may be as it should be, and is easily missed.", "Write numbers if one port is meant."},
	{"NP126", "dns-tcp-only", SEVERITY_HIGH, "DNS over TCP alone",
	 "Port 53 is admitted without a protocol, which means TCP, and nothing admits UDP 53.",
	 "Names are resolved over UDP first: pods cannot find anything.",
	 "Add a port with protocol: UDP beside the one with protocol: TCP."},
	{"NP127", "peer-list-or", SEVERITY_INFO, "Two peers that may be meant as one",
	 "A namespaceSelector and a podSelector stand in two items of a list, and as one item they would mean some of "
	 "the same "
	 "pods only.",
	 "Two items mean OR: all pods of those namespaces, and those pods of the policy's own.",
	 "Remove the second \"-\" if pods in those namespaces are meant."},
	{"NP131", "types-rules-ignored", SEVERITY_HIGH, "Rules of a direction that policyTypes does not name",
	 "policyTypes lacks Ingress or Egress, though there are rules for it.",
	 "The rules do nothing, and the policy does not isolate in that direction.",
	 "Add the direction to policyTypes, or delete the rules."},
	{"NP132", "types-implicit-ingress", SEVERITY_HIGH, "Egress rules that also close ingress",
	 "policyTypes is left out, there are only egress rules, and no other policy isolates the pods for ingress.",
	 "Every policy without policyTypes isolates for ingress: nobody reaches the pods.",
	 "Write policyTypes: [Egress], or both if both are meant."},
	{"NP133", "types-egress-empty", SEVERITY_INFO, "Pods without any egress",
	 "A policy closes egress, and no policy opens any of it.", "The pod cannot even ask the DNS.",
	 "Apply allow-dns and what else is needed, if the pod is to connect to anything."},
	{"NP141", "world-ingress", SEVERITY_MEDIUM, "Ingress from the world",
	 "A rule admits every address there is, or most, as the source.",
	 "Everybody who can route packets to the pod is admitted, all pods of the cluster among them.",
	 "Name the peers; for an entrance, keep the port to the one that serves."},
	{"NP142", "world-egress", SEVERITY_MEDIUM, "Egress to the world",
	 "A rule admits every address there is, or most, as the destination.",
	 "Data can be carried away, and the cluster's own pods and nodes are among those addresses.",
	 "Name the addresses, or take private ones out by except."},
	{"NP143", "metadata-endpoint", SEVERITY_MEDIUM, "The metadata of cloud instances can be reached",
	 "A rule admits 169.254.169.254 or fd00:ec2::254 at TCP port 80.",
	 "There the instance's own credentials are handed to whoever asks.",
	 "Take the address out by except: deny-metadata."},
	{"NP144", "cluster-wide", SEVERITY_LOW, "All pods of the cluster as a peer",
	 "A peer is namespaceSelector: {}, without podSelector.",
	 "Every namespace is admitted, also those that come later.", "Name the namespaces."},
	{"NP145", "wide-cidr", SEVERITY_LOW, "A wide ipBlock",
	 "The prefix is shorter than --max-prefix4 or --max-prefix6 allows.",
	 "More is admitted than is likely to be meant.", "Write the networks that are meant."},
	{"NP146", "ipblock-covers-cluster", SEVERITY_MEDIUM, "An ipBlock that has addresses of the cluster in it",
	 "The block has addresses of pods in it, or that of a Service.",
	 "Pods change their addresses, so it admits others every day; and packets do not have a Service's address any "
	 "more when "
	 "policies are asked, so that it admits nobody.",
	 "Name pods by their labels, also those behind a Service."},
	{"NP147", "single-family", SEVERITY_MEDIUM, "Addresses of one family for pods of two",
	 "The pod has IPv4 and IPv6 addresses, but the rules that name addresses do so in one family only.",
	 "The other family is shut, and connections fail or wait until the client tries the first.",
	 "Write the networks of both families."},
	{"NP151", "redundant-rule", SEVERITY_INFO, "A rule that adds nothing",
	 "Another rule for the same pods admits all that it does, or several do together.",
	 "Who deletes it to close something is surprised.", "Delete it."},
	{"NP152", "redundant-policy", SEVERITY_INFO, "A policy that adds nothing",
	 "Other policies isolate the pods that it selects and admit all that it does.",
	 "Who deletes it to close something is "
	 "surprised.",
	 "Delete it."},
	{"NP153", "duplicate", SEVERITY_INFO, "Two policies that say the same",
	 "Two policies of a namespace select and admit the same, be it in rules that are cut otherwise.",
	 "Who changes one of them is surprised.", "Delete one."},
	{"NP201", "stale-established", SEVERITY_HIGH, "A connection that policy denies now",
	 "A connection was made when policy admitted it, and goes on though it is denied now.",
	 "What was closed is still open to whoever came in time.", "Close the connection at either end."},
	{"NP202", "active-drops", SEVERITY_HIGH, "Packets are dropped now",
	 "A policy denies connections that are being attempted.", "Either an attack, or a rule that is missing.",
	 "See selvage explain for the pair, and the rule that came nearest."},
	{"NP205", "node-not-enforcing", SEVERITY_CRITICAL, "A node does not enforce policies",
	 "No agent is ready on the node, its table is not there, or a pod's address is missing from it.",
	 "Nothing that policies say is true on that node.", "See selvage status on the node."},
};

/* What findings hang on, as kinds. */
struct need {
	const char *from, *to; /* ids, both included */
	uint32_t wrong;        /* what a finding says would be wrong if there were more of these */
	uint32_t more; /* there would be more findings if there were more of these, and those there are stay true */
};

/* Sorted; together they have every id of the cluster, not of a node. */
static const struct need needs[] = {
	{"NP101", "NP105", PODS, 0},
	{"NP111", "NP112", ENDPOINTS_OF, 0},
	{"NP113", "NP113", ENDPOINTS_OF, HOOKS},
	{"NP114", "NP114", ENDPOINTS_OF, KIND(INGRESS) | KIND(HTTPROUTE)},
	{"NP121", "NP122", ALL | WORKLOADS, 0},
	{"NP123", "NP123", PODS | KIND(SERVICE), KIND(NAMESPACE)},
	{"NP124", "NP124", ALL | WORKLOADS, 0},
	{"NP125", "NP127", ALL, 0},
	{"NP131", "NP131", 0, KIND(POLICY)},
	{"NP132", "NP133", PODS, 0},
	{"NP141", "NP143", 0, PODS},
	{"NP144", "NP145", 0, KIND(POLICY)},
	{"NP146", "NP146", PODS, KIND(SERVICE) | KIND(NODE)},
	{"NP147", "NP147", PODS, 0},
	{"NP151", "NP153", 0, KIND(POLICY)},
	{"NP201", "NP201", ALL, 0},
};

static const struct need *need_of(const char *id)
{
	static const struct need none = {0};

	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
		if (strcmp(needs[i].from, id) <= 0 && strcmp(id, needs[i].to) <= 0)
			return &needs[i];
	return &none;
}

const struct rule_text *audit_rules(size_t *n)
{
	*n = sizeof rules / sizeof *rules;
	return rules;
}

const struct rule_text *audit_rule(const char *id)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (!strcmp(rules[i].id, id) || !strcmp(rules[i].name, id))
			return &rules[i];
	return NULL;
}

uint32_t audit_needs(const char *id)
{
	return need_of(id)->wrong;
}

uint32_t audit_hangs_on(const char *id)
{
	return need_of(id)->wrong | need_of(id)->more;
}
