/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the Kubernetes API call the kinds of objects, and which struct holds them? */
#include <selvage/object.h>

#define ADMISSION "admissionregistration.k8s.io/v1"

/* clang-format off */
static const struct object_type types[OBJECT_KIND_COUNT] = {
	[OBJECT_NAMESPACE] =
		{"namespace", "v1", NULL, "Namespace", "namespaces", SHAPE_NAMESPACE, true},
	[OBJECT_POD] =
		{"pod", "v1", NULL, "Pod", "pods", SHAPE_POD, false},
	[OBJECT_POLICY] =
		{"networkpolicy", "networking.k8s.io/v1", NULL, "NetworkPolicy", "networkpolicies", SHAPE_POLICY, false},
	[OBJECT_DEPLOYMENT] =
		{"deployment", "apps/v1", NULL, "Deployment", "deployments", SHAPE_WORKLOAD, false},
	[OBJECT_STATEFULSET] =
		{"statefulset", "apps/v1", NULL, "StatefulSet", "statefulsets", SHAPE_WORKLOAD, false},
	[OBJECT_DAEMONSET] =
		{"daemonset", "apps/v1", NULL, "DaemonSet", "daemonsets", SHAPE_WORKLOAD, false},
	[OBJECT_REPLICASET] =
		{"replicaset", "apps/v1", NULL, "ReplicaSet", "replicasets", SHAPE_WORKLOAD, false},
	[OBJECT_REPLICATIONCONTROLLER] =
		{"replicationcontroller", "v1", NULL, "ReplicationController", "replicationcontrollers", SHAPE_WORKLOAD, false},
	[OBJECT_JOB] =
		{"job", "batch/v1", NULL, "Job", "jobs", SHAPE_WORKLOAD, false},
	[OBJECT_CRONJOB] =
		{"cronjob", "batch/v1", NULL, "CronJob", "cronjobs", SHAPE_WORKLOAD, false},
	[OBJECT_SERVICE] =
		{"service", "v1", NULL, "Service", "services", SHAPE_SERVICE, false},
	[OBJECT_ENDPOINTSLICE] =
		{"endpointslice", "discovery.k8s.io/v1", NULL, "EndpointSlice", "endpointslices", SHAPE_ENDPOINTS, false},
	[OBJECT_ENDPOINTS] =
		{"endpoints", "v1", NULL, "Endpoints", "endpoints", SHAPE_ENDPOINTS, false},
	[OBJECT_INGRESS] =
		{"ingress", "networking.k8s.io/v1", NULL, "Ingress", "ingresses", SHAPE_ROUTE, false},
	[OBJECT_HTTPROUTE] =
		{"httproute", "gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1", "HTTPRoute", "httproutes",
		 SHAPE_ROUTE, false},
	[OBJECT_VALIDATING_HOOK] =
		{"validatingwebhookconfiguration", ADMISSION, NULL, "ValidatingWebhookConfiguration",
		 "validatingwebhookconfigurations", SHAPE_HOOK, true},
	[OBJECT_MUTATING_HOOK] =
		{"mutatingwebhookconfiguration", ADMISSION, NULL, "MutatingWebhookConfiguration",
		 "mutatingwebhookconfigurations", SHAPE_HOOK, true},
	[OBJECT_APISERVICE] =
		{"apiservice", "apiregistration.k8s.io/v1", NULL, "APIService", "apiservices", SHAPE_HOOK, true},
	[OBJECT_NODE] =
		{"node", "v1", NULL, "Node", "nodes", SHAPE_NODE, true},
};
/* clang-format on */

const struct object_type *object_type(enum object_kind kind)
{
	return &types[kind];
}

const char *object_kind_name(enum object_kind kind)
{
	return types[kind].word;
}
