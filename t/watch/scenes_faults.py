# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers and networks that fail in every way."""
import json
import os
import random
import subprocess
import time

import scenes_watch
from harness import Skipped, check, lines_of, monotonic, no_deletes, pod
from server import Hangup, Reply, status


def every_chunk_boundary_is_as_good_as_any(scene):
    """One byte in a chunk, two, and three, events and lists."""
    for chunk in (1, 2, 3):
        for initial in ("yes", "refuse"):
            server = scene.serve(chunk=chunk, initial=initial) if scene.servers else scene.fill(3).serve(
                chunk=chunk, initial=initial)
            drive = scene.drive(server)
            scene.same(drive)
            scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": str(chunk), "w": initial.replace(" ", "")}))
            scene.same(drive)


def an_event_cut_in_the_middle_is_not_lost(scene):
    """At every kind of place; the watch goes on from the version before."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    rng = random.Random(3)
    for i in range(12):
        server.cut_after = rng.randrange(1, 900)
        scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"app": "web", "v": str(i)}))
        scene.same(drive, live=False)
    scene.same(drive)
    monotonic(drive)
    no_deletes(drive)


def a_stream_that_ends_politely_in_the_middle_of_an_event(scene):
    """The last chunk comes, the rest of the event does not."""
    server = scene.fill().serve()
    cut = []

    def script(server, request):
        if not request.watch or request.initial or cut:
            return False
        cut.append(request)
        reply = Reply(server, request)
        reply.head(200)
        time.sleep(0.5)
        reply.write(b'{"type":"DELETED","object":{"kind":"Pod","metadata":{"name":"web-0","namespace":"shop"')
        reply.end()
        return True
    server.script = script
    drive = scene.drive(server)
    scene.same(drive)
    server.hangup()
    scene.state(drive, "cut once", lambda s: cut, 5)
    scene.same(drive)
    no_deletes(drive)


def garbage_begins_the_list_anew(scene):
    """Text that is no JSON, JSON that is no event, objects without a name, unknown types."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    junk = [b"<html>not found</html>", b"{]}", b'{"type":"ADDED"}', b'{"type":"ADDED","object":{"metadata":{}}}',
            b'{"type":"WHATEVER","object":{"metadata":{"name":"x"}}}', b"[1,2]", b'{"type":5,"object":{}}',
            b'{"type":"ADDED","object":{"metadata":{"name":"\xff\xfe"}}}', b"\x00\x01\x02", b'{"a":' * 3000,
            b'{"type":"ADDED","object":{"metadata":{"name":"x","n":1e400}}}']

    def script(server, request):
        if not request.watch or request.initial or not junk:
            return False
        piece = junk.pop()
        reply = Reply(server, request)
        reply.head(200)
        time.sleep(0.35)
        reply.write(piece + b"\n")
        reply.end()
        return True
    server.script = script
    server.hangup()
    scene.state(drive, "all garbage was sent", lambda s: not junk, 25)
    scene.same(drive)
    no_deletes(drive)
    scene.state(drive, "all 11 were rejected",
                lambda s: sum(int(w["rejected"]) for n, w in s.items() if n != "drive") == 11, 5)
    scene.same(drive)


def a_huge_object_is_taken_and_one_beyond_measure_is_not(scene):
    """3 MB fits; 9 MB restarts the list until it is gone."""
    server = scene.fill().serve(initial="refuse")
    drive = scene.drive(server)
    scene.same(drive)
    scene.cluster.put("pods", pod("shop", "huge", "10.6.0.1", ballast="h" * 3000000))
    scene.same(drive)
    lines = lines_of(scene.cluster)
    scene.cluster.put("pods", pod("shop", "monster", "10.6.0.2", ballast="m" * 9000000))
    scene.state(drive, "rejected", lambda s: int(s["pod"]["rejected"]) >= 2 and "larger than" in s["pod"]["error"], 20)
    check(drive.dump()[0] == lines, "objects changed")
    check(drive.states()["pod"]["synced"] == "1", "no longer synced")
    scene.cluster.delete("pods", "shop", "monster")
    scene.same(drive)
    _memory_is_bounded(drive)


ADDRESS_SANITIZER_KB = 1 << 30


