# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of the page of an audit, one each: checks.py CHECK PAGE [ARGUMENT...], in the session that $SESSION names."""

import json
import os
import subprocess
import sys

from webdriver import Browser, Failure

CELL = '#grid [role=gridcell][aria-label^="%s"]'


def expect(found, wanted):
    if found != wanted:
        raise Failure(f"found  {found!r}\nwanted {wanted!r}")


def holds(truth, what):
    if not truth:
        raise Failure(what)


def frames(browser):
    """Waits until the page has drawn what it was asked to."""
    browser.ask("execute/async", {"args": [], "script":
                "const done = arguments[0]; setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)))"})


def texts(browser, css):
    return browser.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText.trim())", css)


def labels(browser):
    return browser.run("return [...document.querySelectorAll('#grid [role=gridcell]')].map((c) => c.ariaLabel)")


def focused(browser):
    return browser.run("return document.activeElement.ariaLabel")


def names(browser):
    return [texts(browser, "#grid [role=rowheader]"), texts(browser, "#grid .column")]


def fill(browser, css, text):
    browser.type(css, text)
    frames(browser)


def choose(browser, css, value):
    browser.run("const one = document.querySelector(arguments[0]); one.value = arguments[1];"
                "one.dispatchEvent(new Event('input', {bubbles: true}))", css, value)
    frames(browser)


def details(browser):
    return texts(browser, "#details tbody tr")


def loads(browser):
    expect(browser.run("return document.title"), "selvage audit")
    holds(len(labels(browser)) > 1, "the matrix has no cells")
    expect(browser.complaints(), [])


def same_data(browser, path):
    with open(path, encoding="ascii") as told:
        expect(browser.run("return data") == json.load(told), True)


def says_states(browser):
    told = labels(browser)
    for label in ("shop to db: some, TCP 5432, not between every pair", "legacy to ingress-nginx: all",
                  "legacy to monitoring: some, TCP 9090", "db to shop: none", "monitoring to monitoring: no pair of pods",
                  "payments to outside the cluster: some, TCP 443, not between every pair"):
        holds(label in told, f"no cell says {label}; there are {told}")
    shapes = browser.run("return ['all', 'some', 'none', 'unknown', 'void'].map((state) => {"
                         "const style = getComputedStyle(document.querySelector(`#legend .${state}`), '::before');"
                         "return [style.inset, style.borderStyle, style.backgroundImage].join()})")
    holds(len(set(shapes)) == 5, f"states differ by colour alone: {shapes}")


def shows_details(browser):
    browser.click(CELL % "shop to db")
    rows = details(browser)
    wanted = {"cart": ["TCP 5432", "shop/to-db", "db/postgres-from-cart"], "web": ["none", "shop/to-db", "db/default-deny"]}
    for name, words in wanted.items():
        row = [row for row in rows if f"StatefulSet {name} " in row and "postgres" in row]
        holds(len(row) == 1 and all(word in row[0] for word in words), f"{name} to postgres should say {words}: {rows}")
    holds("cart" in rows[0], "what is open should come first")
    holds("shop to db: some, TCP 5432" in texts(browser, "#live")[0], "nothing is announced")
    browser.click(CELL % "legacy to ingress-nginx")
    holds("no policy isolates it" in details(browser)[0], "nothing is said of open ends")
    browser.click(CELL % "monitoring to monitoring")
    expect(details(browser), [])


def says_unknown(browser):
    """Without policies nobody knows what is open, and the page says why: in the matrix, in the details, to all readers."""
    told = labels(browser)
    for label in told:
        holds(label.endswith((": not known", ": no pair of pods")), f"a cell says {label}")
    for label, pairs in (("shop to db", 4), ("db to outside the cluster", 2)):
        holds(f"{label}: not known" in told, f"no cell says that {label} is not known; there are {told}")
        browser.click(CELL % label)
        expect(texts(browser, "#details td"), ["not known"] * 3 * pairs)
        why = f"What is open between {pairs} pairs of workloads is not known: " \
              "the audit was not allowed to list NetworkPolicies."
        expect([texts(browser, "#details p"), texts(browser, "#live")],
               [["not known", why], [f"{label}: not known. {why}"]])
        expect(len(browser.run("return [...document.querySelectorAll('#details td .cell.unknown')]")), pairs)


