# SPDX-License-Identifier: GPL-2.0-or-later
"""An audit of a live cluster: what it may not list it says, and never takes for nothing."""
import json
import os
import pty
import subprocess
import sys

from harness import TREE, Skipped, check, namespace
from objects import KINDS, meta, pod, resource
from scenes_resources import SELVAGE, _run
from server import Hangup, Reply

AGENT = "/run/selvage/agent.sock"

# What hangs on each kind: if it may not be listed, these are unknown.
HANGS = {
    "namespaces": {"NP111", "NP112", "NP113", "NP114", "NP121", "NP122", "NP123", "NP124", "NP125", "NP126", "NP127", "NP201"},
    "services": {"NP111", "NP112", "NP113", "NP114", "NP123", "NP146"},
    "endpointslices": {"NP111", "NP112", "NP113", "NP114"},
    "ingresses": {"NP114"},
    "httproutes": {"NP114"},
    "nodes": {"NP146"},
    "validatingwebhookconfigurations": {"NP113"},
    "apiservices": {"NP113"},
    "deployments": {"NP121", "NP122", "NP124"},
}
WORDS = {"namespaces": "namespace", "services": "service", "endpointslices": "endpointslice", "ingresses": "ingress",
         "httproutes": "httproute", "nodes": "node", "deployments": "deployment", "apiservices": "apiservice",
         "networkpolicies": "networkpolicy", "pods": "pod",
         "validatingwebhookconfigurations": "validatingwebhookconfiguration"}


def _policy(ns, name, spec):
    return {"metadata": meta(ns, name, None, "y"), "spec": spec}


def _service(ns, name, port, target, proto="TCP", **spec):
    return {"metadata": meta(ns, name, None, "z"), "status": {},
            "spec": dict({"type": "ClusterIP", "clusterIP": "10.96.0.10", "selector": {"app": name},
                          "ports": [{"port": port, "targetPort": target, "protocol": proto}]}, **spec)}


