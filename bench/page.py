"""Benchmark the page of a report and that of an evidence bundle at 10,000 servers, all of them failed.

    python bench/page.py [--servers 10000] [--rounds 3]

For each page it tells how long it takes to build and to render (processor seconds), its size, and how long the main
thread of a headless Chromium works to load it, to sort, to filter, to search, and to "show all" and look at its end
(processor seconds of that thread, so that what else the machine does counts little): the median of the rounds. The exit
code is 1 when a page is larger than 6 MB or when the main thread works a second or more on anything.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from _common import machine
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.plugin_utils._report import page as report_page
from support import browser, reports

MOST_BYTES, MOST_SECONDS = 6_000_000, 1.0
END = "(e => { e.scrollTop = e.scrollHeight; })(document.querySelector('[data-table=servers] .scroll'))"
# two frames later everything that was asked for has been drawn
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))))"


def build(servers: int) -> dict[str, tuple[str, float]]:
    """Both pages, and the processor seconds that each took."""
    documents = reports.documents(servers=servers, failed=servers, cleaned=False)
    fleet, capacity = reports.fleet(servers), reports.capacity()
    pages = {}
    begun = time.process_time()
    request = {"runs": [documents], "history": [], "generated_at": reports.NOW, "status": fleet, "capacity": capacity}
    pages["report"] = (report_page.render(report_model.build(request)), time.process_time() - begun)
    begun = time.process_time()
    made = evidence.build(documents, {}, [], reports.NOW, "1.0.0")
    pages["evidence"] = (report_page.render(evidence.as_model(made), made), time.process_time() - begun)
    return pages


def worked(page: browser.Page) -> float:
    """Processor seconds that the main thread has worked."""
    page.run(DRAWN)
    return next(one["value"] for one in page.send("Performance.getMetrics")["metrics"] if one["name"] == "ThreadTime")


def look(chromium: browser.Browser, path: Path) -> dict[str, float]:
    """Main-thread seconds of each thing that a reader does."""
    page = chromium.open(path)
    page.send("Performance.enable")
    page.send("Page.reload")
    page.wait_for("Page.loadEventFired")
    times = {"load": worked(page)}

    def step(name: str, work: str) -> None:
        before = worked(page)
        page.run(work)
        times[name] = worked(page) - before

    def press(selector: str) -> str:
        return f"document.querySelector('{selector}').click()"

    def put(selector: str, value: str) -> str:
        field = f"const e = document.querySelector('{selector}'); e.value = '{value}'"
        return "(() => { %s; e.dispatchEvent(new Event('input')); })()" % field

    step("sort", press("#servers th[data-key=name] button"))
    step("filter", put("#servers-by-account_id", reports.ACCOUNTS[0]))
    step("clear", press("[data-table=servers] [data-do=reset]"))
    step("search", put("#failures-search", "srv-0099"))
    step("show all", press("[data-table=servers] [data-do=everything]"))
    step("to the end", END)
    step("sort all", press("#servers th[data-key=duration_seconds] button"))
    page.close()
    return times


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--servers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    program = browser.find()
    if not program:
        print("no Chromium is installed", file=sys.stderr)
        return 1
    print(machine())
    good = True
    with tempfile.TemporaryDirectory() as folder, browser.Browser(program) as chromium:
        for name, (html, seconds) in build(options.servers).items():
            path = Path(folder) / f"{name}.html"
            path.write_text(html, encoding="utf-8")
            rounds = [look(chromium, path) for _round in range(options.rounds)]
            times = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
            good = good and len(html) < MOST_BYTES and max(times.values()) < MOST_SECONDS
            print(
                f"{name}: {options.servers} servers, {len(html) / 1e6:.1f} MB, built in {seconds:.1f} s; main thread:"
            )
            print("  " + ", ".join(f"{key} {value:.2f} s" for key, value in times.items()))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
