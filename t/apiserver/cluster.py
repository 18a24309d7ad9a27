# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scripted API server serves: objects with a history, as etcd and the watch cache keep them."""
import copy
import json
import threading

from objects import KINDS, finished, key_of


class Cluster:
    def __init__(self, version=1000):
        self.turned = threading.Condition()
        self.version = version
        self.compacted = 0
        self.objects = {kind: {} for kind in KINDS}
        self.history = {kind: [] for kind in KINDS}  # (version, type, object, the one before)

    def _event(self, kind, what, obj, before):
        obj["metadata"]["resourceVersion"] = str(self.version)
        self.history[kind].append((self.version, what, obj, before))
        self.turned.notify_all()

    def put(self, kind, obj):
        """Creates or replaces an object."""
        obj = copy.deepcopy(obj)
        obj["apiVersion"], obj["kind"], _ = KINDS[kind]
        with self.turned:
            self.version += 1
            before = self.objects[kind].get(key_of(obj))
            self._event(kind, "MODIFIED" if before else "ADDED", obj, before)
            self.objects[kind][key_of(obj)] = obj

    def delete(self, kind, ns, name):
        with self.turned:
            self.version += 1
            before = self.objects[kind].pop((ns, name))
            self._event(kind, "DELETED", copy.deepcopy(before), before)

    def compact(self):
        """Forgets the history: watches from an older version are gone."""
        with self.turned:
            self.version += 1
            self.compacted = self.version
            for kind in KINDS:
                self.history[kind] = []
            self.turned.notify_all()

    def copy(self):
        """Another server that has seen the same up to now."""
        with self.turned:
            other = Cluster(self.version)
            other.compacted = self.compacted
            other.objects = copy.deepcopy(self.objects)
            other.history = copy.deepcopy(self.history)
            return other

    def list(self, kind, selected, version=None):
        """The objects in the order of their keys, now or as they were at a version that is not compacted."""
        with self.turned:
            objects = dict(self.objects[kind])
            for number, _, obj, before in reversed(self.history[kind]):
                if version is None or number <= version:
                    break
                if before:
                    objects[key_of(obj)] = before
                else:
                    objects.pop(key_of(obj), None)
            return [o for _, o in sorted(objects.items()) if selected(o)]

    def lose(self, kind):
        """The last change of a kind: who watches is never told of it."""
        with self.turned:
            self.history[kind].pop()

    def since(self, kind, version, selected):
        """Events after a version, as a selection sees them: (version, type, object)."""
        found = []
        history = self.history[kind]
        at = len(history)
        while at and history[at - 1][0] > version:
            at -= 1
        for number, what, obj, before in history[at:]:
            now = what != "DELETED" and selected(obj)
            then = before is not None and selected(before)
            if now:
                found.append((number, "MODIFIED" if then else "ADDED", obj))
            elif then:
                gone = copy.deepcopy(before)
                gone["metadata"]["resourceVersion"] = str(number)
                found.append((number, "DELETED", gone))
        return found


def selector(kind, text):
    """The one field selector that is known."""
    if kind == "pods" and text:
        return lambda obj: not finished(obj)
    return lambda obj: True


def dumps(obj):
    return json.dumps(obj, separators=(",", ":"), ensure_ascii=False).encode()
