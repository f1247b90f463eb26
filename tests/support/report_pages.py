"""Make the pages of reports, of evidence and of a run that is watched, and open them in a browser. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import watch
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle
from ansible_collections.resilience.drs.plugins.plugin_utils._report import page as report_page
from support import browser, reports

MACHINE = ("recovery_instance_id", "ec2_instance_id", "private_ip", "availability_zone")
GATE = {"name": "data-checked", "type": "approval", "when": "before", "wave": "2"}


def history() -> list[dict[str, Any]]:
    """Records of one deployment in three accounts: a good one, one to watch, a poor one."""
    return [
        reports.record("dep-1", account, days, good, bad)
        for account, days, good, bad in (
            (reports.ACCOUNTS[0], 0.2, 40, 0),
            (reports.ACCOUNTS[1], 3, 18, 2),
            (reports.ACCOUNTS[2], 20, 3, 4),
        )
    ]


def page_of(servers: int = 0, failed: int = 0, with_history: bool = True, **more: Any) -> str:
    """The page of a report: with servers that of a drill, its fleet and its capacity."""
    runs = [reports.documents(servers=servers, failed=failed, **more)] if servers else []
    request = {"history": history() if with_history else [], "runs": runs, "generated_at": reports.NOW}
    if servers:
        request.update(status=reports.fleet(servers), capacity=reports.capacity())
    return report_page.render(report_model.build(request))


def evidence_page(**more: Any) -> str:
    """The page of the evidence of a drill."""
    made = evidence.build(reports.documents(**more), {}, [], reports.NOW, "1.0.0")
    return report_page.render(evidence.as_model(made), made)


def going(ended: int = 1, waves: int = 3) -> dict[str, Any]:
    """The documents of a drill of 12 servers in three waves, so many of which have ended; the next one has begun."""
    found = reports.documents(servers=12, failed=2, cleaned=False)
    found["run"].update(status="running", ended_at=None, approvals=["start"])
    found["plan"]["waves"][1]["gates"] = {"before": [GATE], "after": []}
    found["waves"] = found["waves"][: ended + 1]
    if ended < waves:
        open_one = found["waves"][-1]
        open_one.update(status="intended", ended_at=None, verdict={})
        # as the store has them while nothing came of them
        for one in open_one["servers"]:
            for key in ("outcome", "job_id", "started_at", "ended_at", "point_in_time", *MACHINE):
                del one[key]
    found["approvals"] = []
    found["events"] = found["events"][:2]
    return found


def watched_page(found: dict[str, Any], now: str, interval: int = 15) -> str:
    """The page of a run that is watched, as it is written at a time."""
    files = bundle.watch_files_of(found, watch.view(found, [], now), interval)
    return files["index.html"].decode("utf-8")


@contextmanager
def shown(chromium: browser.Browser, folder: Path) -> Iterator[Callable[..., browser.Page]]:
    """Open pages; in the end each must have asked for nothing but itself, and its console be empty."""
    opened: list[tuple[Path, browser.Page]] = []

    def show(html: str, **media: str) -> browser.Page:
        path = folder / f"page-{len(opened)}.html"
        path.write_text(html, encoding="utf-8")
        opened.append((path, chromium.open(path, **media)))
        return opened[-1][1]

    yield show
    for path, page in opened:
        asked = {one for one in page.requests() if not one.startswith(("data:", "blob:"))}
        assert asked == {path.as_uri()}
        assert page.complaints() == []
        page.close()
