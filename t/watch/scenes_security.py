# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is who: certificates, tokens, permissions, credential programs, and what is said when it does not work out."""
import base64
import os
import ssl
import subprocess
import time

from harness import DRIVE, Skipped, check, lines_of, no_deletes, pod


def _openssl(*args):
    try:
        subprocess.run(["openssl", *args], check=True, capture_output=True)
    except OSError:
        raise Skipped("no openssl") from None


class _Authority:
    """A certificate authority and what it signs."""

    def __init__(self, scene, name):
        self.dir, self.name = scene.dir, name
        self.crt, self.key = self._path(name + ".crt"), self._path(name + ".key")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                 "-subj", "/CN=" + name, "-keyout", self.key, "-out", self.crt)

    def _path(self, name):
        return os.path.join(self.dir, name)

    def sign(self, name, san="IP:127.0.0.1", days="2"):
        crt, key, csr, ext = (self._path(name + end) for end in (".crt", ".key", ".csr", ".ext"))
        with open(ext, "w") as f:
            f.write("subjectAltName=%s\n" % san)
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-subj", "/CN=" + name, "-keyout", key, "-out", csr)
        _openssl("x509", "-req", "-in", csr, "-CA", self.crt, "-CAkey", self.key, "-days", days, "-extfile", ext,
                 "-out", crt, "-set_serial", str(time.time_ns()))
        return crt, key


