# SPDX-License-Identifier: GPL-2.0-or-later
"""Wide lists: everything that questions and findings name, as far as the server has it and we may list it."""
import os
import pty
import subprocess

from harness import DRIVE, check, resource
from objects import KINDS, RESOURCES

SELVAGE = os.path.join(os.environ["BUILD"], "selvage")


def _run(scene, *command):
    return subprocess.run(command, capture_output=True, text=True, timeout=20, env=scene.env)


def _wide(scene, server, *options):
    """What a wide list gives: lines of objects, of missing kinds, the exit status and what was complained of."""
    done = _run(scene, DRIVE, "--once", "--wide", *options, scene.conf(server))
    lines = done.stdout.splitlines()
    return ([line for line in lines if line[:1] not in ("#", "?", ".")], [line for line in lines if line[:1] == "?"],
            done.returncode, done.stderr)


def _everything(scene):
    for kind in RESOURCES:
        scene.cluster.put(kind, resource(kind, "one"))
    return scene.fill(pods=3)


def _words():
    return {KINDS[kind][1].lower() for kind in RESOURCES}


def every_kind_is_listed(scene):
    """One of each, beside pods, namespaces and policies."""
    objects, missing, code, said = _wide(scene, _everything(scene).serve())
    check(code == 0 and not missing and not said, (code, missing, said))
    got = {line.split(" ")[0] for line in objects}
    check(got == _words() | {"pod", "namespace", "networkpolicy"}, got)
    check("node /one" in objects and "deployment shop/one" in objects, objects)


def a_narrow_list_asks_for_three_kinds(scene):
    """What decides packets, and no more."""
    server = _everything(scene).serve()
    done = _run(scene, DRIVE, "--once", scene.conf(server))
    check(done.returncode == 0, done)
    check({r.kind for r in server.requests} == {"pods", "namespaces", "networkpolicies"}, server.requests)
    check("deployment" not in done.stdout, done.stdout)


def an_agent_asks_for_three_kinds(scene):
    """Watches of what decides packets, whatever else there is."""
    server = _everything(scene).serve()
    drive = scene.drive(server)
    scene.state(drive, "synced", lambda s: all(v["synced"] == "1" for k, v in s.items() if k != "drive"))
    check({r.kind for r in server.requests} == {"pods", "namespaces", "networkpolicies"}, server.requests)


def long_lists_of_resources_come_in_pages(scene):
    """1,200 Services."""
    for i in range(1200):
        scene.cluster.put("services", resource("services", "s%d" % i))
    server = scene.fill(pods=3).serve()
    objects, _, code, _ = _wide(scene, server)
    check(code == 0 and sum(line.startswith("service ") for line in objects) == 1200, len(objects))
    check(server.count("list", "services") == 3, "%d pages" % server.count("list", "services"))


def kinds_that_the_server_does_not_have_are_no_matter(scene):
    """404 for HTTPRoutes."""
    objects, missing, code, said = _wide(scene, _everything(scene).serve(absent={"httproutes"}))
    check(code == 0 and not missing and not said, (code, missing, said))
    check({line.split(" ")[0] for line in objects} >= _words() - {"httproute"}, objects)


def a_kind_that_may_not_be_listed_is_told_and_the_rest_comes(scene):
    """403 for Services and for nodes."""
    server = _everything(scene).serve(denied={("list", "services"), ("list", "nodes")})
    objects, missing, code, _ = _wide(scene, server)
    check(code == 0 and len(missing) == 2, (code, missing))
    check(missing[0].startswith("? service not allowed to list services: our role needs list on it (403"), missing)
    got = {line.split(" ")[0] for line in objects}
    check(got >= _words() - {"service", "node"} and "service" not in got and "node" not in got, got)


def what_decides_packets_must_be_listed_unless_one_is_lenient(scene):
    """403 for policies."""
    server = _everything(scene).serve(denied={("list", "networkpolicies")})
    _, _, code, said = _wide(scene, server)
    check(code == 2 and "not allowed to list networkpolicies" in said, (code, said))
    objects, missing, code, _ = _wide(scene, server, "--lenient")
    check(code == 0 and len(missing) == 1 and missing[0].startswith("? networkpolicy not allowed"), (code, missing))
    check("pod shop/web-0" in " ".join(objects), objects)


def a_list_that_breaks_is_no_missing_kind(scene):
    """The token is not accepted: nothing is answered, and one sentence says why."""
    _, _, code, said = _wide(scene, _everything(scene).serve(tokens={"good"}), "--lenient")
    check(code == 2 and "401" in said and said.count("\n") == 1, (code, said))


def a_snapshot_without_services_is_incomplete(scene):
    """The command says so, and exits with 3; with all of them, with 0."""
    server = _everything(scene).serve()
    done = _run(scene, SELVAGE, "snapshot", "--kubeconfig", scene.conf(server))
    check(done.returncode == 0 and not done.stderr and "kind: Service\n" in done.stdout, done)
    server.denied = {("list", "services")}
    done = _run(scene, SELVAGE, "snapshot", "--kubeconfig", scene.conf(server))
    check(done.returncode == 3 and "kind: Service\n" not in done.stdout, done)
    check(done.stderr.startswith("warning: service objects are unknown: not allowed to list services"), done.stderr)


def progress_is_shown_to_a_terminal(scene):
    """And nobody else: the line is erased in the end."""
    conf = scene.conf(scene.fill(pods=1200).serve())
    ours, theirs = pty.openpty()
    done = subprocess.run([SELVAGE, "snapshot", "--kubeconfig", conf], stdout=subprocess.DEVNULL, stderr=theirs, timeout=20,
                          env=scene.env)
    os.close(theirs)
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    check(done.returncode == 0 and "pods 500..." in seen and "pods 1200..." in seen, repr(seen))
    check(seen.endswith("\r\033[K"), repr(seen))
