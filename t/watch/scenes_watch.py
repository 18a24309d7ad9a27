# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that does as it should."""
import random
import time

from harness import check, monotonic, namespace, no_deletes, pod, policy


def _churn(scene, rng, n, pause=0.002):
    """Random changes to pods, policies and namespaces; labels v only grow."""
    versions = scene.versions
    for _ in range(n):
        i = rng.randrange(40)
        name = "pod-%d" % i
        there = ("shop", name) in scene.cluster.objects["pods"]
        what = rng.randrange(10)
        if what < 6 or not there:
            versions[i] = versions.get(i, 0) + 1
            phase = "Succeeded" if what == 5 else "Running"
            scene.cluster.put("pods", pod("shop", name, "10.2.0.%d" % (i + 1), {"app": "x", "v": str(versions[i])},
                                          phase=phase))
        elif what < 8:
            scene.cluster.delete("pods", "shop", name)
        elif what == 8:
            scene.cluster.put("networkpolicies", policy("bank", "p-%d" % (i % 5), "app-%d" % i))
        elif ("bank", "p-%d" % (i % 5)) in scene.cluster.objects["networkpolicies"]:
            scene.cluster.delete("networkpolicies", "bank", "p-%d" % (i % 5))
        time.sleep(pause)


def a_watch_that_begins_with_a_list_is_all_it_takes(scene):
    """One request per kind."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    check(server.count("list") == 0, "lists were asked for")
    check(server.count("watch") == 3, "%d watches for 3 kinds" % server.count("watch"))
    check(drive.states()["drive"]["problems"] == "0", "problems")


def an_old_server_is_listed_and_watched(scene):
    """It does not allow resourceVersionMatch in a watch, as Kubernetes 1.20."""
    server = scene.fill().serve(initial="refuse")
    drive = scene.drive(server)
    scene.same(drive, seconds=3)
    check(server.count("list") == 3, "%d lists for 3 kinds" % server.count("list"))
    first = next(r for r in server.requests if r.verb == "list" and r.kind == "pods")
    check(first.version == "0", "the first list asks for resourceVersion %r" % first.version)
    check(first.query.get("limit") == "500", "no limit")


def changes_arrive_in_any_mix(scene):
    """Random events, with watches that the server ends all the time."""
    server = scene.fill().serve(limit_watch=0.7)
    drive = scene.drive(server)
    scene.same(drive)
    _churn(scene, random.Random(1), 1500)
    scene.same(drive)
    monotonic(drive)
    check(server.count("list") == 0, "a watch that ends is no reason for a list")


def changes_arrive_by_compressed_bytes_too(scene):
    """gzip with a flush after each event."""
    server = scene.fill().serve(gzip=True)
    drive = scene.drive(server)
    scene.same(drive)
    _churn(scene, random.Random(2), 300)
    scene.same(drive)


def a_pod_that_finished_is_gone(scene):
    """The field selector drops it, with its address."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    scene.cluster.put("pods", pod("shop", "web-3", "10.0.0.4", {"app": "web"}, phase="Failed"))
    scene.same(drive, seconds=5)
    check(not any("web-3" in line for line in drive.dump()[0]), "web-3 is still there")
    scene.cluster.put("pods", pod("shop", "web-3b", "10.0.0.4", {"app": "web"}))
    scene.same(drive, seconds=5)


def a_server_without_that_field_selector_is_watched_without_it(scene):
    """400: the selector is given up, finished pods stay and are known as such."""
    def script(server, request):
        if "fieldSelector" not in request.query:
            return False
        body = {"kind": "Status", "code": 400, "reason": "BadRequest", "message": "field label not supported"}
        from server import Reply
        Reply(server, request).whole(400, body)
        return True
    server = scene.fill().serve(script=script)
    drive = scene.drive(server)
    scene.state(drive, "synced", lambda s: s["pod"]["live"] == "1")
    check(any("job-0" in line and "finished" in line for line in drive.dump()[0]), "the finished pod is not there")