def _memory_is_bounded(drive):
    peak = _status_kb(drive, "VmHWM")
    if _status_kb(drive, "VmSize") < ADDRESS_SANITIZER_KB:  # it keeps what is freed
        check(peak < 100000, "%d kB at the peak" % peak)


def _status_kb(drive, field):
    with open("/proc/%d/status" % drive.process.pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith(field + ":"))


def one_kind_of_object_never_ends(scene):
    """A list with a string without end: bounded memory, an error, and the other kinds go on."""
    def script(server, request):
        if request.kind != "pods" or script.cured:
            return False
        reply = Reply(server, request)
        reply.head(200)
        reply.write(b'{"kind":"PodList","items":[{"metadata":{"name":"')
        for _ in range(300):
            reply.write(b"a" * 100000)
        return True
    script.cured = False
    server = scene.fill().serve(initial="refuse", script=script)
    drive = scene.drive(server)
    scene.state(drive, "rejected", lambda s: int(s["pod"]["rejected"]) >= 1 and s["namespace"]["live"] == "1", 20)
    _memory_is_bounded(drive)
    script.cured = True
    scene.same(drive)


def a_slow_server_is_waited_for(scene):
    """Bytes trickle in, but they do."""
    server = scene.fill(pods=15).serve(chunk=200, pause=0.02)
    drive = scene.drive(server)
    scene.same(drive, seconds=25)
    scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": "1"}))
    scene.same(drive)
    check(server.count("watch", "pods") == 1, "the watch was begun again")


def too_many_requests_are_held_back(scene):
    """429 with Retry-After: nothing before it is over."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    refused = []

    def script(server, request):
        if request.kind != "pods" or len(refused) > 1:
            return False
        refused.append(request.time)
        Reply(server, request).whole(429, status(429, "TooManyRequests", "please wait"), ["Retry-After: 2"])
        return True
    server.script = script
    server.hangup()
    scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": "1"}))
    scene.state(drive, "refused", lambda s: "429" in s["pod"]["error"], 5)
    scene.same(drive)
    after = [r.time for r in server.requests if r.kind == "pods"][-1]
    check(refused[1] - refused[0] >= 1.95 and after - refused[1] >= 1.95, "came back too early: %s" % refused)
    check(server.count("list") == 0, "it listed")


def an_unwell_server_is_asked_again_later(scene):
    """500 and 503 for a while, on everything."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    lines = lines_of(scene.cluster)

    def script(server, request):
        Reply(server, request).whole(random.choice((500, 502, 503)), status(500, "InternalError", "not well"))
        return True
    server.script = script
    asked = len(server.requests)
    server.hangup()
    scene.steady(drive, lines, 4)
    check(len(server.requests) - asked < 60, "%d requests in 4 s" % (len(server.requests) - asked))
    check("not well" in drive.states()["pod"]["error"], drive.states()["pod"]["error"])
    server.script = None
    scene.cluster.delete("pods", "shop", "web-0")
    scene.same(drive)


def an_answer_of_html_is_no_list(scene):
    """A proxy's error page, with a good status and with a bad one."""
    def script(server, request):
        if request.kind is None or script.left <= 0:
            return False
        script.left -= 1
        reply = Reply(server, request)
        reply.head(script.left % 2 * 200 + 300 if script.left % 2 else 502)
        reply.write(b"<html>Bad gateway</html>")
        reply.end()
        return True
    script.left = 12
    drive = scene.drive(scene.fill().serve(script=script))
    scene.same(drive)


def errors_in_the_stream_are_survived(scene):
    """ERROR events of every kind at the beginning of watches."""
    server = scene.fill().serve()
    errors = [status(500, "InternalError", "x"), status(504, "Timeout", "x"), status(429, "TooManyRequests", "x"),
              status(410, "Gone", "x"), {"kind": "Status"}, {}, status(410, "Expired", "x"), status(0, "Expired", "x")]

    def script(server, request):
        if not request.watch or request.initial or not errors:
            return False
        reply = Reply(server, request)
        reply.head(200)
        server.event(reply, "ERROR", errors.pop())
        raise Hangup
    server.script = script
    drive = scene.drive(server)
    scene.same(drive)
    server.hangup()
    scene.state(drive, "all errors were sent", lambda s: not errors, 25)
    scene.same(drive)
    no_deletes(drive)


