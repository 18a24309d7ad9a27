# SPDX-License-Identifier: GPL-2.0-or-later
"""The Node object of an agent's node, which tells where the node's pods get their addresses."""
import json
import os
import subprocess

from harness import Skipped, check, resource

SELVAGE = os.path.join(os.environ["BUILD"], "selvage")


class _Agent:
    """`selvage run --unknown-pods deny` for node-a, in a network namespace where a table is its own: only one at a time."""

    def __init__(self, scene, server, *options):
        self.scene = scene
        self.socket = os.path.join(scene.dir, "agent.sock")
        self.log = os.path.join(scene.dir, "agent.log")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [SELVAGE, "run", "--kubeconfig", scene.conf(server), "--node", "node-a", "--socket", self.socket,
                 *(options or ("--unknown-pods", "deny")), "--flannel-env", scene.flannel], stderr=log, env=scene.env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def said(self):
        with open(self.log) as log:
            return log.read()

    def status(self):
        done = subprocess.run([SELVAGE, "status", "--socket", self.socket, "-o", "json"], capture_output=True, text=True,
                              timeout=20, env=self.scene.env)
        return json.loads(done.stdout) if done.stdout else {"guards": [], "degraded": []}

    def guard(self):
        """State and detail of the guard of unknown pods."""
        return next(([g["state"], g["detail"]] for g in self.status()["guards"] if g["guard"] == "unknown-pods"), None)

    def comes_to(self, state, detail):
        def test():
            got = self.guard()
            return got == [state, detail], (got, self.said())
        self.scene.until("%s: %s" % (state, detail), test, 20)

    def says(self, text):
        self.scene.until(text, lambda: (text in self.said(), self.said()), 20)


def _node(**spec):
    node = resource("nodes", "node-a")
    node["spec"] = spec
    return node


def _flannel(scene, *lines):
    """What Flannel tells; nothing: it is not there."""
    scene.flannel = os.path.join(scene.dir, "subnet.env")
    if lines:
        with open(scene.flannel + ".new", "w") as out:
            out.write("".join(line + "\n" for line in lines))
        os.rename(scene.flannel + ".new", scene.flannel)
    elif os.path.exists(scene.flannel):
        os.remove(scene.flannel)


def _asked(server):
    return server.count("get", "nodes")


def _allowed(scene, server):
    with _Agent(scene, server) as agent:
        agent.comes_to("ok", "deny in 10.244.1.0/24, fd00:10:244:1::/64, by the Node object")
        agent.says("unknown pods are closed in 10.244.1.0/24,fd00:10:244:1::/64, by the Node object")
        check(_asked(server) == 1, server.requests)


def _refused(scene, server, why):
    """Flannel tells instead, and that is no error."""
    _flannel(scene, "FLANNEL_SUBNET=10.244.1.1/24")
    with _Agent(scene, server) as agent:
        agent.comes_to("ok", "deny in 10.244.1.0/24, by " + scene.flannel)
        agent.says("the Node object does not tell where pods of this node get their addresses: " + why)
        check("not ready: unknown" not in agent.said(), agent.said())
    _flannel(scene)


def _nobody_tells(scene, server):
    with _Agent(scene, server) as agent:
        agent.comes_to("bad", "deny in no known CIDR")
        want = ("neither --pod-cidr nor %s nor the Node object (not allowed to get nodes: our role needs get on it (403"
                % scene.flannel)
        scene.until(want, lambda: (any(want in reason for reason in agent.status()["degraded"]), agent.status()))


def _later(scene, server):
    """A node that has no prefix yet."""
    scene.cluster.put("nodes", _node())
    before = _asked(server)
    with _Agent(scene, server) as agent:
        agent.says("get their addresses: it has no podCIDR")
        agent.comes_to("bad", "deny in no known CIDR")
        scene.cluster.put("nodes", _node(podCIDR="10.244.1.0/24"))
        agent.comes_to("ok", "deny in 10.244.1.0/24, by the Node object")
        check(_asked(server) - before >= 2, server.requests)
        check(agent.said().count("it has no podCIDR") <= 2, agent.said())  # told once, and once why it is not ready


def _disagreement(scene, server):
    _flannel(scene, "FLANNEL_SUBNET=10.244.2.1/24", "FLANNEL_IPV6_SUBNET=fd00:10:244:2::1/64")
    with _Agent(scene, server) as agent:
        agent.comes_to("ok", "deny in 10.244.1.0/24, 10.244.2.0/24, fd00:10:244:2::/64, by the Node object and "
                       + scene.flannel)
        agent.says("the Node object says that pods of this node get their addresses from 10.244.1.0/24, and %s says "
                   "10.244.2.0/24,fd00:10:244:2::/64: both are closed" % scene.flannel)
    _flannel(scene)


def _not_asked(scene, server):
    before = _asked(server)
    with _Agent(scene, server, "--unknown-pods", "deny", "--pod-cidr", "10.9.0.0/24") as agent:
        agent.comes_to("ok", "deny in 10.9.0.0/24, by --pod-cidr")
    with _Agent(scene, server, "--unknown-pods", "allow") as agent:
        agent.comes_to("ok", "allow in no known CIDR")
    check(_asked(server) == before, server.requests)


def the_node_object_tells_where_pods_get_their_addresses(scene):
    """Allowed, forbidden, absent, not yet, otherwise than Flannel, and not asked: agents one after the other."""
    if not os.environ.get("OWN_NETNS"):
        raise Skipped("an agent takes a network namespace of its own")
    _flannel(scene)
    server = scene.fill(pods=1).serve()
    scene.cluster.put("nodes", _node(podCIDR="10.244.1.0/24", podCIDRs=["10.244.1.0/24", "fd00:10:244:1::/64"]))
    _allowed(scene, server)
    server.denied = {("get", "nodes")}
    _refused(scene, server, "not allowed to get nodes: our role needs get on it (403: nodes is forbidden")
    _nobody_tells(scene, server)
    server.denied = set()
    scene.cluster.delete("nodes", "", "node-a")
    _refused(scene, server, "cannot get nodes (404 NotFound: nodes \"node-a\" not found)")
    _later(scene, server)
    _disagreement(scene, server)
    _not_asked(scene, server)
