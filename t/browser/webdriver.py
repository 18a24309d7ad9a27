# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a browser do with a page?  A client of WebDriver (W3C), as far as the tests need it."""

import base64
import json
import urllib.request

KEYS = {"Enter": "\ue007", "Tab": "\ue004", "Escape": "\ue00c", "Home": "\ue011", "End": "\ue010", "PageDown": "\ue00f",
        "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015", "Control": "\ue009"}
FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
         "--disable-component-update --disable-sync").split()
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Failure(Exception):
    pass


def request(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=300) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise Failure(error.read().decode()) from error


def new_session(driver, binary, profile):
    """The address of a new session of the driver at this address."""
    options = {"binary": binary, "args": [*FLAGS, f"--user-data-dir={profile}", "--window-size=1400,1000"]}
    wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    session = request("POST", f"{driver}/session", {"capabilities": {"alwaysMatch": wanted}})
    return f"{driver}/session/{session['sessionId']}"


class Browser:
    def __init__(self, session):
        self.session = session

    def ask(self, what, body=None, method="POST"):
        return request(method, f"{self.session}/{what}", {} if body is None and method == "POST" else body)

    def go(self, url):
        self.ask("url", {"url": url})

    def run(self, script, *args):
        """What a script, the body of a function, returns."""
        return self.ask("execute/sync", {"script": script, "args": list(args)})

    def element(self, css):
        return self.ask("element", {"using": "css selector", "value": css})[ELEMENT]

    def click(self, css):
        self.ask(f"element/{self.element(css)}/click")

    def type(self, css, text):
        element = self.element(css)
        self.ask(f"element/{element}/clear")
        self.ask(f"element/{element}/value", {"text": text})

    def press(self, *names):
        """Presses the keys together, and lets them go."""
        keys = [KEYS.get(name, name) for name in names]
        actions = [{"type": "keyDown", "value": key} for key in keys]
        actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.ask("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def cdp(self, command, **params):
        return self.ask("goog/cdp/execute", {"cmd": command, "params": params})

    def complaints(self):
        """What the console was told since the last time."""
        return [entry["message"] for entry in self.ask("se/log", {"type": "browser"})]

    def picture(self, path):
        with open(path, "wb") as out:
            out.write(base64.b64decode(self.ask("screenshot", method="GET")))

    def paper(self):
        """The page as PDF."""
        return base64.b64decode(self.ask("print", {}))
