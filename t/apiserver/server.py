# SPDX-License-Identifier: GPL-2.0-or-later
"""A scripted Kubernetes API server: lists and watches by the book, and every misbehaviour a script asks for."""
import base64
import json
import socket
import ssl
import threading
import time
import urllib.parse
import zlib

from cluster import dumps, selector
from objects import GLOBAL, KINDS

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 410: "Gone",
           422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error",
           503: "Service Unavailable", 504: "Gateway Timeout"}


class Hangup(Exception):
    """Close the connection now."""


def status(code, reason, message="", details=None):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code, "reason": reason,
            "message": message, "details": details or {}}


class Request:
    def __init__(self, method, target, headers, conn):
        self.method, self.headers, self.conn = method, headers, conn
        self.path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.kind = next((k for k, v in KINDS.items() if v[2] == self.path), None)
        self.name = None  # of a get
        if self.kind is None:
            head, _, name = self.path.rpartition("/")
            self.kind = next((k for k, v in KINDS.items() if v[2] == head and k in GLOBAL), None)
            self.name = self.kind and urllib.parse.unquote(name)
        self.watch = self.query.get("watch") in ("1", "true")
        self.verb = "get" if self.name else "watch" if self.watch else "list"
        self.initial = self.query.get("sendInitialEvents") == "true"
        self.version = self.query.get("resourceVersion", "")
        self.selected = selector(self.kind, self.query.get("fieldSelector"))
        self.time = time.monotonic()


class Reply:
    """Writes one answer: chunked, as finely cut and as compressed as the server is told to."""

    def __init__(self, server, request):
        self.server, self.sock = server, request.conn
        self.gzip = server.gzip and "gzip" in request.headers.get("accept-encoding", "")
        self.packer = zlib.compressobj(6, zlib.DEFLATED, 31) if self.gzip else None
        self.sent = 0

    def head(self, code, extra=()):
        lines = ["HTTP/1.1 %d %s" % (code, REASONS.get(code, "?")), "Content-Type: application/json",
                 "Transfer-Encoding: chunked"]
        lines += ["Content-Encoding: gzip"] if self.gzip else []
        self.sock.sendall(("\r\n".join(lines + list(extra)) + "\r\n\r\n").encode())

    def _chunks(self, data):
        size = self.server.chunk or len(data) or 1
        for i in range(0, len(data), size):
            part = data[i:i + size]
            self.sock.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            if self.server.pause:
                time.sleep(self.server.pause)

    def write(self, data):
        limit = self.server.cut_after
        if limit is not None and self.sent + len(data) > limit:
            self._chunks(data[:max(0, limit - self.sent)])
            self.server.cut_after = None
            raise Hangup
        self.sent += len(data)
        if self.gzip:
            data = self.packer.compress(data) + self.packer.flush(zlib.Z_SYNC_FLUSH)
        self._chunks(data)

    def end(self):
        if self.gzip:
            self._chunks(self.packer.flush())
        self.sock.sendall(b"0\r\n\r\n")

    def whole(self, code, obj, extra=()):
        self.head(code, extra)
        self.write(dumps(obj))
        self.end()


