"""Verify the evidence bundle that this file lies in: ``python3 verify.py``, or another one: ``verify.py FOLDER``.

It needs Python 3.8 or later, and nothing else, and takes a folder or an archive (zip, tar) of one. It finds every file
that was changed, added or removed, and every contradiction between the journal, the documents of the run, the evidence
and the hashes; it prints BROKEN with each of them and ends with 1, or UNCHANGED and ends with 0. Whoever can write the
folder can write all of it anew, this file included. So run a copy from a source that you trust, and hold the hashes
that it prints against those kept elsewhere: in the notification, the history, a bucket, the ticket.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.plugin_utils._report.verify_claims import (
    of_commands,
    of_excluded,
    of_objectives,
    said_commands,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._report.verify_copies import (
    MANIFEST,
    SUMS,
    loads,
    of_copying,
    pretty,
    read,
    sha256,
    short,
)

EVIDENCE, GIVEN, JOURNAL = "evidence.json", "given.json", "journal.jsonl"
ANCHORS, STAMP = "anchors.json", "timestamp.tsr"
DOCUMENTS = {"run": "run.json", "plan": "plan.json", "cleanup": "cleanup.json"}
LISTS = {"wave": ("waves.json", "wave"), "approval": ("approvals.json", "gate")}
JSON_FILES = (MANIFEST, EVIDENCE, GIVEN, ANCHORS, *DOCUMENTS.values(), *(name for name, _key in LISTS.values()))
NEEDED = (*JSON_FILES, JOURNAL, "servers.csv", "attempts.csv", "exceptions.csv")
LOGS = "job_log.csv"
# Of the evidence, what says when and by whom it was written, and not what happened.
OUTSIDE_THE_HASH = ("generated_at", "collection_version", "sign_offs", "state", "evidence_hash")
FIRST_HASH = "0" * 64
BAD = ("refused", "failed", "unknown")
# Its machine came up; a failback does more about the other side afterwards.
CAME = ("launched", "protected", "cleaned")


def canonical(value: Any) -> bytes:
    """The shortest JSON of a value, always the same: what the hashes are made over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def verify(files: Mapping[str, bytes], manifest_sha256: str | None = None, head: str | None = None) -> dict[str, Any]:
    """Verify a bundle.

    :param manifest_sha256: the SHA-256 of manifest.json as it was kept elsewhere.
    :param head: a hash of the journal as it was kept elsewhere: an event of this hash must be in it.
    :returns: ``{problems [(file, problem)], run_id, evidence_hash, manifest_sha256, head, events, state, commands}``.
    """
    problems = list(_of_manifest(files, manifest_sha256))
    problems = of_copying(files, problems)
    facts: dict[str, Any] = {"manifest_sha256": sha256(files.get(MANIFEST, b""))}
    try:
        read_files = {name: loads(files[name]) for name in JSON_FILES}
        events = [loads(line) for line in files[JOURNAL].splitlines()]
        problems += _of_form(files, read_files, events)
        problems += _of_journal(events, head)
        problems += _of_anchors(events, read_files[ANCHORS])
        problems += _of_documents(events, read_files)
        problems += _of_evidence(read_files, events)
        problems += _of_tables(files, read_files)
        evidence = read_files[EVIDENCE]
        problems += [*of_commands(files, events, evidence), *of_excluded(files, read_files["plan.json"], evidence)]
        if STAMP in files and bytes.fromhex(evidence["evidence_hash"]) not in files[STAMP]:
            problems.append((STAMP, "is the time stamp of other evidence"))
        facts.update({key: evidence.get(key) for key in ("evidence_hash", "state", "commands")})
        facts.update(run_id=evidence["run"]["run_id"], events=len(events), head=events[-1]["hash"] if events else None)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as exc:
        missing = [name for name in NEEDED if name not in files]
        if not missing or not problems:
            problems.append((EVIDENCE, f"cannot be held against the rest: {type(exc).__name__}: {str(exc)[:120]}"))
    return {**facts, "problems": list(dict.fromkeys(problems))}


# -- files and hashes ------------------------------------------------------------------------------------------------


