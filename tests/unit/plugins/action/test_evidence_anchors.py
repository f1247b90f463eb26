"""Test that a bundle is locked in a bucket and stamped by a service, both on loopback, and that neither costs it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import http.server
import io
import subprocess
import sys
import tarfile
import threading

import boto3
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import timestamp
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import evidence_verify
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store
from moto.server import ThreadedMotoServer
from support import reports
from support.actions import run_action

BUCKET = "drs-evidence"


@pytest.fixture
def place(tmp_path):
    """Writes the evidence of a drill: place(timestamp=..., lock=...)."""
    kept = store.open_store({"path": str(tmp_path / "store")}, now=lambda: reports.NOW)
    for record in reports.items(servers=4):
        index = None
        if record["item"] == "run":
            body = record["body"]
            index = {"status": body["status"], "pattern": "drill", "started_at": body["created_at"]}
        kept.put(record["run_id"], record["item"], record["body"], None, index)
    given = {"path": str(tmp_path / "out"), "run_id": "drill-1", "store": {"path": str(tmp_path / "store")}}
    return lambda **more: run_action("drs_evidence", False, **{**given, "generated_at": reports.NOW, **more})


@pytest.fixture(scope="module")
def s3():
    """A bucket with Object Lock in an S3 of this process."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        client = boto3.client("s3", region_name="us-west-2")
        where = {"LocationConstraint": "us-west-2"}
        client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True, CreateBucketConfiguration=where)
        yield client
    server.stop()


def der(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


class Service(http.server.BaseHTTPRequestHandler):
    """Grants what it is asked for, with the request itself in the place of a signed token."""

    asked: list = []
    refuse = False

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.headers["Content-Type"], body))
        status = der(0x30, der(0x02, b"\x02" if self.refuse else b"\x00"))
        answer = der(0x30, status + (b"" if self.refuse else der(0x30, der(0x04, body))))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setattr(Service, "asked", [])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_bundle_is_locked_once_and_is_the_one_that_was_written(place, s3):
    options = {"bucket": BUCKET, "region": "us-west-2", "retain_days": 400}
    first = place(lock=options)
    assert first["lock"]["error"] is None and first["lock"]["new"], first["lock"]
    key = first["lock"]["key"]
    assert key == f"drs-evidence/drill-1/{first['manifest_sha256']}.tar"
    held = s3.get_object(Bucket=BUCKET, Key=key)
    assert held["ObjectLockMode"] == "COMPLIANCE" and held["ObjectLockRetainUntilDate"].isoformat()[:4] >= "2027"
    data = held["Body"].read()
    again = place(lock=options)
    assert (again["changed"], again["lock"]["new"], again["lock"]["error"]) == (False, False, None)
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 1
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        inner = archive.extractfile("drill-1/manifest.json").read()
    assert hashlib.sha256(inner).hexdigest() == first["manifest_sha256"]


def test_a_bucket_that_takes_nothing_is_a_warning_and_the_bundle_stays(place, s3, tmp_path):
    result = place(lock={"bucket": "another", "region": "us-west-2"})
    assert result["lock"]["error"]["code"] and not result["lock"]["new"]
    assert result["warnings"][0].startswith("evidence_not_anchored: ") and not result.get("failed")
    assert (tmp_path / "out" / "manifest.json").exists()


def test_the_evidence_is_stamped_once_and_the_stamp_is_part_of_the_bundle(place, service, tmp_path):
    first = place(timestamp={"url": service})
    assert first["timestamp"] == {"url": service, "new": True, "error": None}
    ((kind, request),) = Service.asked
    assert kind == "application/timestamp-query" and bytes.fromhex(first["evidence_hash"]) in request
    assert evidence_verify.verify({"path": str(tmp_path / "out"), "manifest_sha256": None})["recomputed"]
    assert place(timestamp={"url": service})["changed"] is False and len(Service.asked) == 1
    stamp = tmp_path / "out" / "timestamp.tsr"
    stamp.write_bytes(stamp.read_bytes().replace(bytes.fromhex(first["evidence_hash"]), b"x" * 32))
    command = [sys.executable, str(tmp_path / "out" / "verify.py")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 1 and "BROKEN timestamp.tsr: is the time stamp of other evidence" in told.stdout


def test_a_service_that_refuses_or_is_away_is_a_warning(place, service, tmp_path, monkeypatch):
    monkeypatch.setattr(Service, "refuse", True)
    for url, said in ((service, "status 2"), ("http://127.0.0.1:9/", "127.0.0.1:9"), ("ftp://x/", "no http")):
        result = place(timestamp={"url": url})
        assert said in result["warnings"][0] and not result["timestamp"]["new"], result
        assert not (tmp_path / "out" / "timestamp.tsr").exists()


def test_openssl_reads_the_request(tmp_path):
    path = tmp_path / "query.tsq"
    path.write_bytes(timestamp.request(b"\xab" * 32, 2**62 + 7))
    shown = subprocess.run(
        ["openssl", "ts", "-query", "-in", str(path), "-text"], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert (
        "sha256" in shown.stdout
        and "Certificate required: yes" in shown.stdout
        and "0x4000000000000007" in shown.stdout.lower()
    )


@pytest.mark.parametrize("answer", [b"", b"\x30", b"\x30\x05ab", b"<html>", b"\x30\x80" + b"x" * 5])
def test_what_is_no_answer_is_refused(answer):
    with pytest.raises(DrsError) as caught:
        timestamp.check(answer, b"\xab" * 32)
    assert caught.value.code == "timestamp_refused"