def bookmarks_move_the_version(scene):
    """A watch begun again after a quiet time goes on where the last bookmark was."""
    server = scene.fill().serve(bookmarks=0.2, limit_watch=2)
    drive = scene.drive(server)
    scene.same(drive)
    before = int(drive.states()["namespace"]["version"])
    for i in range(30):
        scene.cluster.put("pods", pod("shop", "late-%d" % i, "10.3.0.%d" % (i + 1)))
    scene.state(drive, "namespaces advanced", lambda s: int(s["namespace"]["version"]) >= before + 30, 5)
    scene.state(drive, "watched again", lambda s: int(s["namespace"]["restarts"]) >= 2, 8)
    again = [r for r in server.requests if r.kind == "namespaces" and r.watch and not r.initial]
    check(int(again[-1].version) >= before + 30, "watched again from %s" % again[-1].version)
    scene.same(drive)


def policies_of_a_namespace_that_ends_stay_until_its_last_pod(scene):
    """CVE-2024-7598, with the delete before the news of the namespace, too."""
    server = scene.fill(pods=0).serve()
    for i, ns in enumerate(("one", "two")):
        scene.cluster.put("namespaces", namespace(ns))
        scene.cluster.put("pods", pod(ns, "p", "10.9.%d.1" % i))
        scene.cluster.put("networkpolicies", policy(ns, "deny", "x"))
    drive = scene.drive(server)
    scene.same(drive)
    scene.cluster.put("namespaces", namespace("one", terminating=True))
    scene.cluster.delete("networkpolicies", "one", "deny")
    scene.cluster.delete("networkpolicies", "two", "deny")
    scene.cluster.put("namespaces", namespace("two", terminating=True))
    scene.state(drive, "two are held", lambda s: s["drive"]["held"] == "2", 5)
    check(sum("/deny " in line for line in drive.dump()[0]) == 2, "a policy is gone before the pods")
    scene.cluster.delete("pods", "one", "p")
    scene.state(drive, "one is held", lambda s: s["drive"]["held"] == "1", 5)
    scene.cluster.delete("namespaces", "", "one")
    scene.cluster.delete("pods", "two", "p")
    scene.cluster.delete("namespaces", "", "two")
    scene.same(drive)


def a_policy_that_is_deleted_is_gone_at_once(scene):
    """In a namespace that lives."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    begun = time.monotonic()
    scene.cluster.delete("networkpolicies", "shop", "web")
    scene.same(drive, seconds=5)
    check(time.monotonic() - begun < 1, "it took %.1f s" % (time.monotonic() - begun))


def the_agent_says_nothing_before_it_knows_everything(scene):
    """Slow policies: nothing counts as synced before they are there."""
    def script(server, request):
        if request.kind == "networkpolicies":
            time.sleep(1)
        return False
    server = scene.fill().serve(script=script)
    drive = scene.drive(server)
    scene.state(drive, "pods are there", lambda s: s["pod"]["synced"] == "1" and s["networkpolicy"]["synced"] == "0", 3)
    scene.same(drive)
    no_deletes(drive)


def one_list_is_all_that_an_offline_command_takes(scene):
    """--once: pages, then the end."""
    import subprocess
    from harness import DRIVE, lines_of
    server = scene.fill(pods=1200).serve()
    done = subprocess.run([DRIVE, "--once", scene.conf(server)], capture_output=True, text=True, timeout=20, env=scene.env)
    lines = sorted(line for line in done.stdout.splitlines() if line[0] not in "#.")
    check(done.returncode == 0 and lines == lines_of(scene.cluster), done.stderr or "objects differ")
    check(server.count("watch") == 0, "it watched")
    check(server.count("list", "pods") == 3, "%d pages" % server.count("list", "pods"))
    check(next(r for r in server.requests if r.kind == "pods").version == "", "not the newest state")
