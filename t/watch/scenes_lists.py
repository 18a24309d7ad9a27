# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists: pages, expiry, the end that does not come, older state."""
import time

from harness import check, lines_of, monotonic, namespace, no_deletes, pod
from server import Reply, status


def a_list_that_never_ends_is_given_up(scene):
    """The bookmark after the last object does not come: lists instead."""
    server = scene.fill().serve(initial="no end")
    drive = scene.drive(server)
    scene.same(drive, seconds=8)
    check(server.count("list") == 3, "%d lists" % server.count("list"))


def a_server_that_ignores_the_wish_is_listed(scene):
    """It sends objects and then lives on: plain bookmarks and changes, no end."""
    server = scene.fill().serve(initial="ignore")
    drive = scene.drive(server)
    for i in range(40):
        scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": str(i)}))
        time.sleep(0.1)
    scene.same(drive, seconds=8)
    check(server.count("list") == 3, "%d lists" % server.count("list"))


def a_server_whose_storage_cannot_is_listed(scene):
    """ERROR 500 in the watch."""
    def script(server, request):
        if not request.initial:
            return False
        reply = Reply(server, request)
        reply.head(200)
        server.event(reply, "ERROR", status(500, "InternalError", "storage feature RequestWatchProgress is disabled"))
        reply.end()
        return True
    drive = scene.drive(scene.fill().serve(script=script))
    scene.same(drive, seconds=3)


def pages_make_one_list(scene):
    """1,700 pods of which nothing is handed over before the last page."""
    server = scene.fill(pods=1700).serve(initial="refuse")
    server.script = _consistent
    drive = scene.drive(server)
    scene.same(drive)
    check(server.count("list", "pods") >= 4, "%d pages" % server.count("list", "pods"))
    log = drive.logged()
    first = next(i for i, line in enumerate(log) if line.startswith("+ pod"))
    check(sum(line.startswith("+ pod") for line in log[first:first + 1700]) == 1700, "pods were not handed over in one")


def _consistent(server, request):
    """Makes the server page a list from its cache as well."""
    if request.version == "0":
        request.version = ""
    return False


def a_page_that_expired_begins_the_list_anew(scene):
    """410 on the second page."""
    server = scene.fill(pods=1200).serve(initial="refuse")
    expired = []

    def script(server, request):
        _consistent(server, request)
        if request.query.get("continue") and not expired:
            expired.append(request)
            scene.cluster.delete("pods", "shop", "web-7")
            scene.cluster.compact()
        return False
    server.script = script
    drive = scene.drive(server)
    scene.same(drive)
    check(expired, "no second page was asked for")
    no_deletes(drive)
    pages = [r for r in server.requests if r.kind == "pods" and r.verb == "list"]
    check(pages[-1].query.get("limit") == "0", "after the expiry again in pages")


def a_page_that_fails_is_asked_for_again(scene):
    """500 and a broken connection in the middle of the list."""
    server = scene.fill(pods=1200).serve(initial="refuse")
    bad = []

    def script(server, request):
        _consistent(server, request)
        if request.query.get("continue") and len(bad) < 2:
            bad.append(request)
            if len(bad) == 1:
                Reply(server, request).whole(500, status(500, "InternalError", "etcd is not well"))
                return True
            server.cut_after = 5000
        return False
    server.script = script
    drive = scene.drive(server)
    scene.same(drive)
    no_deletes(drive)


def nothing_is_deleted_by_half_a_list(scene):
    """Relists that break off all the time, with objects on both sides of the break."""
    server = scene.fill(pods=300).serve()
    drive = scene.drive(server)
    scene.same(drive)
    lines = lines_of(scene.cluster)

    def script(server, request):
        if request.kind:
            server.cut_after = 60000 if request.kind == "pods" else 300
        return False
    server.script = script
    scene.cluster.compact()
    server.hangup()
    scene.steady(drive, lines, 3)
    server.script = None
    scene.same(drive)
    no_deletes(drive)


