"""The pictures of docs/images: whoever cannot see them is told what they show, and both colour schemes can be read."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = sorted((DOCS / "images").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
# Inks on what they are drawn on, by the classes of a picture's style.
INKS = {"text": ("page", "box", "cell", "good", "bad", "wait"), "soft": ("page", "box", "cell", "good", "wait")}
READABLE = 4.5  # WCAG 2, level AA


def colours(style: str) -> dict[str, str]:
    return dict(re.findall(r"\.(\w+) \{ fill: (#[0-9a-f]{6})", style))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def referenced() -> dict[str, list[str]]:
    """The alternative texts of each picture that a page of docs/ shows, by the name of its file."""
    found: dict[str, list[str]] = {}
    for page in DOCS.rglob("*.md"):
        for words, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), f"{page.name} shows {target}, which does not exist"
            found.setdefault(Path(target).name, []).append(words)
    return found


def test_the_concepts_are_shown_and_every_picture_has_its_place_and_its_words():
    shown = referenced()
    assert set(shown) == {one.name for one in PICTURES}
    assert {"cells.svg", "patterns.svg", "waves.svg", "exactly_once.svg", "failback_stages.svg"} <= set(shown)
    assert all(len(words) > 40 for texts in shown.values() for words in texts)


@pytest.mark.parametrize("path", PICTURES, ids=lambda one: one.stem)
def test_a_picture_says_what_it_shows_and_needs_nothing_from_elsewhere(path):
    text = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    labels = {one.get("id"): one.text for one in root if one.tag in (f"{SVG}title", f"{SVG}desc")}
    assert (root.get("aria-labelledby") or "").split() == list(labels) and all(labels.values())
    assert len(labels["desc"]) > 80
    foreign = re.findall(r"https?://(?!www\.w3\.org|www\.gnu\.org)|<script|<image|@import|url\(|\bon\w+=", text)
    assert not foreign


@pytest.mark.parametrize("path", PICTURES, ids=lambda one: one.stem)
def test_a_picture_can_be_read_by_day_and_by_night(path):
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    by_day, by_night = root.find(f"{SVG}style").text.split("@media (prefers-color-scheme: dark)")
    for style in (colours(by_day), colours(by_night)):
        for ink, papers in INKS.items():
            for paper in papers:
                assert contrast(style[ink], style[paper]) >= READABLE, (ink, paper)