class Server:
    """Serves a cluster on 127.0.0.1.  What a script may set:

    script      called with (server, request) before each answer; a true result means that it answered itself
    initial     begin watches with a list: "yes", "no end" (the bookmark never comes), "ignore", "refuse"
    tokens      those that are accepted; None: every one
    denied      set of (verb, kind) that are forbidden
    absent      kinds that the server does not have
    chunk       bytes in a chunk; pause: seconds after each; gzip; cut_after: bytes after which one answer is cut off
    bookmarks   seconds between them, None for never
    """

    def __init__(self, cluster, tls=None, port=0):
        self.cluster = cluster
        self.script = None
        self.initial = "yes"
        self.tokens = None
        self.denied = set()
        self.absent = set()
        self.chunk = self.pause = self.cut_after = None
        self.gzip = False
        self.bookmarks = 0.5
        self.limit_watch = 600.0
        self.requests = []
        self.conns = set()
        self.lock = threading.Lock()
        self.stopped = False
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return "%s://127.0.0.1:%d" % ("https" if self.tls else "http", self.port)

    def close(self):
        """Goes away, connections and all."""
        self.stopped = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.hangup()

    def hangup(self):
        """Closes all connections."""
        with self.lock:
            conns = list(self.conns)
        for conn in conns:
            try:
                conn.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def count(self, verb, kind=None):
        return sum(1 for r in self.requests if r.kind and r.verb == verb and kind in (None, r.kind))

    def _accept(self):
        while not self.stopped:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            conn.settimeout(60)
            if self.tls:
                conn = self.tls().wrap_socket(conn, server_side=True)
            with self.lock:
                self.conns.add(conn)
            if self.stopped:
                return
            stream = conn.makefile("rb")
            while True:
                request = self._read(stream, conn)
                if request is None:
                    return
                self.requests.append(request)
                self._answer(request)
        except (OSError, Hangup, ValueError):
            pass
        finally:
            with self.lock:
                self.conns.discard(conn)
            conn.close()

    @staticmethod
    def _read(stream, conn):
        line = stream.readline(65536).decode("latin-1").split()
        if len(line) != 3:
            return None
        headers = {}
        while True:
            field = stream.readline(65536).decode("latin-1").strip()
            if not field:
                return Request(line[0], line[1], headers, conn)
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()

    def _refused(self, request):
        """A status if the request is not allowed."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens is not None and token not in self.tokens:
            return status(401, "Unauthorized", "Unauthorized")
        if request.kind is None or request.kind in self.absent:
            return status(404, "NotFound", "the server could not find the requested resource")
        if (request.verb, request.kind) in self.denied:
            return status(403, "Forbidden", '%s is forbidden: User "u" cannot %s resource "%s"' % (
                request.kind, request.verb, request.kind))
        if request.initial and self.initial == "refuse":
            return status(422, "Invalid", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch")
        return None

    def _answer(self, request):
        if self.script and self.script(self, request):
            return
        reply = Reply(self, request)
        if request.path == "/version":
            reply.whole(200, {"major": "1", "minor": "36", "gitVersion": "v1.36.0"})
            return
        refused = self._refused(request)
        if refused:
            reply.whole(refused["code"], refused)
        elif request.name:
            self.get(request, reply)
        elif request.watch:
            self.watch(request, reply)
        else:
            self.list(request, reply)

    def get(self, request, reply):
        with self.cluster.turned:
            found = self.cluster.objects[request.kind].get(("", request.name))
        if found:
            reply.whole(200, found)
        else:
            reply.whole(404, status(404, "NotFound", '%s "%s" not found' % (request.kind, request.name)))

    # Lists

    def list(self, request, reply):
        token = request.query.get("continue")
        limit = int(request.query.get("limit", "0") or 0)
        after, version = (None, self.cluster.version)
        if token:
            version, after = json.loads(base64.urlsafe_b64decode(token))
            if version < self.cluster.compacted:
                reply.whole(410, status(410, "Expired", "The provided continue parameter is too old"))
                return
        elif request.version not in ("", "0") and int(request.version) > self.cluster.version:
            reply.whole(504, status(504, "Timeout", "Too large resource version: %s, current: %d" % (
                request.version, self.cluster.version)))
            return
        if request.query.get("resourceVersionMatch") == "Exact":
            version = int(request.version)
            if version < self.cluster.compacted:
                reply.whole(410, status(410, "Expired", "The resourceVersion for the provided list is too old"))
                return
        items = self.cluster.list(request.kind, request.selected, version)
        items = [o for o in items if after is None or [o["metadata"].get("namespace", ""), o["metadata"]["name"]] > after]
        self.send_list(request, reply, items, version, limit if request.version != "0" else 0)

    def send_list(self, request, reply, items, version, limit):
        api, kind, _ = KINDS[request.kind]
        meta = {"resourceVersion": str(version)}
        if limit and len(items) > limit:
            items = items[:limit]
            last = items[-1]["metadata"]
            meta["continue"] = base64.urlsafe_b64encode(
                json.dumps([version, [last.get("namespace", ""), last["name"]]]).encode()).decode()
            meta["remainingItemCount"] = 1
        reply.head(200)
        reply.write(b'{"kind":"%sList","apiVersion":"%s","metadata":%s,"items":[' % (
            kind.encode(), api.encode(), dumps(meta)))
        for i, obj in enumerate(items):
            bare = {k: v for k, v in obj.items() if k not in ("kind", "apiVersion")}
            reply.write((b"," if i else b"") + dumps(bare))
        reply.write(b"]}\n")
        reply.end()

    # Watches

    @staticmethod
    def event(reply, what, obj):
        reply.write(dumps({"type": what, "object": obj}) + b"\n")

    def bookmark(self, request, reply, version, end=False):
        api, kind, _ = KINDS[request.kind]
        meta = {"resourceVersion": str(version), "creationTimestamp": None}
        if end:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        self.event(reply, "BOOKMARK", {"kind": kind, "apiVersion": api, "metadata": meta})

    def watch(self, request, reply):
        reply.head(200)
        begun = self._watch_begin(request, reply)
        if begun is not None:
            self._watch_on(request, reply, begun)
        reply.end()

    def _watch_begin(self, request, reply):
        """What a watch begins with; the version to go on from, None if it ends here."""
        by_the_book = request.initial and self.initial != "ignore"
        if not by_the_book and request.version not in ("", "0"):
            if int(request.version) < self.cluster.compacted:
                self.event(reply, "ERROR", status(410, "Expired", "too old resource version"))
                return None
            return int(request.version)
        with self.cluster.turned:
            version = self.cluster.version
            items = self.cluster.list(request.kind, request.selected)
        for obj in items:
            self.event(reply, "ADDED", obj)
        if by_the_book and self.initial == "yes":
            self.bookmark(request, reply, version, end=True)
        return version

    def _watch_on(self, request, reply, version):
        end = time.monotonic() + min(self.limit_watch, float(request.query.get("timeoutSeconds", "600")))
        next_bookmark = time.monotonic() + (self.bookmarks or 1e9)
        while not self.stopped and time.monotonic() < end:
            with self.cluster.turned:
                events = self.cluster.since(request.kind, version, request.selected)
                if not events and self.cluster.compacted <= version:
                    self.cluster.turned.wait(max(0.01, min(end, next_bookmark) - time.monotonic()))
                    events = self.cluster.since(request.kind, version, request.selected)
                now = self.cluster.version
            for number, what, obj in events:
                self.event(reply, what, obj)
                version = number
            if not events and version < self.cluster.compacted:
                version = now
            if time.monotonic() >= next_bookmark:
                version = max(version, now)
                self.bookmark(request, reply, now)
                next_bookmark = time.monotonic() + self.bookmarks
