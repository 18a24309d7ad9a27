# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios with real API servers, in TAP: watch_real.py [kube|mini]"""
import os
import signal
import sys
import time

from real import Kube, Mini, Real

from harness import Failed, Scene, check, finished, line_of  # by way of real


class _Known:
    """A server's objects, as the harness compares them."""

    def __init__(self, server):
        self.server = server

    def lines(self):
        return sorted(line_of(kind, obj) for kind, objs in self.server.objects().items() for obj in objs
                      if kind != "pods" or not finished(obj))


def same(server, drive, seconds=20, live=True):
    """Waits until the watcher holds what the server does."""
    end = time.monotonic() + seconds
    while True:
        want = _Known(server).lines()
        objects, states = drive.dump()
        kinds = [s for name, s in states.items() if name != "drive"]
        if objects == want and all(s["synced"] == "1" and (not live or s["live"] == "1") for s in kinds):
            return
        if time.monotonic() > end:
            raise Failed("not the same after %d s: %s; %s" % (seconds, sorted(set(objects) ^ set(want))[:6], kinds))
        time.sleep(0.1)


def everything_there_is_and_becomes(scene, server, drive):
    for ns in ("shop", "bank"):
        server.namespace(ns, team=ns)
    for i in range(30):
        server.pod("shop", "web-%d" % i, "10.0.0.%d" % (i + 1) if i % 3 else None, app="web")
    server.policy("shop", "web", "web")
    same(server, drive)
    for i in range(0, 30, 2):
        server.label("shop", "web-%d" % i, v="1")
        server.delete_pod("shop", "web-%d" % (i + 1))
    server.status("shop", "web-0", podIP="10.0.0.77", podIPs=[{"ip": "10.0.0.77"}], phase="Running")
    server.status("shop", "web-2", phase="Succeeded")
    server.policy("bank", "all", "x")
    server.delete_policy("shop", "web")
    same(server, drive)
    check(not any("web-2 " in line for line in drive.dump()[0]), "a finished pod is still there")