def _context(pair, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context


def _tls(pair, client_ca=None):
    return lambda: _context(pair, client_ca)


def _read(path):
    with open(path) as f:
        return f.read()


def _write(path, text):
    """In one step, as kubelets do."""
    with open(path + ".new", "w") as f:
        f.write(text)
    os.rename(path + ".new", path)


def _data(path):
    with open(path, "rb") as f:
        return base64.b64encode(f.read()).decode()


def tls_with_the_authority_in_a_file(scene):
    """And in data; and not without."""
    ca = _Authority(scene, "ca")
    server = scene.fill().serve(tls=_tls(ca.sign("server")))
    scene.same(scene.drive(server, cluster={"certificate-authority": ca.crt}))
    scene.same(scene.drive(server, cluster={"certificate-authority-data": _data(ca.crt)}))
    scene.same(scene.drive(server, cluster={"insecure-skip-tls-verify": True}))
    drive = scene.drive(server)
    scene.state(drive, "refused", lambda s: "certificate" in s["pod"]["error"])
    check(drive.dump()[0] == [], "objects came")


def a_rotated_authority_is_learnt(scene):
    """The file is replaced, half-written in between, then the server's certificate."""
    old, new = _Authority(scene, "old"), _Authority(scene, "new")
    pair = [old.sign("server")]
    path = os.path.join(scene.dir, "ca.crt")
    _write(path, _read(old.crt))
    server = scene.fill().serve(tls=lambda: _context(pair[0]))
    drive = scene.drive(server, cluster={"certificate-authority": path})
    scene.same(drive)
    pair[0] = new.sign("server2")
    _write(path, _read(new.crt)[:200])
    server.hangup()
    scene.state(drive, "not trusted", lambda s: "certificate" in s["pod"]["error"], 8)
    scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": "1"}))
    _write(path, "")
    time.sleep(1.5)
    _write(path, _read(old.crt) + _read(new.crt))
    scene.same(drive)
    no_deletes(drive)


def an_expired_certificate_is_called_so(scene):
    """One clear sentence."""
    ca = _Authority(scene, "ca")
    pair = ca.sign("server")
    _openssl("x509", "-req", "-in", pair[0].replace(".crt", ".csr"), "-CA", ca.crt, "-CAkey", ca.key, "-days", "-1",
             "-extfile", pair[0].replace(".crt", ".ext"), "-out", pair[0], "-set_serial", "77")
    server = scene.fill().serve(tls=_tls(pair))
    drive = scene.drive(server, cluster={"certificate-authority": ca.crt})
    scene.state(drive, "told so", lambda s: "certificate has expired" in s["pod"]["error"])


def a_server_name_can_be_given(scene):
    """tls-server-name: the certificate names somebody else than the address."""
    ca = _Authority(scene, "ca")
    server = scene.fill().serve(tls=_tls(ca.sign("server", san="DNS:api.example")))
    drive = scene.drive(server, cluster={"certificate-authority": ca.crt})
    scene.state(drive, "refused", lambda s: "certificate" in s["pod"]["error"])
    drive = scene.drive(server, cluster={"certificate-authority": ca.crt, "tls-server-name": "api.example"})
    scene.same(drive)
    hosts = {r.headers.get("host") for r in server.requests}
    check(hosts == {"127.0.0.1:%d" % server.port}, "Host: %s" % hosts)


def a_client_certificate_is_shown(scene):
    """From files and from data."""
    ca = _Authority(scene, "ca")
    crt, key = ca.sign("client")
    server = scene.fill().serve(tls=_tls(ca.sign("server"), client_ca=ca.crt))
    cluster = {"certificate-authority": ca.crt}
    scene.same(scene.drive(server, cluster=cluster, user={"client-certificate": crt, "client-key": key}))
    scene.same(scene.drive(server, cluster=cluster, user={"client-certificate-data": _data(crt),
                                                          "client-key-data": _data(key)}))
    drive = scene.drive(server, cluster=cluster)
    scene.state(drive, "refused", lambda s: s["pod"]["error"])
    check(drive.states()["pod"]["synced"] == "0", "synced without a certificate")


def a_token_is_sent(scene):
    """And a wrong one is called so, but never by its name."""
    server = scene.fill().serve(tokens={"good-secret"})
    scene.same(scene.drive(server, user={"token": "good-secret"}))
    drive = scene.drive(server, user={"token": "bad-secret"})
    scene.state(drive, "told so", lambda s: "401" in s["pod"]["error"])
    check("secret" not in drive.states()["pod"]["error"], "the secret was told")


def a_rotated_token_is_read_at_once(scene):
    """The old one is revoked: 401, the file is read again, and nothing is lost."""
    path = os.path.join(scene.dir, "token")
    _write(path, "one\n")
    server = scene.fill().serve(tokens={"one"}, limit_watch=0.7)
    drive = scene.drive(server, user={"tokenFile": path})
    scene.same(drive)
    for i, token in enumerate(("two", "three", "four")):
        _write(path, token + "\n")
        server.tokens = {token}
        scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": str(i)}))
        scene.same(drive)
    check(server.count("list") == 0, "it listed")
    no_deletes(drive)


def a_revoked_token_is_waited_for(scene):
    """No new one for a while: told so, then it goes on."""
    path = os.path.join(scene.dir, "token")
    _write(path, "one\n")
    server = scene.fill().serve(tokens={"one"}, limit_watch=0.7)
    drive = scene.drive(server, user={"tokenFile": path})
    scene.same(drive)
    lines = lines_of(scene.cluster)
    server.tokens = {"two"}
    scene.state(drive, "told so", lambda s: "401" in s["pod"]["error"], 8)
    os.unlink(path)
    scene.steady(drive, lines, 1)
    _write(path, "two\n")
    scene.same(drive)


def a_missing_permission_is_named(scene):
    """Verb and resource; the other kinds go on; given back, it is taken up."""
    server = scene.fill().serve(limit_watch=0.7)
    drive = scene.drive(server)
    scene.same(drive)
    server.denied = {("watch", "networkpolicies")}
    scene.state(drive, "told so", lambda s: "not allowed to watch networkpolicies.networking.k8s.io" in
                s["networkpolicy"]["error"], 8)
    scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": "1"}))
    scene.state(drive, "pods go on", lambda s: s["pod"]["live"] == "1")
    server.denied = set()
    scene.same(drive)
    no_deletes(drive)


def a_permission_never_given_leaves_it_unsynced(scene):
    """From the start."""
    server = scene.fill().serve(denied={("list", "pods"), ("watch", "pods")})
    drive = scene.drive(server)
    scene.state(drive, "told so", lambda s: "not allowed to watch pods" in s["pod"]["error"])
    check(drive.states()["pod"]["synced"] == "0" and drive.states()["namespace"]["synced"] == "1", "synced")
    server.denied = set()
    scene.same(drive)


def a_credential_program_is_asked(scene):
    """exec: its token is used until it is refused, then it is asked again."""
    counter = os.path.join(scene.dir, "asked")
    program = os.path.join(scene.dir, "give")
    with open(program, "w") as f:
        f.write('#!/bin/sh\necho x >>%s\n[ "$GREETING" = hello ] || exit 1\ncase $KUBERNETES_EXEC_INFO in *ExecCredential*) ;; *) exit 1 ;; esac\n'
                'echo \'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"\'"$(cat %s/token)"\'"}}\'\n'
                % (counter, scene.dir))
    os.chmod(program, 0o755)
    _write(os.path.join(scene.dir, "token"), "one")
    server = scene.fill().serve(tokens={"one"}, limit_watch=0.7)
    drive = scene.drive(server, user={"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "./give", "args": [],
        "env": [{"name": "GREETING", "value": "hello"}], "interactiveMode": "Never"}})
    scene.same(drive)
    time.sleep(1)
    check(_read(counter).count("x") == 1, "asked %d times" % _read(counter).count("x"))
    _write(os.path.join(scene.dir, "token"), "two")
    server.tokens = {"two"}
    scene.cluster.put("pods", pod("shop", "web-0", "10.0.0.1", {"v": "1"}))
    scene.same(drive)
    check(_read(counter).count("x") <= 3, "asked %d times" % _read(counter).count("x"))