def a_delete_missed_is_found_by_the_next_list(scene):
    """Deleted while disconnected, and then the history is gone."""
    server = scene.fill().serve()
    drive = scene.drive(server)
    scene.same(drive)
    port = server.port
    server.close()
    for i in range(5):
        scene.cluster.delete("pods", "shop", "web-%d" % i)
    scene.cluster.delete("networkpolicies", "shop", "web")
    scene.cluster.compact()
    scene.state(drive, "disconnected", lambda s: s["pod"]["live"] == "0", 5)
    scene.serve(port=port)
    scene.same(drive)
    check(sum(line.startswith("- pod") for line in drive.logged()) == 5, "not 5 pods were deleted")


def history_that_is_gone_by_410(scene):
    """HTTP 410 on the watch."""
    server = scene.fill().serve(limit_watch=0.6)
    drive = scene.drive(server)
    scene.same(drive)

    def script(server, request):
        if not request.watch or request.initial or int(request.version or 0) >= scene.cluster.compacted:
            return False
        Reply(server, request).whole(410, status(410, "Gone", "too old resource version"))
        return True
    server.script = script
    scene.cluster.delete("pods", "shop", "web-1")
    scene.cluster.compact()
    server.hangup()
    scene.same(drive)
    fresh = [r for r in server.requests if r.kind == "pods" and (r.initial or r.verb == "list")][1:]
    check(fresh and all(r.version == "" for r in fresh), "after 410 from %s" % [r.version for r in fresh])


def history_that_is_gone_by_an_event(scene):
    """ERROR 410 in the stream, on the way and at its beginning."""
    server = scene.fill().serve(limit_watch=0.6)
    drive = scene.drive(server)
    scene.same(drive)
    server.hangup()
    scene.cluster.delete("pods", "shop", "web-1")
    scene.cluster.put("pods", pod("shop", "new", "10.5.0.1"))
    scene.cluster.compact()
    scene.same(drive)


def a_server_that_only_says_410_is_not_hammered(scene):
    """Every watch ends with 410: lists, but with growing pauses."""
    def script(server, request):
        if not request.watch or request.initial:
            return False
        Reply(server, request).whole(410, status(410, "Expired", "too old"))
        return True
    server = scene.fill().serve(initial="refuse", script=script)
    drive = scene.drive(server)
    scene.state(drive, "synced", lambda s: s["pod"]["synced"] == "1")
    time.sleep(4)
    check(server.count("list", "pods") < 25, "%d lists in 4 s" % server.count("list", "pods"))


def state_never_goes_back(scene):
    """A second server behind the same address is behind in time."""
    server = scene.fill(pods=30).serve(limit_watch=0.5)
    drive = scene.drive(server)
    scene.same(drive)
    old = scene.cluster.copy()
    for i in range(30):
        scene.cluster.put("pods", pod("shop", "web-%d" % i, "10.0.0.%d" % (i + 1), {"app": "web", "v": "1"}))
    scene.cluster.put("namespaces", namespace("young"))
    scene.cluster.delete("networkpolicies", "shop", "web")
    scene.same(drive)
    lines = lines_of(scene.cluster)
    port = server.port
    server.close()
    server = scene.serve(cluster=old, port=port, limit_watch=0.5)
    scene.steady(drive, lines, 2)
    old.compact()  # even its lists must not be believed
    scene.steady(drive, lines, 1)
    server.close()
    scene.serve(port=port)
    scene.same(drive)
    monotonic(drive)


def an_older_state_is_believed_when_it_is_all_there_is(scene):
    """etcd was restored from a backup: its versions begin anew."""
    server = scene.fill(pods=30).serve()
    drive = scene.drive(server)
    scene.same(drive)
    from harness import Cluster
    restored = Cluster(version=10)
    scene.cluster, port = restored, server.port
    scene.fill(pods=3)
    restored.compact()
    server.close()
    scene.serve(port=port, limit_watch=1)
    scene.same(drive, seconds=20)


