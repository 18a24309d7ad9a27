# SPDX-License-Identifier: GPL-2.0-or-later
"""Audits a small cluster whose server forbids to list NetworkPolicies: forbidden.py SELVAGE FORMAT."""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../apiserver"))

from cluster import Cluster  # noqa: E402
from objects import namespace, pod, policy  # noqa: E402
from server import Server  # noqa: E402


def fill(cluster):
    for i, ns in enumerate(("db", "shop"), 1):
        cluster.put("namespaces", namespace(ns))
        for k, name in enumerate(("one", "two"), 1):
            cluster.put("pods", pod(ns, name, f"10.0.{i}.{k}", {"app": name}))
        cluster.put("networkpolicies", policy(ns, "closed", "one"))
    return cluster


def main(selvage, form):
    server = Server(fill(Cluster()))
    server.denied = {("list", "networkpolicies")}
    with tempfile.TemporaryDirectory() as scratch:
        conf = os.path.join(scratch, "config")
        with open(conf, "w", encoding="ascii") as out:
            json.dump({"current-context": "here", "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
                       "clusters": [{"name": "c", "cluster": {"server": server.url}}], "users": [{"name": "u", "user": {}}]}, out)
        status = subprocess.run([selvage, "audit", "--kubeconfig", conf, "-o", form], check=False).returncode
    server.close()
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