def _of_manifest(files: Mapping[str, bytes], expected: str | None) -> Iterator[tuple[str, str]]:
    if MANIFEST not in files:
        yield MANIFEST, "missing"
        return
    if expected and sha256(files[MANIFEST]) != expected.strip().lower():
        yield MANIFEST, "not the one whose hash was given"
    try:
        contents = loads(files[MANIFEST])
        listed = {one["name"]: one for one in contents["files"]}
        inner = {key: contents[key] for key in ("about", "files")}
        again = pretty({**inner, "root_sha256": sha256(canonical(inner))})
        rows = sorted([(name, one["sha256"]) for name, one in listed.items()] + [(MANIFEST, sha256(files[MANIFEST]))])
        sums = "".join(f"{value}  {name}\n" for name, value in rows).encode()
    except (KeyError, TypeError, ValueError):
        yield MANIFEST, "changed: it is no manifest"
        return
    if again != files[MANIFEST] or len(listed) != len(contents["files"]):
        yield MANIFEST, "changed"
    for name, one in sorted(listed.items()):
        if name not in files:
            yield name, "missing"
        elif sha256(files[name]) != one["sha256"] or len(files[name]) != one.get("bytes"):
            yield name, "changed"
    for name in sorted(set(files) - set(listed) - {MANIFEST, SUMS}):
        yield name, "added"
    for name in sorted(set(NEEDED) - set(listed) - {MANIFEST}):
        yield name, "not in the manifest"
    if files.get(SUMS) != sums:
        yield SUMS, "missing" if SUMS not in files else "changed"


def _of_form(
    files: Mapping[str, bytes], read_files: Mapping[str, Any], events: Sequence[Any]
) -> Iterator[tuple[str, str]]:
    """Whether files are written as this collection writes them; a name that stands twice in an object hides one."""
    for name, value in read_files.items():
        if pretty(value) != files[name]:
            yield name, "is not written as a bundle is: somebody edited it"
    if b"".join(canonical(one) + b"\n" for one in events) != files[JOURNAL]:
        yield JOURNAL, "is not written as a bundle is: somebody edited it"


# -- the journal, and the documents that it tells of -----------------------------------------------------------------


def _of_journal(events: Sequence[Mapping[str, Any]], head: str | None) -> Iterator[tuple[str, str]]:
    last = FIRST_HASH
    for number, event in enumerate(events, start=1):
        if event.get("seq") != number:
            yield JOURNAL, f"event {str(event.get('seq'))[:20]} stands at place {number}"
        if event.get("prev") != last:
            yield JOURNAL, f"event {number} does not follow the one before it"
        if event.get("hash") != sha256(canonical({key: value for key, value in event.items() if key != "hash"})):
            yield JOURNAL, f"event {number} was changed"
        last = str(event.get("hash"))
    if head and head.strip().lower() not in [event.get("hash") for event in events]:
        yield JOURNAL, "no event of it has the hash that was given"