def pairs_agree(browser):
    """What the page makes of pairs of workloads is what the engine says of their namespaces, for every cell."""
    holds(browser.run("""
        const all = spaces.map((_, i) => i), step = Math.ceil(all.length / 40);
        let seen = 0;
        for (const from of all.filter((i) => i % step === 0))
            for (const to of all.filter((i) => i % step === 0 || i === from)) {
                const cell = cellAt(from, to), pairs = pairsOf(from, to);
                const open = pairs.reduce((sum, pair) => unitePorts(sum, pair.open), []);
                const same = pairs.every((pair) => pair.uniform && portsText(pair.open) === portsText(pairs[0].open));
                if (!cell !== !pairs.length)
                    throw new Error(`${spaceName(from)} to ${spaceName(to)}: ${pairs.length} pairs`);
                if (cell && (portsText(open) !== portsText(cell.some) || (same && !cell.uniform)))
                    throw new Error(`${spaceName(from)} to ${spaceName(to)}: ${portsText(open)}`);
                seen += pairs.length;
            }
        return seen;""") > 10, "there are hardly any pairs")


QUESTIONS = """
    const asked = [];
    for (const from of data.workloads)
        for (const to of data.workloads) {
            const pair = pairOf(from, to);
            for (const port of pair ? [80, 443, 5432, 6379, 8080, 8443, 9090] : []) {
                const has = (set) => overlapsPorts(set, [[{proto: "TCP", from: port, to: port}]]);
                const end = (one) => ({allowed: has(one.ports), isolated: one.isolating.size > 0,
                    admitting: [...one.admitting].map(policyName), isolating: [...one.isolating].map(policyName)});
                asked.push({from: `${from.namespace}/${from.name}-0`, to: `${to.namespace}/${to.name}-${from === to ? 1 : 0}`,
                    port, allowed: has(pair.open), egress: end(pair.egress), ingress: end(pair.ingress)});
            }
        }
    return asked;"""


def agrees_with_explain(browser, selvage, world):
    """What the page says of each end of each pair, and who decides there, is what `explain` says."""
    asked = browser.run(QUESTIONS)
    lines = "".join(json.dumps({"from": one["from"], "to": one["to"], "proto": "TCP", "port": one["port"]}) + "\n"
                    for one in asked)
    told = subprocess.run([selvage, "explain", "--from", world, "--batch", "-", "-o", "json"], input=lines, text=True,
                          stdout=subprocess.PIPE, check=False).stdout.splitlines()
    holds(len(asked) > 300 and len(told) == len(asked), f"{len(asked)} questions, {len(told)} answers")
    for one, answer in zip(asked, map(json.loads, told)):
        expect([one["allowed"], one["from"], one["to"]], [answer["verdict"] == "allowed", one["from"], one["to"]])
        for side in ("egress", "ingress"):
            page, said = one[side], answer[side]
            expect([side, page["allowed"], page["isolated"]], [side, said["allowed"], said["isolated"]])
            policy = said.get("policy")
            holds(not policy or policy in page["admitting"], f"{one}: {policy} is not named")


def filters_namespace(browser):
    fill(browser, "#filter-namespace", "shop, db")
    expect(names(browser), [["db", "shop"], ["db", "shop"]])
    holds("2 of 7 rows" in texts(browser, "#filter-status")[0], "the status does not count")
    expect(texts(browser, "#namespaces-list tbody th"), ["db", "shop"])
    expect(browser.run("return document.querySelectorAll('.finding').length"), 1)
    choose(browser, "#filter-side", "from")
    expect([len(one) for one in names(browser)], [2, 7])
    choose(browser, "#filter-side", "to")
    expect([len(one) for one in names(browser)], [7, 2])
    fill(browser, "#filter-namespace", "nobody")
    holds("Nothing matches" in texts(browser, "#grid")[0], "an empty matrix says nothing")
    browser.click("#filter-reset")
    frames(browser)
    expect([len(one) for one in names(browser)], [7, 7])


def filters_port(browser):
    fill(browser, "#filter-port", "tcp 5432")
    told = labels(browser)
    holds("shop to db: some, TCP 5432, not between every pair" in told, told)
    holds("legacy to legacy: all" in told, told)
    holds("payments" not in names(browser)[0] and "monitoring" not in names(browser)[1], names(browser))
    fill(browser, "#filter-port", "UDP 9")
    holds(not any(label.startswith("shop to db") for label in labels(browser)), labels(browser))
    fill(browser, "#filter-port", "99999")
    holds(texts(browser, "#filter-error")[0].startswith("A port is"), "nonsense is taken")
    fill(browser, "#filter-port", "9000-9100")
    holds("legacy to monitoring: some, TCP 9090" in labels(browser), labels(browser))


def filters_finding(browser):
    choose(browser, "#filter-finding", "NP101")
    expect(names(browser), [["ingress-nginx", "legacy"]] * 2)
    expect(browser.run("return [...document.querySelectorAll('.finding')].map((one) => one.dataset.id)"), ["NP101"] * 2)
    expect(texts(browser, "#namespaces-list tbody th"), ["ingress-nginx", "legacy"])


