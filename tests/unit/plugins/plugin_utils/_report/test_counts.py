"""Every text with a count reads right for none, one and two: pages, screen, files, notifications."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import replication_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import wait as failback_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import notifications, records
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence, files_text, watch
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import verdict
from ansible_collections.resilience.drs.plugins.plugin_utils._report import page
from support import report_pages as pages, reports

PLUGINS = Path(page.__file__).resolve().parents[2]
NOUNS = (
    *("server", "machine", "cell", "account", "wave", "job", "run", "instance", "event", "record", "row", "failure"),
    *("application", "finding", "tag", "call", "volume", "disk", "host", "gate", "command", "attempt", "file"),
)
ONE = "|".join(NOUNS)
# not the end of a number, an id or a version: "11 servers", "db-1 servers", "2.1 servers"
WRONG = re.compile(
    r"(?<![\w.,:/-])(?:1 (?:(?:source|critical|drill|recovery|DRS) )*(?:%s)s\b|1 (?:server|machine|cell)s? are\b"
    r"|(?:0|[2-9]|\d\d+) (?:(?:source|critical|drill|recovery|DRS) )*(?:%s)\b(?!s|-))" % (ONE, ONE)
)
# a count that is put before a plural whatever it is
BLIND = re.compile(r"(?:%%d|\{(?:len\(|number|total|count|wanted)[^{}]*\}) (?:%s)s\b" % ONE)


def spoken(text):
    """The words of a page, without its script, its data and its marks."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " \n", text)).split(" "))


def history(servers, failed):
    """What a run of so many servers is recorded as, and told as."""
    entries = [
        {
            **reports.planned(number, servers),
            "outcome": "failed" if number < failed else "launched",
            "error": {"code": "launch_capacity", "message": "no room"} if number < failed else None,
        }
        for number in range(servers)
    ]
    result = {"kind": "recovery", "mode": "drill", "run_id": "r-1", "servers": entries, "started_at": reports.at(0)}
    made = records.records(result, reports.NOW)
    return made, records.overall(made, result)


def texts(servers, failed):
    """Every text of a run with so many servers, of which so many failed, by name."""
    documents = reports.documents(servers=servers, failed=failed, cleaned=False) if servers else None
    told = {
        "page": spoken(pages.page_of(servers=servers, failed=failed)),
        "watch": spoken(pages.watched_page(pages.going(servers % 3), reports.at(1000))),
    }
    made, overall = history(servers, failed)
    told["notification"] = "\n".join(
        notifications.notification({**overall, "kind": kind, "action": "drill", "run_id": "r-1"})["message"]
        for kind in ("success", "partial", "failure")
    )
    found = {"records": made, "store": "s", "failures": [], "groups": [], "totals": {}, "coverage": "complete"}
    told["history"] = render.render("history", {**found, "window": {}, "odd": 0}, 100)
    if documents:
        proof = evidence.build(documents, {}, [], reports.NOW, "1.0.0")
        model = report_model.build({"runs": [documents], "generated_at": reports.NOW})
        told["evidence"] = spoken(page.render(evidence.as_model(proof), proof))
        told["not proven"] = "\n".join(proof["not_proven"])
        told["summary"], told["junit"] = files_text.summary(model), files_text.junit(model)
        view = watch.view(documents, [], reports.at(1000))
        earlier = {**view, "waves": [{**one, "finished": -1} for one in view["waves"]]}
        told["lines"] = "\n".join([*watch.lines(earlier, view), watch.beat(view)])
    return told


@pytest.mark.parametrize(("servers", "failed"), [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 1)])
def test_outputs_of_a_run(servers, failed):
    wrong = {name: WRONG.findall(text) for name, text in texts(servers, failed).items()}
    assert not {name: found for name, found in wrong.items() if found}


def entry(number, **more):
    return {"name": f"db-{number}", "outcome": "failed", "error": None, "cell": "c", **more}


SAYINGS = {
    "wait of a failback": lambda n: failback_wait.failure_message(
        "c", {"servers": [entry(one) for one in range(n)], "error": None}
    ),
    "wait of a replication": lambda n: replication_wait.failure_message(
        "c",
        {
            "waiting": [f"s-{one}" for one in range(n)],
            "source_servers": [
                {"source_server_id": f"s-{one}", "name": "db", "replication": {"error": None, "state": "STALLED"}}
                for one in range(n)
            ],
        },
        "in_sync",
    ),
    "not good": lambda n: verdict._not_good([entry(one) for one in range(n)], ("launched",), "in step"),
}


@pytest.mark.parametrize("name", SAYINGS)
@pytest.mark.parametrize("number", [1, 2])
def test_what_is_said_of_some(name, number):
    text = SAYINGS[name](number)
    assert str(number) in text and not WRONG.findall(text), text


def test_no_source_puts_a_count_before_a_plural_blindly():
    """A count goes through core/text.count; a number that is never one stands in LARGE."""
    found = {
        f"{path.relative_to(PLUGINS)}: {match.group(0)}"
        for path in sorted(PLUGINS.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        for match in BLIND.finditer(line)
        if "count(" not in match.group(0) and not line.lstrip().startswith(("#", '"""', ":"))
    }
    assert sorted(found - LARGE) == []


LARGE = {
    "module_utils/_drs/settings/effects/launch_configuration.py: {len(ids)} instances",
    "module_utils/_drs/settings/change_record.py: {len(parts)} tags",
    "module_utils/_drs/settings/effects/launch_configuration.py: {wanted[name]} servers",
    "module_utils/_drs/settings/tag_rules.py: {len(after)} tags",
}


@pytest.mark.parametrize(
    "text", ["1 servers", "has 1 cells", "2 server", "1 source servers stand", "10 job", "1 machine are not"]
)
def test_the_rule_can_fail(text):
    assert WRONG.findall(text)


@pytest.mark.parametrize("text", ["1 server", "11 servers", "db-1 servers", "1.1 servers", "2 servers", "wave 1, runs"])
def test_the_rule_leaves_what_is_right(text):
    assert not WRONG.findall(text)
