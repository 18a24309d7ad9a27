# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects as an API server holds them, with all the ballast that selvage does not use."""

KINDS = {
    "namespaces": ("v1", "Namespace", "/api/v1/namespaces"),
    "pods": ("v1", "Pod", "/api/v1/pods"),
    "networkpolicies": ("networking.k8s.io/v1", "NetworkPolicy", "/apis/networking.k8s.io/v1/networkpolicies"),
}

# Those that no agent asks for.
RESOURCES = {
    "deployments": ("apps/v1", "Deployment"),
    "statefulsets": ("apps/v1", "StatefulSet"),
    "daemonsets": ("apps/v1", "DaemonSet"),
    "replicasets": ("apps/v1", "ReplicaSet"),
    "replicationcontrollers": ("v1", "ReplicationController"),
    "jobs": ("batch/v1", "Job"),
    "cronjobs": ("batch/v1", "CronJob"),
    "services": ("v1", "Service"),
    "endpointslices": ("discovery.k8s.io/v1", "EndpointSlice"),
    "ingresses": ("networking.k8s.io/v1", "Ingress"),
    "httproutes": ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    "validatingwebhookconfigurations": ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    "mutatingwebhookconfigurations": ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    "apiservices": ("apiregistration.k8s.io/v1", "APIService"),
    "nodes": ("v1", "Node"),
}
KINDS.update({name: (api, kind, "/%s/%s/%s" % ("apis" if "/" in api else "api", api, name))
              for name, (api, kind) in RESOURCES.items()})
GLOBAL = ("validatingwebhookconfigurations", "mutatingwebhookconfigurations", "apiservices", "nodes")


def meta(ns, name, labels, ballast):
    m = {"name": name, "uid": "uid-%s-%s" % (ns, name), "creationTimestamp": "2026-01-02T03:04:05Z",
         "labels": dict(labels or {})}
    if ns:
        m["namespace"] = ns
    if ballast:
        m["annotations"] = {"ballast": ballast, "odd": "\u0000 \\ \" } ] { [ \u00fc \U0001f9f5"}
        m["managedFields"] = [{"manager": "kubelet", "fieldsV1": {"f:status": {"f:phase": {}, "k:{\"ip\":\"1\"}": {}}}}]
    return m


def namespace(name, labels=None, terminating=False):
    o = {"metadata": meta(None, name, dict(labels or {}, **{"kubernetes.io/metadata.name": name}), None),
         "status": {"phase": "Terminating" if terminating else "Active"}}
    if terminating:
        o["metadata"]["deletionTimestamp"] = "2026-01-02T03:05:05Z"
    return o


def pod(ns, name, ip=None, labels=None, node="node-a", phase="Running", ballast="x" * 300):
    o = {"metadata": meta(ns, name, labels, ballast),
         "spec": {"nodeName": node, "containers": [
             {"name": "main", "image": "registry.example/app:1", "env": [{"name": "SECRET", "value": "hush"}],
              "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]}]},
         "status": {"phase": phase, "hostIP": "192.0.2.1", "qosClass": "BestEffort"}}
    if ip:
        o["status"]["podIP"] = ip
        o["status"]["podIPs"] = [{"ip": ip}]
    return o


def policy(ns, name, app, types=("Ingress",)):
    return {"metadata": meta(ns, name, None, "y"),
            "spec": {"podSelector": {"matchLabels": {"app": app}}, "policyTypes": list(types),
                     "ingress": [{"from": [{"podSelector": {"matchLabels": {"role": "client"}}}],
                                  "ports": [{"protocol": "TCP", "port": 5432}]}]}}


def resource(kind, name, ns="shop"):
    """An object that says no more than its name."""
    return {"metadata": meta(None if kind in GLOBAL else ns, name, None, "z"), "spec": {}, "status": {}}


def key_of(obj):
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def finished(obj):
    return obj["status"]["phase"] in ("Succeeded", "Failed")