def shows_fixes(browser):
    browser.click('.finding[data-id="NP101"] summary')
    frames(browser)
    text = texts(browser, '.finding[open] pre')[0]
    holds('namespace: "ingress-nginx"' in text and "kind: NetworkPolicy" in text, text)
    holds("shop.yaml:" in texts(browser, ".finding[open]")[0], "the place is not said")


def walks_by_keys(browser):
    tabs = "return [...document.querySelectorAll('#grid [tabindex]')].filter((one) => one.tabIndex === 0).length"
    browser.run("document.querySelector('#grid [role=gridcell][tabindex=\"0\"]').focus()")
    expect(focused(browser), "db to db: none")
    for key, label in (("ArrowDown", "ingress-nginx to db: none"), ("ArrowRight", "ingress-nginx to ingress-nginx: all"),
                       ("End", "ingress-nginx to outside the cluster: all"), ("ArrowUp", "db to outside the cluster: none"),
                       ("ArrowRight", "db to outside the cluster: none"), ("Home", "db to db: none"),
                       ("PageDown", "outside the cluster to db: none")):
        browser.press(key)
        expect(focused(browser), label)
        expect(browser.run(tabs), 1)
    browser.press("Control", "Home")
    expect(focused(browser), "db to db: none")
    holds(browser.run("return getComputedStyle(document.activeElement).outlineStyle") != "none", "the focus is not seen")
    browser.press("Control", "End")
    browser.press("ArrowUp")
    browser.press("Home")
    expect(focused(browser), "shop to db: some, TCP 5432, not between every pair")
    browser.press("Enter")
    holds("postgres" in " ".join(details(browser)), "Enter shows nothing")
    expect(browser.run("return document.activeElement.ariaSelected"), "true")
    browser.press("Tab")
    holds(browser.run("return byId('details').contains(document.activeElement)"), "Tab does not lead to the details")
    browser.press("Escape")
    expect(focused(browser), "shop to db: some, TCP 5432, not between every pair")


def tells_roles(browser):
    grid = browser.run("const at = byId('grid'); return [at.role, at.ariaRowCount, at.ariaColCount, !!at.ariaLabel]")
    expect(grid, ["grid", "8", "8", True])
    expect(browser.run("return [...document.querySelectorAll('#grid [role=row]')].map((row) =>"
                       "row.querySelectorAll('[role=gridcell],[role=rowheader],[role=columnheader]').length)"), [8] * 8)
    unnamed = browser.run("return [...document.querySelectorAll('input, select, button, [role=gridcell], table')].filter("
                          "(one) => !one.ariaLabel && !one.labels?.length && !one.textContent.trim()).map((o) => o.id)")
    expect(unnamed, [])


def ground(browser):
    return browser.run("return getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] * 1")


def has_themes(browser):
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
    holds(ground(browser) > 200, "light is not light")
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    holds(ground(browser) < 60, "the system's dark is not followed")
    browser.click("#theme")
    holds(ground(browser) > 200, "the button does not make it light")
    expect(browser.run("return byId('theme').ariaPressed"), "false")
    browser.click("#theme")
    browser.cdp("Emulation.setEmulatedMedia", features=[])
    holds(ground(browser) < 60, "the button does not make it dark")
    expect(browser.run("return byId('theme').ariaPressed"), "true")


def prints(browser):
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    frames(browser)
    seen = browser.run("return ['#filters', '.top nav', '#theme'].filter((css) =>"
                       "getComputedStyle(document.querySelector(css)).display !== 'none')")
    cut = browser.run("const at = byId('grid'); return at.scrollHeight > at.clientHeight + 1 || at.scrollWidth > at.clientWidth + 1")
    browser.cdp("Emulation.setEmulatedMedia", media="")
    expect(seen, [])
    holds(not cut, "the matrix is cut off")
    holds(browser.paper().startswith(b"%PDF"), "no PDF")


def prints_whole(browser):
    """More namespaces than there is room for on a screen, all of them on paper; and a large matrix as a picture."""
    fill(browser, "#filter-namespace", "team-1-, team-2-")
    rows = browser.run("return view.rows.length")
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    frames(browser)
    drawn = len(texts(browser, "#grid [role=rowheader]"))
    browser.cdp("Emulation.setEmulatedMedia", media="")
    frames(browser)
    holds(40 < rows <= 60, rows)
    expect(drawn, rows)
    browser.click("#filter-reset")
    frames(browser)
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    frames(browser)
    shown = browser.run("return ['#grid', '#overview'].map((css) => getComputedStyle(document.querySelector(css)).display)")
    browser.cdp("Emulation.setEmulatedMedia", media="")
    expect(shown, ["none", "block"])


