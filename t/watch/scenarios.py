# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs all scenarios, several at a time, and says in TAP how they went: scenarios.py [PART OF A NAME]"""
import concurrent.futures
import sys
import time

from harness import Failed, Scene, Skipped

import scenes_audit
import scenes_faults
import scenes_lists
import scenes_node
import scenes_resources
import scenes_security
import scenes_watch

AT_ONCE = 6
MODULES = (
    scenes_watch, scenes_lists, scenes_faults, scenes_security, scenes_resources, scenes_node, scenes_audit
)


def run(scenario):
    scene = Scene()
    begun = time.monotonic()
    try:
        try:
            scenario(scene)
        finally:
            scene.close()
    except Skipped as e:
        return "ok", " # SKIP %s" % e, ""
    except Failed as e:
        return "not ok", "", str(e)
    except Exception as e:  # a mistake in the scenario is a failure, too
        return "not ok", "", "%s: %s" % (type(e).__name__, e)
    return "ok", "", "%.1f s" % (time.monotonic() - begun)


def main():
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    scenarios = [f for m in MODULES for name, f in vars(m).items()
                 if getattr(f, "__module__", None) == m.__name__ and callable(f) and not name.startswith("_")
                 and f.__doc__ and part in name]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(run, s) for s in scenarios]
        for i, (scenario, future) in enumerate(zip(scenarios, running), 1):
            verdict, skip, why = future.result()
            for line in why.splitlines():
                print("# %s" % line)
            print("%s %d - %s%s" % (verdict, i, scenario.__name__.replace("_", " "), skip), flush=True)
            failed += verdict != "ok"
    print("1..%d" % len(scenarios))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
