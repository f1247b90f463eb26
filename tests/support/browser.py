"""Drive a headless Chromium through its DevTools protocol over a pipe, without a package or a port."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "chromium-headless-shell", "google-chrome-stable", "google-chrome")
TIMEOUT = 60.0
# The middle of an element once it has stood there for three frames and nothing lies over it, null when it never does:
# a page that draws what comes into view moves its parts a frame later. Whether the click reached it is noted.
STILL = """new Promise(done => {
  const e = document.querySelector(%s);
  let left = 300, held = 0, last = "";
  window.clickedWanted = false;
  e.addEventListener("click", () => { window.clickedWanted = true; }, {capture: true, once: true});
  const look = () => {
    e.scrollIntoView({block: "center"});
    const r = e.getBoundingClientRect(), at = [r.x + r.width / 2, r.y + r.height / 2];
    const hit = document.elementFromPoint(...at);
    held = String(at) === last && e.contains(hit) ? held + 1 : 0;
    last = String(at);
    if (held === 3) { done(at); } else if (left -= 1) { requestAnimationFrame(look); } else { done(null); }
  };
  look();
})"""
AXE = Path(__file__).resolve().parents[2] / ".venv" / "axe"


class BrowserError(RuntimeError):
    """The browser is not there, has gone, or refused a command; the text is what it said."""


def find() -> str | None:
    """The program of an installed Chromium; RESILIENCE_BROWSER names another one."""
    named = os.environ.get("RESILIENCE_BROWSER")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def axe() -> Path | None:
    """The file of axe-core, which finds what keeps people out of a page; RESILIENCE_AXE names another one."""
    places = [os.environ.get("RESILIENCE_AXE"), str(AXE / "node_modules" / "axe-core" / "axe.min.js")]
    return next((path for path in map(Path, filter(None, places)) if path.is_file()), None)


class Browser:
    """One browser process. Use it as a context manager."""

    def __init__(self, program: str) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="drs-browser-", ignore_cleanup_errors=True)
        self.downloads = Path(self._directory.name) / "downloads"
        self.downloads.mkdir()
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        command = [
            *(program, "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--mute-audio"),
            *("--no-default-browser-check", "--disable-background-networking", "--disable-component-update"),
            *("--disable-extensions", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars"),
            f"--user-data-dir={self._directory.name}/profile",
            # the sandbox of Chromium refuses to work for root, which is who runs tests in a container
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "about:blank",
        ]
        # the protocol wants the file descriptors 3 and 4
        script = 'exec 3<&"$0" 4>&"$1"; shift 1; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", script, str(to_browser), str(from_browser), *command],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_browser)
        os.close(from_browser)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the browser and all its helpers."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for handle in (self._write, self._read):
            os.close(handle)
        self._directory.cleanup()

    # -- protocol --------------------------------------------------------------------------------------------------

    def send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])
            self.events.append(answer)

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + TIMEOUT
        while b"\0" not in self._buffer:
            ready = select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))[0]
            data = os.read(self._read, 1 << 20) if ready else b""
            if not data:
                raise BrowserError("the browser has gone, or says nothing")
            self._buffer += data
        message, _zero, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def wait_for(self, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event that is wanted, of those that came and those to come; it is taken away."""
        while True:
            for place, event in enumerate(self.events):
                if found(event):
                    return self.events.pop(place)
            self.events.append(self._receive())

    def open(self, path: Path, **media: str) -> Page:
        """Open a file in a page of its own; media: ``color_scheme`` light or dark."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, target, session, path, media)


class Page:
    """A page that is open, and everything that it asked for since."""

    def __init__(self, browser: Browser, target: str, session: str, path: Path, media: dict[str, str]) -> None:
        self.browser, self.target, self.session, self.path = browser, target, session, path
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
        self.media(**media)
        self.send("Page.navigate", url=path.as_uri())
        self.wait_for("Page.loadEventFired")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """A command for this page."""
        return self.browser.send(method, self.session, **params)

    def wait_for(self, method: str) -> dict[str, Any]:
        """The next event of this page of that name."""
        return self.browser.wait_for(lambda one: one.get("method") == method and one.get("sessionId") == self.session)

    def media(self, color_scheme: str = "light", kind: str = "screen") -> None:
        """What the page is shown on."""
        features = [{"name": "prefers-color-scheme", "value": color_scheme}]
        self.send("Emulation.setEmulatedMedia", media=kind, features=features)

    def run(self, expression: str) -> Any:
        """Evaluate JavaScript; its value. A promise is waited for."""
        told = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise BrowserError(str(told["exceptionDetails"].get("exception", {}).get("description")))
        return told["result"].get("value")

    def click(self, selector: str) -> None:
        """Click an element as a person does: where it stands still, and with an error where the click missed it."""
        place = self.run(STILL % json.dumps(selector))
        if place is None:
            raise BrowserError(f"{selector} never came to rest where it can be clicked")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)
        if self.run("window.clickedWanted") is False:
            raise BrowserError(f"the click on {selector} went to something else")

    def press(self, key: str) -> None:
        """Press a key: Tab, Enter or a letter."""
        codes = {"Tab": 9, "Enter": 13}
        text = {"Enter": "\r"}.get(key, "" if key in codes else key)
        params: dict[str, Any] = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, 0)}
        self.send("Input.dispatchKeyEvent", type="keyDown", **params, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **params)

    def set_value(self, selector: str, value: str) -> None:
        """Give a field or a list a value, as typing does."""
        self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.value = {json.dumps(value)};"
            " e.dispatchEvent(new Event('input', {bubbles: true})); })()"
        )

    def download(self, selector: str) -> tuple[str, bytes]:
        """Click what saves a file: its name and what is in it."""
        folder = str(self.browser.downloads)
        self.browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder, eventsEnabled=True)
        self.click(selector)
        begun = self.browser.wait_for(lambda one: one.get("method") == "Browser.downloadWillBegin")
        name = begun["params"]["suggestedFilename"]
        self.browser.wait_for(
            lambda one: one.get("method") == "Browser.downloadProgress" and one["params"]["state"] == "completed"
        )
        path = self.browser.downloads / name
        data = path.read_bytes()
        path.unlink()
        return name, data

    def requests(self) -> list[str]:
        """The addresses that the page has asked for, itself included."""
        self.run("0")  # whatever happened before has been told by then
        return [
            one["params"]["request"]["url"]
            for one in self.browser.events
            if one.get("method") == "Network.requestWillBeSent" and one.get("sessionId") == self.session
        ]

    def complaints(self) -> list[str]:
        """What the page's console says: errors, refused scripts."""
        self.run("0")
        told = [one for one in self.browser.events if one.get("sessionId") == self.session]
        entries = [one["params"]["entry"]["text"] for one in told if one.get("method") == "Log.entryAdded"]
        thrown = [str(one["params"]) for one in told if one.get("method") == "Runtime.exceptionThrown"]
        return entries + thrown

    def screenshot(self, path: Path, whole: bool = True) -> bytes:
        """Write a PNG of the page; returns it, too."""
        data = base64.b64decode(self.send("Page.captureScreenshot", captureBeyondViewport=whole)["data"])
        path.write_bytes(data)
        return data

    def pdf(self) -> bytes:
        """The page as it would be printed."""
        return base64.b64decode(self.send("Page.printToPDF", printBackground=True)["data"])

    def close(self) -> None:
        """Close it."""
        self.browser.send("Target.closeTarget", targetId=self.target)