def _shop(scene):
    """A namespace that is closed too well, one that is open, and the cluster's DNS; no node that is asked about."""
    if os.path.exists(AGENT):
        raise Skipped("an agent of this machine would be asked: no mount namespace of its own (needs root)")
    put = scene.cluster.put
    for ns in ("shop", "legacy", "kube-system"):
        put("namespaces", namespace(ns))
    put("pods", pod("kube-system", "dns", "10.0.0.2", {"app": "kube-dns", "k8s-app": "kube-dns"}))
    put("pods", pod("shop", "web", "10.0.0.3", {"app": "web"}))
    put("pods", pod("legacy", "batch", "10.0.0.4", {"app": "batch"}))
    put("services", _service("kube-system", "kube-dns", 53, 53, "UDP"))
    put("services", _service("shop", "web", 80, 8080))
    put("ingresses", {"metadata": meta("shop", "web", None, "z"), "status": {}, "spec": {"rules": [{"http": {"paths": [
        {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]}})
    put("nodes", resource("nodes", "node-a"))
    put("networkpolicies", _policy("shop", "default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}))
    put("networkpolicies", _policy("shop", "webs", {"podSelector": {"matchLabels": {"app": "wbe"}}, "policyTypes": ["Ingress"],
                                                    "egress": [{}]}))
    return scene


def _audit(scene, server, *options):
    return _run(scene, SELVAGE, "audit", "--kubeconfig", scene.conf(server), *options)


def _json(scene, server, *options):
    done = _audit(scene, server, "-o", "json", "--fail-on", "none", *options)
    return json.loads(done.stdout), done


def _ids(report):
    return {finding["id"] for finding in report["findings"]}


def everything_is_audited_that_may_be_listed(scene):
    """Nothing is unknown, and each kind of finding is there that another test will miss."""
    server = _shop(scene).serve()
    report, done = _json(scene, server)
    check(done.returncode == 0 and not done.stderr and report["unknown"] == [], (done.returncode, done.stderr))
    check(_ids(report) >= {"NP101", "NP102", "NP111", "NP114", "NP121", "NP131", "NP133"}, _ids(report))
    check(_audit(scene, server).returncode == 1, "findings make the exit status 1")


def a_kind_that_may_not_be_listed_makes_what_hangs_on_it_unknown(scene):
    """403 for one kind after another: the rest is audited."""
    server = _shop(scene).serve()
    whole, _ = _json(scene, server)
    for kind, hangs in HANGS.items():
        server.denied = {("list", kind)}
        report, done = _json(scene, server)
        check(done.returncode == 3, (kind, done.returncode))
        check(done.stderr.startswith("warning: %s objects are unknown: not allowed to list %s" % (WORDS[kind], kind)), done.stderr)
        check(": our role needs list on it (403: %s is forbidden: " % kind in done.stderr and done.stderr.count("\n") == 1, done.stderr)
        check(set(report["unknown"]) == hangs, (kind, sorted(report["unknown"])))
        check(_ids(report) >= _ids(whole) - hangs, (kind, sorted(_ids(whole) - _ids(report))))
        said = {f["id"]: f["message"] for f in whole["findings"]}
        for finding in report["findings"]:
            check(finding["id"] in said, (kind, finding))
        table = _audit(scene, server)
        check(table.returncode == 3 and "unknown, for want of what they hang on: %s" % ", ".join(sorted(hangs)) in table.stdout,
              (kind, table.stdout))


def without_policies_nothing_is_said_of_isolation(scene):
    """403 for policies: every check is unknown, nobody counts as open or as isolated, and no pair as open."""
    server = _shop(scene).serve(denied={("list", "networkpolicies")})
    report, done = _json(scene, server)
    check(done.returncode == 3 and "not allowed to list networkpolicies" in done.stderr, done)
    check(_ids(report) == set(), _ids(report))
    static = {rule["id"] for rule in report["rules"] if rule["id"] < "NP200"}
    check(set(report["unknown"]) >= static, sorted(static - set(report["unknown"])))
    check(report["summary"]["networkPolicies"] is None and report["summary"]["pods"] == 3, report["summary"])
    faults = subprocess.run([sys.executable, os.path.join(TREE, "t/golden/schema.py"), os.path.join(TREE, "examples/schema/audit.json")],
                            input=done.stdout, capture_output=True, text=True, timeout=60, env=scene.env)
    check(faults.returncode == 0, faults)
    for space in report["namespaces"]:
        check(space["isolated"] == {"ingress": None, "egress": None}, space)
        check(space["newPod"] == {"ingress": "unknown", "egress": "unknown"}, space)
        check(space["reaches"] == "?" and space["reachableFrom"] == "?" and space["dns"] == "unknown", space)
    ports = report["ports"]
    check(all(ports[cell["some"]] == [] and ports[cell["maybe"]] for cell in report["matrix"]["cells"]), report["matrix"]["cells"])
    pairs = json.loads(_audit(scene, server, "--matrix", "-o", "json").stdout)["pairs"]
    check(pairs and {pair["open"] for pair in pairs} == {"unknown"}, pairs)
    table = _audit(scene, server).stdout
    check("ALLOW" not in table and "world" not in table and "? NetworkPolicies" in table, table)


def without_pods_no_count_is_said(scene):
    """403 for pods, with a workload that would have some: nobody invents them."""
    _shop(scene)
    scene.cluster.put("deployments", {"metadata": meta("shop", "web", None, "z"), "status": {}, "spec": {
        "replicas": 1, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c"}]}}}})
    server = scene.serve(denied={("list", "pods")})
    report, done = _json(scene, server)
    check(done.returncode == 3 and "not allowed to list pods" in done.stderr, done)
    check(report["summary"]["pods"] is None and report["summary"]["networkPolicies"] == 2, report["summary"])
    check(report["workloads"] == [], report["workloads"])
    check(_ids(report) == {"NP131"}, _ids(report))
    check({"NP101", "NP111", "NP121", "NP141"} <= set(report["unknown"]), report["unknown"])


def without_replica_sets_no_pods_are_invented(scene):
    """403 for replicasets: nobody knows that the Deployment's pod is there already."""
    owned = pod("shop", "web-1", "10.0.0.9", {"app": "web"})
    owned["metadata"]["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7c9", "uid": "u",
                                             "controller": True}]
    _shop(scene)
    scene.cluster.put("pods", owned)
    replicas = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c"}]}}}
    made = {"metadata": meta("shop", "web-7c9", None, "z"), "spec": replicas, "status": {}}
    made["metadata"]["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "v",
                                            "controller": True}]
    scene.cluster.put("replicasets", made)
    scene.cluster.put("deployments", {"metadata": meta("shop", "web", None, "z"), "spec": replicas, "status": {}})
    server = scene.serve()
    report, _ = _json(scene, server)
    check(report["summary"]["pods"] == 4, report["summary"])
    server.denied = {("list", "replicasets")}
    report, done = _json(scene, server)
    check(done.returncode == 3 and report["summary"]["pods"] == 4, report["summary"])


def other_formats_say_what_is_unknown(scene):
    """Each that has words for it; JUnit does not let a namespace pass of which not all is known."""
    server = _shop(scene).serve(denied={("list", "ingresses")})
    want = {"junit": '<testcase classname="NP114.backend-blocked" name="audit" time="0">\n      <skipped',
            "github": "::warning title=NP114 backend-blocked::unknown", "md": "hang on: NP114",
            "sarif": '"toolExecutionNotifications"', "html": '"unknown":["NP114"]'}
    for form, words in want.items():
        done = _audit(scene, server, "-o", form)
        check(done.returncode == 3 and words in done.stdout, (form, done.returncode, done.stdout[-600:]))
    done = _audit(scene, server, "-o", "junit", "--only", "NP105")
    check('<testcase classname="audit" ' not in done.stdout and done.returncode == 3, done.stdout)
    server.denied = set()
    done = _audit(scene, server, "-o", "junit", "--only", "NP105")
    check('<testcase classname="audit" ' in done.stdout and "<skipped" not in done.stdout and done.returncode == 0, done.stdout)


def kinds_that_the_server_does_not_have_do_not_matter_to_an_audit(scene):
    """404 for groups that are not installed."""
    server = _shop(scene).serve()
    whole, _ = _json(scene, server)
    server.absent = {"httproutes", "apiservices"}
    report, done = _json(scene, server)
    check(done.returncode == 0 and not done.stderr, (done.returncode, done.stderr))
    check(report == whole, "the audit differs")
    check(_audit(scene, server).returncode == 1, "findings make the exit status 1")


def _half(kind, later, end):
    """A script that sends half a list of a kind, or of its later pages, and then ends the answer or the connection."""
    def script(server, request):
        if request.kind != kind or (later and "continue" not in request.query):
            return False
        reply = Reply(server, request)
        reply.head(200)
        reply.write(b'{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a"')
        if not end:
            raise Hangup
        reply.end()
        return True
    return script


def a_list_that_breaks_off_is_no_clean_audit(scene):
    """The first pages of the pods are there, and then none: nothing is answered."""
    for i in range(1200):
        scene.cluster.put("pods", pod("legacy", "batch-%d" % i, "10.1.%d.%d" % (i // 250, i % 250 + 1), {"app": "batch"}))
    server = _shop(scene).serve(script=_half("pods", True, False))
    for form in ("table", "junit"):
        done = _audit(scene, server, "-o", form, "--fail-on", "none")
        check(done.returncode == 2 and not done.stdout and done.stderr.count("\n") == 1, (form, done))
    server.script = None
    check(_audit(scene, server, "--fail-on", "none").returncode == 0, "it is clean when all comes")


def a_resource_list_that_breaks_off_is_no_clean_audit(scene):
    """The same of a kind that could be done without, were it forbidden: a server in trouble is no server without Ingresses."""
    server = _shop(scene).serve()
    for end in (False, True):
        server.script = _half("ingresses", False, end)
        done = _audit(scene, server, "--fail-on", "none")
        check(done.returncode == 2 and not done.stdout and done.stderr.count("\n") == 1, (end, done))


def an_audit_shows_progress_to_a_terminal_alone(scene):
    """Standard error is a terminal: a line that is erased in the end.  It is none: nothing."""
    for i in range(1200):
        scene.cluster.put("pods", pod("legacy", "batch-%d" % i, "10.1.%d.%d" % (i // 250, i % 250 + 1), {"app": "batch"}))
    server = _shop(scene).serve()
    ours, theirs = pty.openpty()
    done = subprocess.run([SELVAGE, "audit", "--kubeconfig", scene.conf(server)], stdout=subprocess.DEVNULL, stderr=theirs,
                          timeout=20, env=scene.env)
    os.close(theirs)
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    check(done.returncode == 1 and "pods 500..." in seen and "pods 1203..." in seen, repr(seen))
    check(seen.endswith("\r\033[K"), repr(seen))
    check(_audit(scene, server).stderr == "", "no progress without a terminal")
    check(set(KINDS) >= set(HANGS), "kinds that the server knows")


# With a /run of its own: before there is an agent, while it runs with its default socket, and after it was killed.
_NODE = """
mount -t tmpfs tmpfs /run || exit 99
conf=$1 selvage=$2 dir=$3
ask() {
    name=$1
    shift
    timeout 2 "$selvage" "$@" >"$dir/$name.out" 2>"$dir/$name.err"
    echo $? >"$dir/$name.code"
}
ask_all() {
    ask "$1-audit" audit --kubeconfig "$conf" --fail-on none -o json
    ask "$1-status" status -o json
    ask "$1-monitor" monitor
}
ask_all before
"$selvage" run --kubeconfig "$conf" --node node-a >"$dir/agent.log" 2>&1 &
agent=$!
for i in $(seq 100); do
    "$selvage" status -o json 2>/dev/null | grep -q '"node": *"node-a"' && break
    sleep 0.1
done
ask_all during
kill -KILL $agent
wait $agent
ask_all after
"$selvage" cleanup >/dev/null 2>&1
true
"""


def commands_ask_the_agent_where_it_listens_by_default(scene):
    """audit, status and monitor without --socket, in a mount namespace where /run/selvage is nobody else's."""
    if not os.environ.get("OWN_NETNS"):
        raise Skipped("no namespaces of its own (needs root)")
    conf = scene.conf(_shop(scene).serve())
    done = _run(scene, "unshare", "-m", "sh", "-c", _NODE, "sh", conf, SELVAGE, scene.dir)
    check(done.returncode == 0, done)

    def got(name):
        texts = [open(os.path.join(scene.dir, "%s.%s" % (name, what))).read() for what in ("out", "err", "code")]
        return texts[0], texts[1], int(texts[2])

    def audited(when):
        out, said, code = got(when + "-audit")
        report = json.loads(out)
        return ["%s: %s" % (f["where"], f["message"]) for f in report["findings"] if f["id"] == "NP205"], report["unknown"], said, code

    faults, unknown, said, code = audited("before")
    check((faults, unknown, said, code) == ([], [], "", 0), (faults, unknown, said, code))
    faults, unknown, said, code = audited("during")
    check("NP202" not in unknown and not any("no agent answers" in fault for fault in faults), (faults, unknown, said))
    faults, unknown, said, code = audited("after")
    check(faults == ["this node: no agent answers: nobody listens on " + AGENT] and unknown == ["NP202"] and code == 3,
          (faults, unknown, said, code))
    check(json.loads(got("during-status")[0])["node"] == "node-a" and got("during-status")[2] in (0, 1), got("during-status"))
    check(got("after-status")[2] in (2, 3) and got("before-status")[2] in (2, 3), (got("before-status"), got("after-status")))
    check(got("during-monitor")[2] == 124 and not got("during-monitor")[1], got("during-monitor"))
    for when in ("before", "after"):
        check(got(when + "-monitor")[2] == 2 and AGENT in got(when + "-monitor")[1], got(when + "-monitor"))
