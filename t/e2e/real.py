# SPDX-License-Identifier: GPL-2.0-or-later
"""Real API servers with their etcd, and an administrator who changes things in them."""
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TREE"], "t/watch"))

from harness import Failed  # noqa: E402

ROLE = [("", "pods"), ("", "namespaces"), ("networking.k8s.io", "networkpolicies")]
POLICIES = "/apis/networking.k8s.io/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


class Real:
    """One server.  Its users: admin (token admin), agent (tokens of the file)."""

    def __init__(self, folder, port):
        self.dir, self.port = folder, port
        self.etcd_port = port + 1
        self.etcd = self.server = None
        self.tokens("agent-1")
        self._start_etcd(os.environ["ETCD"])

    def path(self, name):
        return os.path.join(self.dir, name)

    def tokens(self, *agent):
        with open(self.path("tokens.csv"), "w") as f:
            f.write('admin,admin,1,"system:masters"\n' + "".join("%s,agent,2\n" % t for t in agent))

    def _spawn(self, name, *argv):
        log = open(self.path(name + ".log"), "a")
        return subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.dir)

    def _start_etcd(self, program):
        url, peer = ("http://127.0.0.1:%d" % (self.etcd_port + i) for i in range(2))
        self.etcd = self._spawn("etcd", program, "--data-dir", self.path("etcd"), "--listen-client-urls", url,
                                "--advertise-client-urls", url, "--listen-peer-urls", peer,
                                "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer)

    def start(self):
        self.server = self._spawn("server", *self.command())
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if self.call("GET", "/api/v1/namespaces/kube-system")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise Failed("the API server did not start")

    def stop(self, how=signal.SIGTERM):
        self.server.send_signal(how)
        try:
            self.server.wait(5)
        except subprocess.TimeoutExpired:  # it waits for its watches to end
            self.server.kill()
            self.server.wait()

    def close(self):
        for process in (self.server, self.etcd):
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()

    # The administrator

    def call(self, method, path, body=None, kind="application/json"):
        context = ssl.create_default_context(cafile=self.path("certs/apiserver.crt"))
        conn = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=30)
        conn.request(method, path, json.dumps(body) if body is not None else None,
                     {"Authorization": "Bearer admin", "Content-Type": kind})
        answer = conn.getresponse()
        text = answer.read()
        conn.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def must(self, method, path, body=None, kind="application/json"):
        code, answer = self.call(method, path, body, kind)
        if code // 100 != 2:
            raise Failed("%s %s: %d %s" % (method, path, code, answer))
        return answer

    def namespace(self, name, **labels):
        self.must("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
        self.call("POST", "/api/v1/namespaces/%s/serviceaccounts" % name, {"metadata": {"name": "default"}})

    def pod(self, ns, name, ip=None, node="node-a", **labels):
        self.must("POST", "/api/v1/namespaces/%s/pods" % ns, {
            "metadata": {"name": name, "labels": labels},
            "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80}]}]}})
        if ip:
            self.status(ns, name, podIP=ip, podIPs=[{"ip": ip}], phase="Running")

    def status(self, ns, name, **fields):
        self.must("PATCH", "/api/v1/namespaces/%s/pods/%s/status" % (ns, name), {"status": fields},
                  "application/merge-patch+json")

    def label(self, ns, name, **labels):
        self.must("PATCH", "/api/v1/namespaces/%s/pods/%s" % (ns, name), {"metadata": {"labels": labels}},
                  "application/merge-patch+json")

    def policy(self, ns, name, app):
        self.must("POST", POLICIES + "/namespaces/%s/networkpolicies" % ns, {
            "metadata": {"name": name}, "spec": {"podSelector": {"matchLabels": {"app": app}}, "ingress": [{}]}})

    def delete_policy(self, ns, name):
        self.must("DELETE", POLICIES + "/namespaces/%s/networkpolicies/%s" % (ns, name))

    def delete_pod(self, ns, name):
        self.must("DELETE", "/api/v1/namespaces/%s/pods/%s" % (ns, name), {"gracePeriodSeconds": 0})

    def compact(self):
        """Drops etcd's history up to now."""
        conn = http.client.HTTPConnection("127.0.0.1", self.etcd_port, timeout=10)
        conn.request("POST", "/v3/kv/range", json.dumps({"key": "AA=="}))
        now = json.loads(conn.getresponse().read())["header"]["revision"]
        conn.request("POST", "/v3/kv/compaction", json.dumps({"revision": now, "physical": True}))
        conn.getresponse().read()
        conn.close()

    def objects(self):
        """Everything there is, by kind, as the scripted server has it."""
        found = {}
        for kind, path in (("namespaces", "/api/v1/namespaces"), ("pods", "/api/v1/pods"),
                           ("networkpolicies", POLICIES + "/networkpolicies")):
            found[kind] = self.must("GET", path)["items"]
        return found


class Kube(Real):
    """kube-apiserver with RBAC."""

    name = "kube-apiserver"
    live_tokens = False

    def command(self):
        key = self.path("sa.key")
        if not os.path.exists(key):
            subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        return [os.environ["KUBE_APISERVER"], "--etcd-servers=http://127.0.0.1:%d" % self.etcd_port,
                "--cert-dir=" + self.path("certs"), "--service-account-key-file=" + key,
                "--service-account-signing-key-file=" + key, "--service-account-issuer=https://kubernetes",
                "--service-cluster-ip-range=10.96.0.0/16", "--bind-address=127.0.0.1",
                "--secure-port=%d" % self.port, "--authorization-mode=RBAC",
                "--token-auth-file=" + self.path("tokens.csv"), "--disable-admission-plugins=ServiceAccount",
                "--allow-privileged", "--advertise-address=127.0.0.1"]

    def permit(self):
        self.call("POST", RBAC + "/clusterroles", {"metadata": {"name": "agent"}, "rules": [
            {"apiGroups": [group], "resources": [resource], "verbs": ["list", "watch"]} for group, resource in ROLE]})
        self.must("POST", RBAC + "/clusterrolebindings", {
            "metadata": {"name": "agent"}, "subjects": [{"kind": "User", "name": "agent"}],
            "roleRef": {"kind": "ClusterRole", "name": "agent", "apiGroup": "rbac.authorization.k8s.io"}})

    def forbid(self):
        self.must("DELETE", RBAC + "/clusterrolebindings/agent")


class Mini(Real):
    """mini-apiserver: the machinery of a new API server."""

    name = "mini-apiserver"
    live_tokens = True

    def command(self):
        if not os.path.exists(self.path("allowed")):
            self.forbid()
        return [os.environ["MINI_APISERVER"], "--etcd-servers", "http://127.0.0.1:%d" % self.etcd_port,
                "--bind-address", "127.0.0.1", "--secure-port", str(self.port), "--cert-dir", self.path("certs"),
                "--token-auth-file", self.path("tokens.csv"), "--deny-all-but", self.path("allowed")]

    def _allow(self, lines):
        with open(self.path("allowed.new"), "w") as f:
            f.write("".join("agent %s %s\n" % line for line in lines))
        os.rename(self.path("allowed.new"), self.path("allowed"))

    def permit(self):
        self._allow([(verb, resource) for _, resource in ROLE for verb in ("list", "watch")] + [("*", "/version")])

    def forbid(self):
        self._allow([])
