# SPDX-License-Identifier: GPL-2.0-or-later
"""What the scenarios have in common: a server, a watcher of it, and the comparison of what both hold."""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

TREE = os.environ["TREE"]
DRIVE = os.path.join(os.environ["BUILD"], "t/watch/drive")
sys.path.insert(0, os.path.join(TREE, "t/apiserver"))

from cluster import Cluster  # noqa: E402
from objects import finished, namespace, pod, policy, resource  # noqa: E402, F401
from server import Server  # noqa: E402


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def line_of(kind, obj):
    """An object as drive prints it."""
    meta = obj["metadata"]
    if kind == "namespaces":  # an API server before 1.21 does not set it
        meta.setdefault("labels", {})["kubernetes.io/metadata.name"] = meta["name"]
    labels = ",".join("%s=%s" % kv for kv in sorted(meta.get("labels", {}).items()))
    name = "%s/%s" % (meta.get("namespace", ""), meta["name"])
    if kind == "namespaces":
        dying = " terminating" if "deletionTimestamp" in meta else ""
        return "namespace %s%s%s" % (name, dying, " " + labels if labels else "")
    if kind == "networkpolicies":
        app = obj["spec"]["podSelector"]["matchLabels"]["app"]
        return "networkpolicy %s %d rules app=%s" % (name, len(obj["spec"]["ingress"]), app)
    ips = "".join(" " + ip["ip"] for ip in obj["status"].get("podIPs", []))
    return "pod %s %s%s%s" % (name, obj["spec"]["nodeName"], ips, " " + labels if labels else "")


def lines_of(cluster, keep_finished=False):
    with cluster.turned:
        return sorted(line_of(kind, obj) for kind, objs in cluster.objects.items() for obj in objs.values()
                      if keep_finished or kind != "pods" or not finished(obj))


class Drive:
    """The watcher under test."""

    def __init__(self, scene, conf, *options):
        self.log = os.path.join(scene.dir, "log-%d" % time.monotonic_ns())
        self.process = subprocess.Popen([DRIVE, *options, "--log", self.log, conf], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=scene.env)

    def dump(self):
        """The objects, and by kind how the watch stands."""
        try:
            self.process.stdin.write("dump\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed("drive ended: " + self.process.stderr.read()) from None
        objects, states = [], {}
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line == ".":
                return sorted(objects), states
            if line.startswith("# "):
                head, _, error = line[2:].partition(" error=")
                name, *fields = head.split(" ")
                states[name] = dict(f.split("=") for f in fields)
                states[name]["error"] = error
            else:
                objects.append(line)
        raise Failed("drive ended: " + self.process.stderr.read())

    def states(self):
        return self.dump()[1]

    def logged(self):
        with open(self.log) as log:
            return log.read().splitlines()

    def end(self):
        self.process.stdin.close()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed("drive did not end") from None
        errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        if code:
            raise Failed("drive ended with %d: %s" % (code, errors))


class Scene:
    """One scenario: a cluster, its servers and watchers."""

    def __init__(self):
        self.temp = tempfile.TemporaryDirectory(prefix="selvage-watch-")
        self.dir = self.temp.name
        self.env = {k: v for k, v in os.environ.items() if k not in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST")}
        self.cluster = Cluster()
        self.servers, self.drives = [], []
        self.threads = []
        self.versions = {}  # label v by number of pod

    def fill(self, pods=20):
        self.cluster.put("namespaces", namespace("shop", {"team": "a"}))
        self.cluster.put("namespaces", namespace("bank"))
        for i in range(pods):
            self.cluster.put("pods", pod("shop", "web-%d" % i, "10.0.%d.%d" % (i // 250, i % 250 + 1),
                                         {"app": "web", "v": "0"}))
        self.cluster.put("pods", pod("bank", "job-0", "10.1.0.1", {"app": "job"}, phase="Succeeded"))
        self.cluster.put("networkpolicies", policy("shop", "web", "web"))
        return self

    def serve(self, cluster=None, **options):
        server = Server(cluster or self.cluster, options.pop("tls", None), options.pop("port", 0))
        for name, value in options.items():
            assert hasattr(server, name), name
            setattr(server, name, value)
        self.servers.append(server)
        return server

    def conf(self, server, cluster=None, user=None, name="config"):
        path = os.path.join(self.dir, name)
        with open(path, "w") as out:
            json.dump({"current-context": "here",
                       "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
                       "clusters": [{"name": "c", "cluster": dict({"server": server.url}, **(cluster or {}))}],
                       "users": [{"name": "u", "user": user or {}}]}, out)
        return path

    def drive(self, server, *options, **conf):
        drive = Drive(self, self.conf(server, **conf), *options)
        self.drives.append(drive)
        return drive

    def background(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()
        return thread

    def close(self):
        failure = None
        for drive in self.drives:
            try:
                drive.end()
            except Failed as e:
                failure = failure or e
        for server in self.servers:
            server.close()
        self.temp.cleanup()
        if failure:
            raise failure

    # Expectations

    def until(self, what, test, seconds=15):
        """Waits until a test holds; the last thing that it returned explains a failure."""
        end = time.monotonic() + seconds
        while True:
            good, why = test()
            if good:
                return
            if time.monotonic() > end:
                raise Failed("%s: not after %d s: %s" % (what, seconds, why))
            time.sleep(0.05)

    def same(self, drive, seconds=15, cluster=None, live=True, **also):
        """Waits until the watcher holds what the cluster does, with all watches open."""
        def test():
            objects, states = drive.dump()
            kinds = [s for name, s in states.items() if name != "drive"]
            want = lines_of(cluster or self.cluster, **also)
            if objects != want:
                return False, "objects differ: %s; %s" % (sorted(set(objects) ^ set(want))[:6], kinds)
            return all(s["synced"] == "1" and (not live or s["live"] == "1") for s in kinds), kinds
        self.until("state equals the server's", test, seconds)

    def state(self, drive, what, test, seconds=15):
        """Waits until a test of the states holds."""
        def both():
            states = drive.states()
            return test(states), states
        self.until(what, both, seconds)

    def steady(self, drive, lines, seconds):
        """The watcher's objects stay as they are."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            objects = drive.dump()[0]
            if objects != lines:
                raise Failed("objects changed: %s" % sorted(set(objects) ^ set(lines))[:6])
            time.sleep(0.1)


def check(good, why):
    if not good:
        raise Failed(why)


def no_deletes(drive):
    gone = [line for line in drive.logged() if line.startswith("- ")]
    check(not gone, "nothing was deleted, but: %s" % gone[:5])


def monotonic(drive):
    """No object's label v went back."""
    seen = {}
    for line in drive.logged():
        words = line.split(" ")
        if words[0] == "-" and words[1] == "pod":
            seen.pop(words[2], None)
        if words[0] != "+" or words[1] != "pod":
            continue
        for label in words[-1].split(","):
            if label.startswith("v="):
                v = int(label[2:])
                check(v >= seen.get(words[2], 0), "%s went back from %d to %d" % (words[2], seen.get(words[2], 0), v))
                seen[words[2]] = v