def fits_a_phone(browser):
    browser.cdp("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    frames(browser)
    browser.run("document.querySelector(arguments[0]).click()", CELL % "shop to db")
    wide = browser.run("return document.documentElement.scrollWidth")
    first = browser.run("return [...document.querySelectorAll('#grid [role=gridcell]')][0].getBoundingClientRect().left -"
                        "document.querySelector('#grid [role=rowheader]').getBoundingClientRect().right")
    browser.cdp("Emulation.clearDeviceMetricsOverride")
    holds(wide <= 390, f"the page is {wide} pixels wide")
    holds(abs(first) < 2, f"cells begin {first} pixels from the names")


def is_harmless(browser):
    """Nobody's name runs, loads or becomes an element, wherever it is shown."""
    told = browser.run("return [...document.querySelectorAll('#grid [role=gridcell]')].map((_, i) => {"
                       "document.querySelectorAll('#grid [role=gridcell]')[i].click();"
                       "return byId('details').textContent; }).join()")
    browser.run("document.querySelectorAll('.finding').forEach((one) => (one.open = true))")
    frames(browser)
    expect(browser.run("return window.hit ?? null"), None)
    expect(browser.run("return document.querySelectorAll('img, svg, iframe, b, script:not([id]) ~ script').length"), 0)
    expect(browser.run("return document.scripts.length"), 2)
    everything = told + browser.run("return byId('grid').textContent + byId('findings').textContent")
    for name in ("</script><script>window.hit = 'second'", "<svg onload=", "<iframe srcdoc=", "{{data}}", "<b>Deployment</b>"):
        holds(name in everything, f"not shown as text: {name}")
    expect(browser.complaints(), [])


def runs_nothing(browser):
    """No script but the page's own runs, whatever gets into it, and nothing is fetched."""
    frames(browser)
    expect(browser.run("return window.hit ?? null"), None)
    browser.run("document.head.append(Object.assign(document.createElement('script'), {textContent: 'window.hit = 1'}));"
                "document.body.insertAdjacentHTML('beforeend', '<b onclick=\"window.hit = 2\">x</b>');"
                "document.body.lastChild.click()")
    expect(browser.run("return window.hit ?? null"), None)
    told = browser.ask("execute/async", {"args": [], "script": "const done = arguments[0];"
                       "fetch('data:,x').then(() => done('fetched'), () => done('refused'))"})
    expect(told, "refused")
    holds(any("Content Security Policy" in one for one in browser.complaints()), "nobody complained")


def bears_many(browser):
    loads(browser)
    expect(browser.run("return [spaces.length, byId('grid').ariaRowCount]"), [501, "502"])
    holds(len(labels(browser)) < 5000, "all cells are in the document")
    expect(browser.run("return [byId('overview').offsetWidth > 100, document.querySelector('#overview canvas').width]"),
           [True, 501])
    browser.run("document.querySelector('#grid [role=gridcell][tabindex=\"0\"]').focus()")
    browser.press("Control", "End")
    expect(focused(browser), "outside the cluster to outside the cluster: no pair of pods")
    browser.run("byId('grid').scrollTo(0, 0)")
    frames(browser)
    holds(len(labels(browser)) < 5000, "scrolling leaves cells behind")
    expect(focused(browser), "outside the cluster to outside the cluster: no pair of pods")
    fill(browser, "#filter-namespace", "team-7-")
    expect(names(browser)[0], names(browser)[1])
    holds(all(name.startswith("team-7-") for name in names(browser)[0]) and names(browser)[0], names(browser))


def times(browser):
    """Says how long things take, and holds nothing against it."""
    page = browser.run("const at = performance.getEntriesByType('navigation')[0];"
                       "return [performance.getEntriesByType('paint')[0]?.startTime ?? 0, at.loadEventEnd]")
    took = browser.run("return ['team-1', '', 'team-1-21', ''].map((text) => { byId('filter-namespace').value = text;"
                       "const began = performance.now(); apply(); document.body.offsetHeight;"
                       "return performance.now() - began; })")
    print(f"# first paint {page[0]:.0f} ms, loaded {page[1]:.0f} ms, filters "
          f"{', '.join(f'{one:.0f}' for one in took)} ms")


def main(check, page, *arguments):
    browser = Browser(os.environ["SESSION"])
    browser.complaints()
    browser.go(f"file://{page}")
    browser.run("try { localStorage.clear() } catch {}")
    frames(browser)
    try:
        globals()[check](browser, *arguments)
    except Failure as failure:
        print(failure)
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