def _of_anchors(events: Sequence[Mapping[str, Any]], anchors: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """The heads that the history tells of; where the journals of two stores were joined, they are of one of them."""
    for one in anchors:
        if not one["sealed"]:
            yield ANCHORS, f"the history ({short(one['record'])}) was changed"
    joined = any(one.get("event") == "run_imported" for one in events)
    for one in anchors if not joined else ():
        if not one.get("head"):
            continue
        number = one.get("events")
        event = events[number - 1] if isinstance(number, int) and 0 < number <= len(events) else {}
        if event.get("hash") != one["head"]:
            yield JOURNAL, f"the history ({short(one['record'])}) tells of an event {short(number)} that is not in it"


def _of_documents(events: Sequence[Mapping[str, Any]], read_files: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    there = {item: (name, read_files[name]) for item, name in DOCUMENTS.items() if read_files[name]}
    for kind, (name, key) in LISTS.items():
        there.update({f"{kind}:{one.get(key)}": (name, one) for one in read_files[name] or ()})
        if len({one.get(key) for one in read_files[name] or ()}) != len(read_files[name] or ()):
            yield name, "holds one document twice"
    told = _told(events)
    for item, one in sorted(told.items()) if told else ():
        where = DOCUMENTS.get(item) or LISTS[item.partition(":")[0]][0]
        if item not in there:
            yield where, f"{item} is missing, of which event {one['seq']} tells"
        elif one["sha256"] != _document_hash(item, there[item][1]):
            yield where, f"{item} is not what event {one['seq']} tells of: it was changed"
    for item in sorted(set(there) - set(told)) if told and "documents" in events[0] else ():
        yield there[item][0], f"{item} is there, and no event tells of it"


def _told(events: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The newest version of each document that the journal names: ``{item: {version, sha256, seq}}``."""
    imports = [at for at, one in enumerate(events) if one.get("event") == "run_imported" and one.get("documents")]
    newest: dict[str, dict[str, Any]] = {}
    for event in events[imports[-1] if imports else 0 :]:
        named = event.get("documents")
        for item, one in named.items() if isinstance(named, dict) else ():
            known = item in DOCUMENTS or item.partition(":")[0] in LISTS
            if not known or not isinstance(one, dict) or not isinstance(one.get("version"), int):
                continue
            if isinstance(one.get("sha256"), str) and one["version"] >= newest.get(item, one)["version"]:
                newest[item] = {**one, "seq": event.get("seq")}
    return newest


def _document_hash(item: str, body: Mapping[str, Any]) -> str:
    if item == "run" and body.get("moved_to") and isinstance(body.get("epoch"), int):
        # that a run was moved to another store changes nothing of it
        body = {key: value for key, value in body.items() if key not in ("moved_to", "moved_at")}
        body = {**body, "epoch": body["epoch"] - 1}
    return sha256(canonical(body))


# -- the evidence, and what it follows from --------------------------------------------------------------------------


def _of_evidence(read_files: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    evidence, given, about = read_files[EVIDENCE], read_files[GIVEN], read_files[MANIFEST]["about"]
    run, document, journal = evidence["run"], read_files["run.json"], evidence["journal"]
    content = {key: value for key, value in evidence.items() if key not in OUTSIDE_THE_HASH}
    signed = [one.get("decision") for one in evidence["sign_offs"]]
    state = "REJECTED" if "rejected" in signed else "SIGNED" if signed else "DRAFT - NOT SIGNED"
    if not journal["unbroken"]:
        yield JOURNAL, str(journal["problem"])
    outcomes = Counter(one["outcome"] for one in run["servers"])
    scope = evidence["scope"]
    pairs = [
        ("evidence_hash", evidence["evidence_hash"], sha256(canonical(content))),
        ("events", journal["events"], len(events)),
        ("head of the journal", journal["head"], events[-1].get("hash") if events else None),
        ("run_id", run["run_id"], document.get("run_id")),
        ("plan_hash", run["plan_hash"], document.get("plan_hash")),
        ("state", evidence["state"], state),
        ("about", [evidence["about"]["scenario"], len(evidence["about"]["actions"])], _about(given)),
        ("sign_offs", [[one.get("name"), one.get("decision")] for one in given["sign_offs"]], _names(evidence)),
        ("generated_at", evidence["generated_at"], given["generated_at"]),
        ("collection_version", evidence["collection_version"], given["collection_version"]),
        ("servers planned", scope["planned"], len(run["servers"])),
        ("servers launched", scope["launched"], sum(outcomes[one] for one in CAME)),
        ("servers failed", scope["failed"], sum(outcomes[one] for one in BAD)),
        ("attempts", len(run["attempts"]), sum(len(one.get("attempts") or ()) for one in read_files["waves.json"])),
        ("waves", [one["wave"] for one in run["waves"]], [str(one["wave"]) for one in read_files["waves.json"]]),
        ("job logs", _logs(evidence.get("job_logs") or ()), _logs(_kept_logs(read_files))),
        ("approvals", _decisions(run["approvals"]), _decisions(read_files["approvals.json"])),
        ("instances terminated", run["cleanup"]["terminated"], _terminated(read_files["cleanup.json"])),
        ("resources left", _resources(run["cleanup"]), _resources(read_files["cleanup.json"])),
    ]
    pairs += [
        (f"{key} of manifest.json", value, {**evidence, **run, "verdict": run["verdict"]["word"]}.get(key))
        for key, value in about.items()
        if key not in ("state", "generated_at", "collection_version", "evidence_hash")
    ]
    pairs += [
        (f"{key} of manifest.json", about.get(key), evidence[key])
        for key in ("state", "generated_at", "collection_version", "evidence_hash")
    ]
    for name, says, is_so in pairs:
        if says != is_so:
            yield EVIDENCE, f"{name} is {short(says)}, and {short(is_so)} by the rest of the bundle"
    for one in evidence["sign_offs"]:
        if one.get("evidence_hash") != evidence["evidence_hash"]:
            yield EVIDENCE, f"{short(one.get('name'))} signed other evidence"
    yield from _of_servers(run, read_files)
    yield from of_objectives(run, document)


def _about(given: Mapping[str, Any]) -> list[Any]:
    about = given.get("about") or {}
    return [about.get("scenario"), len(about.get("actions") or ())]


def _names(evidence: Mapping[str, Any]) -> list[list[Any]]:
    return [[one["name"], one["decision"]] for one in evidence["sign_offs"]]


def _kept_logs(read_files: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The logs of the jobs as the documents of the run have them."""
    held = [*read_files["waves.json"], read_files["cleanup.json"] or {}]
    return [one for record in held for one in record.get("logs") or ()]


def _logs(logs: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Of each log its job, and the event and the server of each of its lines."""
    return [[one["job_id"], *(row[1:3] for row in one["events"])] for one in logs]


def _decisions(approvals: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [[one.get(key) for key in ("gate", "decision", "plan_hash")] for one in approvals or ()]


def _terminated(cleanup: Mapping[str, Any] | None) -> int:
    proof = cleanup or {}
    servers = (proof.get("result") or proof).get("servers") or ()
    return sum(1 for one in servers if one.get("outcome") == "terminated")


def _resources(proof: Mapping[str, Any] | None) -> list[list[Any]]:
    """The volumes, network interfaces and snapshots that a clean-up left, or did not prove to be gone."""
    found = ((proof or {}).get("result") or proof or {}).get("resources") or {}
    keys = ("left", "not_proven", "kept")
    return [[key, one.get("kind"), one.get("id")] for key in keys for one in found.get(key) or ()]


def _with_launch(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry of a server; of one that failed back with the launch that one of its stages tells of."""
    stages = [one for one in entry.get("stages") or () if one.get("stage") == "launched" and one.get("job_id")]
    if not stages or entry.get("job_id"):
        return entry
    return {**entry, **{key: stages[-1].get(key) for key in ("job_id", "recovery_instance_id", "ec2_instance_id")}}


def _of_servers(run: Mapping[str, Any], read_files: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each server of the evidence as its wave tells of it, and each server of the waves in the evidence."""
    keys = ("job_id", "recovery_instance_id", "ec2_instance_id")
    entries = {
        (one.get("cell"), one.get("source_server_id")): _with_launch(one)
        for wave in read_files["waves.json"]
        for one in wave.get("servers") or ()
        if one.get("outcome", "planned" if wave.get("status") == "intended" else None) != "planned"
    }
    for one in run["servers"]:
        entry = entries.pop((one["cell"], one["source_server_id"]), None)
        was = {"outcome": "planned"} if entry is None else entry
        wrong = [key for key in keys if entry is not None and one.get(key) != was.get(key)]
        if one["outcome"] not in (was.get("outcome"), "unknown"):
            wrong.append("outcome")
        for key in wrong:
            yield EVIDENCE, f"{key} of {short(one['name'])} is not what its wave tells"
    for one in entries.values():
        if one.get("source_server_id"):
            yield EVIDENCE, f"{short(one.get('name') or one['source_server_id'])} of a wave is not in it"


def _of_tables(files: Mapping[str, bytes], read_files: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    run = read_files[EVIDENCE]["run"]
    wanted = {
        "servers.csv": [str(one["outcome"]) for one in run["servers"]],
        "exceptions.csv": [str(one["what"]) for one in read_files[EVIDENCE]["exceptions"]],
    }
    for name, column in (("servers.csv", "outcome"), ("exceptions.csv", "what")):
        rows = list(csv.DictReader(io.StringIO(files[name].decode("utf-8"))))
        if sorted(str(one.get(column)) for one in rows) != sorted(wanted[name]):
            yield name, f"its {column}s are not those of {EVIDENCE}"
    if LOGS in files:
        # a log that was not read is one line that says so
        lines = sum(len(one["events"]) or 1 for one in read_files[EVIDENCE].get("job_logs") or ())
        if sum(1 for dummy in csv.DictReader(io.StringIO(files[LOGS].decode("utf-8")))) != lines:
            yield LOGS, f"its lines are not those of {EVIDENCE}"
    attempts = list(csv.DictReader(io.StringIO(files["attempts.csv"].decode("utf-8"))))
    if sum(1 for one in attempts if one.get("last") == "False") != len(run["attempts"]):
        yield "attempts.csv", f"its attempts are not those of {EVIDENCE}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify a bundle and print the result; 0 for one that is unchanged, 1 for any other, 2 when there is none."""
    parser = argparse.ArgumentParser(description="Verify an evidence bundle.")
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("folder", nargs="?", default=here, help="the folder of the bundle, or a zip or tar archive")
    parser.add_argument("--manifest-sha256", help="the SHA-256 of manifest.json, as it was kept elsewhere")
    parser.add_argument("--head", help="a hash of the journal, as it was kept elsewhere")
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        # a console that cannot write a name must not end the verification
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        files = read(options.folder)
    except OSError as exc:
        sys.stdout.write(f"NOT VERIFIED: {exc}\n")
        return 2
    if not files:
        sys.stdout.write(f"NOT VERIFIED: {options.folder}: is empty\n")
        return 2
    result = verify(files, options.manifest_sha256, options.head)
    for name, problem in result["problems"]:
        sys.stdout.write(f"BROKEN {short(name)}: {problem}\n")
    for key in ("run_id", "state", "evidence_hash", "manifest_sha256", "head", "events"):
        sys.stdout.write(f"{key}: {result.get(key)}\n")
    sys.stdout.writelines(f"command: {short(line, 300)}\n" for line in said_commands(result.get("commands") or ()))
    sys.stdout.write("BROKEN\n" if result["problems"] else "UNCHANGED\n")
    return 1 if result["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