def one_connection_carries_all_watches(scene, server, drive):
    pid = drive.process.pid
    inodes = {os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%d/fd" % pid)}
    with open("/proc/net/tcp") as f:
        rows = [line.split() for line in f.readlines()[1:]]
    ours = [r for r in rows if "socket:[%s]" % r[9] in inodes and r[2].endswith(":%04X" % server.port)]
    check(len(ours) == 1, "%d connections" % len(ours))


def the_server_is_killed_and_restarted(scene, server, drive):
    lists = int(drive.states()["pod"]["lists"])
    for how in (signal.SIGTERM, signal.SIGKILL):
        server.stop(how)
        scene.state(drive, "disconnected", lambda s: s["pod"]["live"] == "0" and s["pod"]["error"], 20)
        check(drive.states()["pod"]["synced"] == "1", "no longer synced")
        server.start()
        server.pod("bank", "after-%d" % how, "10.1.0.%d" % how)
        same(server, drive, 45)
    check(int(drive.states()["pod"]["lists"]) <= lists + 2, "more lists than restarts")


def what_was_missed_is_found_when_history_is_gone(scene, server, drive):
    lists = int(drive.states()["pod"]["lists"])
    drive.process.send_signal(signal.SIGSTOP)
    try:
        server.delete_pod("shop", "web-4")
        server.pod("shop", "fresh", "10.0.1.1")
        server.delete_policy("bank", "all")
        server.namespace("third")
        server.stop(signal.SIGKILL)
        server.compact()
        server.start()
        server.pod("shop", "fresher", "10.0.1.2")
    finally:
        drive.process.send_signal(signal.SIGCONT)
    same(server, drive, 45)
    check(int(drive.states()["pod"]["lists"]) > lists, "pods were not listed again")


def a_server_that_hangs_is_noticed(scene, server, drive):
    server.server.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    try:
        scene.state(drive, "noticed", lambda s: all(s[k]["live"] == "0" for k in ("pod", "namespace", "networkpolicy")), 17)
        check(time.monotonic() - begun < 16, "after %.1f s" % (time.monotonic() - begun))
    finally:
        server.server.send_signal(signal.SIGCONT)
    server.pod("shop", "hang", "10.0.1.3")
    same(server, drive, 45)


def a_permission_is_taken_and_given_back(scene, server, drive):
    server.forbid()
    server.stop(signal.SIGKILL)
    server.start()
    scene.state(drive, "told so", lambda s: "not allowed to" in s["pod"]["error"] and "pods" in s["pod"]["error"], 60)
    check(drive.states()["pod"]["synced"] == "1", "no longer synced")
    server.permit()
    server.pod("shop", "permitted", "10.0.1.4")
    same(server, drive, 60)


def a_token_is_rotated_and_revoked(scene, server, drive):
    server.tokens("agent-2")
    server.stop(signal.SIGKILL)
    server.start()
    scene.state(drive, "told so", lambda s: "401" in s["pod"]["error"] or s["pod"]["live"] == "0", 60)
    with open(server.path("token"), "w") as f:
        f.write("agent-2\n")
    server.pod("shop", "rotated", "10.0.1.5")
    same(server, drive, 60)


def policies_stay_while_their_namespace_ends(scene, server, drive):
    server.namespace("ending")
    server.pod("ending", "last", "10.0.2.1", app="x")
    server.policy("ending", "deny", "x")
    same(server, drive)
    server.must("DELETE", "/api/v1/namespaces/ending")
    server.delete_policy("ending", "deny")
    scene.state(drive, "held", lambda s: s["drive"]["held"] == "1", 10)
    time.sleep(1)
    check(any("ending/deny" in line for line in drive.dump()[0]), "the policy is gone")
    server.delete_pod("ending", "last")
    scene.state(drive, "released", lambda s: s["drive"]["held"] == "0", 10)
    same(server, drive)


SCENARIOS = (everything_there_is_and_becomes, one_connection_carries_all_watches, the_server_is_killed_and_restarted,
             what_was_missed_is_found_when_history_is_gone, a_server_that_hangs_is_noticed,
             a_permission_is_taken_and_given_back, a_token_is_rotated_and_revoked,
             policies_stay_while_their_namespace_ends)


def conf_of(scene, server):
    class Url:
        url = "https://127.0.0.1:%d" % server.port
    with open(server.path("token"), "w") as f:
        f.write("agent-1\n")
    return scene.conf(Url, cluster={"certificate-authority": server.path("certs/apiserver.crt")},
                      user={"tokenFile": server.path("token")})


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def say(self, name, scenario, *args):
        self.n += 1
        begun = time.monotonic()
        try:
            scenario(*args)
        except (Failed, OSError) as e:
            self.failed += 1
            print("# %s\nnot ok %d - %s" % (e, self.n, name), flush=True)
            return
        print("# %.1f s\nok %d - %s" % (time.monotonic() - begun, self.n, name), flush=True)


def run(tap, kind, port):
    from harness import Drive
    scene = Scene()
    server = kind(scene.dir, port)
    try:
        server.start()
        server.permit()
        drive = Drive(scene, conf_of(scene, server), "--usual")
        scene.drives.append(drive)
        tap.say("%s: a cluster is known" % kind.name, same, server, drive)
        for scenario in SCENARIOS:
            if scenario is policies_stay_while_their_namespace_ends and kind is Mini:
                continue
            tap.say("%s: %s" % (kind.name, scenario.__name__.replace("_", " ")), scenario, scene, server, drive)
        tap.say("%s: the watcher ends in order" % kind.name, scene.close)
    finally:
        server.close()


def main():
    tap = Tap()
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    kinds = [(Kube, "KUBE_APISERVER", 16443), (Mini, "MINI_APISERVER", 26443)]
    for kind, variable, port in kinds:
        if os.environ.get(variable) and part in kind.name:
            run(tap, kind, port)
    print("1..%d" % tap.n)
    return tap.failed != 0


assert issubclass(Kube, Real)

if __name__ == "__main__":
    sys.exit(main())