def a_server_that_hangs_up_on_everyone_is_not_hammered(scene):
    """Watches that end at once."""
    def script(server, request):
        if not request.watch or request.initial:
            return False
        reply = Reply(server, request)
        reply.head(200)
        reply.end()
        return True
    server = scene.fill().serve(script=script)
    drive = scene.drive(server)
    scene.state(drive, "synced", lambda s: s["pod"]["synced"] == "1")
    server.hangup()
    time.sleep(1)
    before = len(server.requests)
    time.sleep(4)
    check(len(server.requests) - before < 45, "%d requests in 4 s" % (len(server.requests) - before))


def a_server_that_comes_back_is_found(scene):
    """Connection refused for a while; what happened in between arrives."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    port = server.port
    server.close()
    scene.state(drive, "told so", lambda s: "Connection refused" in s["pod"]["error"], 5)
    check(drive.states()["pod"]["synced"] == "1", "no longer synced")
    scenes_watch._churn(scene, random.Random(4), 200, 0)
    server = scene.serve(port=port)
    scene.same(drive)
    check(server.count("list") == 0 and not any(r.initial for r in server.requests), "it listed though it could go on")


def a_server_that_is_not_there_yet_is_waited_for(scene):
    """One request at a time until it is."""
    server = scene.fill().serve()
    port = server.port
    server.close()
    drive = scene.drive(server)
    scene.state(drive, "told so", lambda s: "cannot reach" in s["pod"]["error"] and s["pod"]["synced"] == "0", 5)
    scene.serve(port=port)
    scene.same(drive)


def silence_is_noticed_by_missing_bookmarks(scene):
    """The server process hangs: its kernel still acknowledges, but no bookmark comes."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    hung = []

    def hang(server, request):
        if request.watch and not hung:
            hung.append(request)
            Reply(server, request).head(200)
            time.sleep(20)
            raise Hangup
        return False
    server.script = hang
    server.hangup()
    scene.state(drive, "it hangs", lambda s: hung, 5)
    scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": "1"}))
    scene.same(drive, seconds=10)


def a_connection_that_dies_silently_is_replaced(scene):
    """Packets are dropped both ways, nobody says so: noticed in 15 s."""
    if not os.environ.get("OWN_NETNS"):
        raise Skipped("no network namespace of its own")
    server = scene.fill().serve(bookmarks=None)
    drive = scene.drive(server, "--usual")
    scene.same(drive)
    with server.lock:
        ports = sorted({c.getpeername()[1] for c in server.conns})
    rules = "table inet half_open { chain in { type filter hook input priority 0; tcp sport %d tcp dport { %s } drop; tcp dport %d tcp sport { %s } drop; }; }" % (
        server.port, ", ".join(map(str, ports)), server.port, ", ".join(map(str, ports)))
    try:
        subprocess.run(["nft", rules], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise Skipped("nft cannot be used") from None
    begun = time.monotonic()
    scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": "1"}))
    scene.same(drive, seconds=17)
    check(time.monotonic() - begun < 16, "after %.1f s" % (time.monotonic() - begun))


def hard_weather(scene):
    """Everything at once, for a while: connections cut anywhere, histories lost, refusals, odd chunks."""
    server = scene.fill(pods=60).serve(limit_watch=0.8)
    rng = random.Random(5)

    def script(server, request):
        dice = rng.randrange(12)
        if dice == 0:
            raise Hangup
        if dice == 1:
            Reply(server, request).whole(rng.choice((500, 503, 429, 410)), status(500, "x", "x"))
            return True
        if dice == 2:
            server.cut_after = rng.randrange(20000)
        if dice == 3:
            server.chunk = rng.choice((None, 7, 100, 5000))
        if dice == 4:
            server.gzip = not server.gzip
        if dice == 5:
            server.initial = rng.choice(("yes", "refuse", "ignore", "no end"))
        if dice == 6:
            scene.cluster.compact()
        return False
    server.script = script
    drive = scene.drive(server)
    for seed in range(6):
        scenes_watch._churn(scene, random.Random(seed), 400, 0.001)
        if seed % 2:
            server.hangup()
    server.script, server.initial, server.cut_after, server.chunk = None, "yes", None, None
    scene.same(drive, seconds=25)
    monotonic(drive)