def a_version_that_the_server_has_not_reached_asks_for_the_newest(scene):
    """504 Too large resource version."""
    server = scene.fill().serve(initial="refuse")
    drive = scene.drive(server)
    scene.same(drive)
    refused = []

    def script(server, request):
        if request.verb == "list" and request.version not in ("", "0"):
            refused.append(request)
            Reply(server, request).whole(504, status(504, "Timeout", "Too large resource version: 9, current: 8", {
                "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]}))
            return True
        if request.watch and not refused:
            server.send_garbage = True
            reply = Reply(server, request)
            reply.head(200)
            reply.write(b"garbage\n")
            reply.end()
            return True
        return False
    server.script = script
    server.hangup()
    scene.state(drive, "refused once", lambda s: refused, 8)
    scene.same(drive)


def _lost(scene):
    """Three changes that no watch tells of."""
    with scene.cluster.turned:  # held until the changes are out of the history again
        scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"app": "other"}))
        scene.cluster.lose("pods")
        scene.cluster.put("pods", pod("shop", "unheard", "10.0.9.9", {"app": "web"}))
        scene.cluster.lose("pods")
        scene.cluster.delete("networkpolicies", "shop", "web")
        scene.cluster.lose("networkpolicies")
    scene.cluster.put("pods", pod("shop", "heard", "10.0.9.8", {"app": "web"}))


def what_a_watch_did_not_tell_is_found(scene):
    """By the next look, which counts it; without one it is never found."""
    server = scene.fill().serve()
    drive, blind = scene.drive(server, "--verify"), scene.drive(server)
    scene.same(drive)
    scene.same(blind)
    _lost(scene)
    scene.same(drive)
    scene.state(drive, "counted", lambda s: (s["pod"]["differences"], s["networkpolicy"]["differences"],
                                             s["namespace"]["differences"]) == ("2", "1", "0"))
    scene.until("the other hears of what comes after", lambda: (any("shop/heard" in o for o in blind.dump()[0]), blind.dump()))
    check(blind.dump()[0] != drive.dump()[0], "what was lost is known without a look")


def a_look_finds_nothing_where_nothing_was_lost(scene):
    """Even while everything changes, in pages, and no list deletes anything."""
    server = scene.fill(pods=1200).serve()
    drive = scene.drive(server, "--verify")
    scene.same(drive)
    for i in range(300):
        scene.cluster.put("pods", pod("shop", "web-%d" % (i % 40), "10.0.1.%d" % (i % 40 + 1), {"v": str(i)}))
        time.sleep(0.005)
    scene.state(drive, "looked", lambda s: int(s["pod"]["verified"]) >= 3)
    scene.same(drive)
    check(all(s["differences"] == "0" for n, s in drive.states().items() if n != "drive"), drive.states())
    no_deletes(drive)
    exact = [r for r in server.requests if r.query.get("resourceVersionMatch") == "Exact"]
    check(exact and all(r.query.get("limit") == "500" for r in exact), "no pages")


def a_look_that_fails_harms_nothing(scene):
    """The history is gone, the server refuses, an answer is no list: the watch goes on from where it was."""
    answers = [lambda reply: reply.whole(410, status(410, "Expired", "too old")),
               lambda reply: reply.whole(500, status(500, "InternalError", "sorry")),
               lambda reply: reply.whole(200, {"kind": "PodList"}),
               lambda reply: reply.whole(200, {"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": [{}]})]
    failed = []

    def script(server, request):
        if request.query.get("resourceVersionMatch") != "Exact" or len(failed) >= 8:
            return False
        failed.append(request.kind)
        answers[len(failed) % len(answers)](Reply(server, request))
        return True

    server = scene.fill().serve()
    server.script = script
    drive = scene.drive(server, "--verify")
    scene.same(drive)
    scene.until("it failed often enough", lambda: (len(failed) >= 8, failed))
    scene.cluster.put("pods", pod("shop", "late", "10.0.9.9", {"app": "web"}))
    scene.same(drive)
    scene.state(drive, "looked at last", lambda s: int(s["pod"]["verified"]) >= 1)
    no_deletes(drive)
    check(all(s["differences"] == "0" for n, s in drive.states().items() if n != "drive"), drive.states())