def a_credential_program_holds_nothing_up(scene):
    """While it takes its time, the loop goes on, and it is asked once."""
    counter, go, program = (os.path.join(scene.dir, name) for name in ("asked", "go", "give"))
    with open(program, "w") as f:
        f.write('#!/bin/sh\necho x >>%s\nuntil [ -e %s ]; do sleep 0.05; done\n'
                'echo \'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"one"}}\'\n'
                % (counter, go))
    os.chmod(program, 0o755)
    server = scene.fill().serve(tokens={"one"})
    drive = scene.drive(server, user={"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "./give", "args": [], "interactiveMode": "Never"}})
    scene.until("the program runs", lambda: (os.path.exists(counter), "it was not asked"))
    states = drive.states()  # an answer from the loop
    check(not states["pod"]["error"] and states["pod"]["synced"] == "0", states)
    check(_read(counter).count("x") == 1, "asked %d times" % _read(counter).count("x"))
    _write(go, "")
    scene.same(drive)
    check(_read(counter).count("x") == 1, "asked %d times" % _read(counter).count("x"))


def _once(scene, conf, *options):
    done = subprocess.run([DRIVE, "--once", *options, conf], capture_output=True, text=True, timeout=20, env=scene.env)
    return done.returncode, "%d: %s" % (done.returncode, done.stderr)


def offline_commands_fail_with_one_sentence(scene):
    """Refused, unauthorized, forbidden, unknown context."""
    server = scene.fill().serve(tokens={"good"})
    code, said = _once(scene, scene.conf(server, user={"token": "bad"}))
    check(code == 2 and "401" in said and said.count("\n") == 1, (code, said))
    server.tokens, server.denied = None, {("list", "pods")}
    code, said = _once(scene, scene.conf(server))
    check(code == 2 and "not allowed to list pods" in said and said.count("\n") == 1, repr((code, said)))
    code, said = _once(scene, scene.conf(server), "--context", "her")
    check(code == 2 and 'did you mean "here"?' in said and said.count("\n") == 1, repr((code, said)))
    server.close()
    code, said = _once(scene, scene.conf(server))
    check(code == 2 and "Connection refused" in said and said.count("\n") == 1, repr((code, said)))
