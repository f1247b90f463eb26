"""Test probes: valid targets, accepted answers, and retries."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.server
import threading

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import probe
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError


class Page(http.server.BaseHTTPRequestHandler):
    """Answers 503 as often as told, then 200; /away redirects."""

    failures = 0

    def do_GET(self):
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "/")
        elif type(self).failures:
            type(self).failures -= 1
            self.send_response(503)
        else:
            self.send_response(200)
        self.end_headers()
        self.wfile.write(b"status: ok")

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="module")
def port():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def slept(monkeypatch):
    seconds = []
    monkeypatch.setattr(probe.Clock, "sleep", lambda _self, one: seconds.append(one))
    return seconds


def asked(**changes):
    http_ = changes.pop("http", None)
    if http_:
        http_ = {"status": [200], "contains": None, "validate_certs": True, **http_}
    return {"tcp": None, "http": http_, "addresses": [], "timeout": 5, "retries": 0, "interval": 10, **changes}


def test_tcp(port, slept):
    done = probe.run(asked(tcp={"host": "127.0.0.1", "port": port}))
    assert done["probes"] == [{"target": f"127.0.0.1:{port}", "ok": True, "attempts": 1, "error": None}]
    assert slept == []


def test_http_is_asked_again_until_it_answers(port, slept, monkeypatch):
    monkeypatch.setattr(Page, "failures", 2)
    done = probe.run(asked(http={"url": f"http://127.0.0.1:{port}/", "contains": "ok"}, retries=5, interval=7))
    assert done["probes"][0]["attempts"] == 3 and slept == [7, 7]


@pytest.mark.parametrize(
    ("http_", "reason"),
    [
        ({"contains": "closed"}, "the answer does not contain closed"),
        ({"status": [204, 205]}, "HTTP status 200, not 204, 205"),
        ({"url": "/away"}, "HTTP status 302, not 200"),
    ],
)
def test_another_answer_is_none(port, slept, http_, reason):
    url = f"http://127.0.0.1:{port}{http_.pop('url', '/')}"
    with pytest.raises(DrsError) as caught:
        probe.run(asked(http={**http_, "url": url}, retries=1))
    assert caught.value.code == "probe_failed" and reason in caught.value.message
    assert caught.value.details["probes"][0]["attempts"] == 2 and slept == [10]


def test_nobody_there(slept):
    with pytest.raises(DrsError, match="1 of 1 endpoint did not answer"):
        probe.run(asked(tcp={"host": "127.0.0.1", "port": 1}, timeout=1))


def test_only_what_did_not_answer_is_asked_again(port, slept):
    with pytest.raises(DrsError) as caught:
        probe.run(asked(tcp={"port": port}, addresses=["127.0.0.1", "::1"], retries=2, timeout=1))
    assert {one["target"]: one["attempts"] for one in caught.value.details["probes"]} == {
        f"127.0.0.1:{port}": 1,
        f"[::1]:{port}": 3,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "give one of tcp and http"),
        ({"tcp": {"port": 0}}, "tcp.port: 0"),
        ({"tcp": {"port": 22}, "addresses": ["10.0.0.1; rm"]}, "addresses: 10.0.0.1; rm is not an IP address"),
        ({"http": {"url": "file:///etc/passwd"}}, "is not an http or https address"),
        ({"http": {"url": "https://me:hush@x/"}}, "a name or password in it would be shown"),
        ({"tcp": {"port": 22}, "retries": -1}, "retries: -1 must be at least 0"),
        ({"tcp": {"port": 22}, "timeout": 0}, "timeout: 0 must be at least 1"),
    ],
)
def test_what_cannot_be_probed_is_refused_before_anything_is(change, message):
    with pytest.raises(DrsError, match="invalid_option") as caught:
        probe.run(asked(**change))
    assert message in caught.value.message and "hush" not in caught.value.message


def test_addresses_stand_in_urls_as_they_must():
    http_ = {"url": "http://{address}:8080/health"}
    assert probe.targets(asked(http=http_, addresses=["10.0.0.1", "fd00::1", "10.0.0.1"])) == [
        "http://10.0.0.1:8080/health",
        "http://[fd00::1]:8080/health",
    ]
