"""Render the page of a report: one self-contained file, from a MODEL or from EVIDENCE.

The template is ours. What it shows is given to it as data and escaped; no text that came from outside is ever a
template. The page's own style and script are named to the browser by their hashes, so nothing else can run, and nothing
is loaded.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import charts as report_charts
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import GOOD
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.files_text import rate
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import duration

FOLDER = Path(__file__).parent / "page_files"
# The second signal beside a colour is a word, and a sign before it that the style sheet draws.
WORDS = {"green": "good", "yellow": "watch", "red": "poor", "none": "no data"}
OPEN = ("planned", "queued", "in_progress", "skipped")


def render(model: Mapping[str, Any], evidence: Mapping[str, Any] | None = None) -> str:
    """The page of a report as HTML; the same data gives the same text.

    :param model: a MODEL (report/model.build).
    :param evidence: an EVIDENCE (evidence.build), for the page of an evidence bundle.
    """
    sources = {name: (FOLDER / name).read_text(encoding="utf-8") for name in ("page.html", "parts.html")}
    style, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(sources),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(span=duration, rate=rate, moment=moment, tone=tone, percent=percent)
    environment.globals.update(gantt=report_charts.gantt, bars=report_charts.bars, bullet=report_charts.bullet)
    environment.globals.update(words=WORDS)
    return environment.get_template("page.html").render(
        model=model,
        run=model["run"],
        evidence=evidence,
        style=Markup(style),
        script=Markup(script),
        policy="default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'"
        % (_source(style), _source(script)),
    )


def _source(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def moment(value: Any) -> str:
    """A time as people read it, in UTC and whole seconds; a dash for none."""
    return "-" if not value else str(value).replace("T", " ").replace("Z", "").partition(".")[0]


def tone(word: Any) -> str:
    """The class of an outcome or a status: good, bad, open or nothing."""
    if word in GOOD or word in ("succeeded", "PASS", "done", "approved", "granted", "accepted", "complete", "ok"):
        return "good"
    if word in OPEN or word in ("waiting", "running", "paused", "intended", "launched", "DRAFT", "partial", "warning"):
        return "open"
    return "bad"


def percent(value: Any) -> str:
    return "-" if value is None else "%g %%" % (int(value * 10) / 10)
