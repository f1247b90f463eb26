"""Test that everybody can use the pages: narrow, by keyboard, right to left, and as axe-core wants it; and watching."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from support import browser, report_pages as pages, reports

MAKERS = {
    "report": lambda: pages.page_of(servers=40, failed=5),
    "evidence": lambda: pages.evidence_page(servers=40, failed=5),
    "watch": lambda: pages.watched_page(pages.going(), reports.at(1000)),
    "nothing": lambda: pages.page_of(with_history=False),
}
# what sticks out of the window, and is not in a box that scrolls
BEYOND = """[...document.querySelectorAll('main *, header *')].filter(e => !e.closest('.scroll, .unseen') &&
(e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)).map(e => e.outerHTML)"""
# cards that are wider than the window
WIDE = """[...document.querySelectorAll('table.stack')].map(e => e.closest('.scroll')).filter(e => e.scrollWidth >
e.clientWidth + 1).map(e => e.getAttribute('aria-label'))"""
# words that stand on more than one line although they have no place where they may be broken
BROKEN = """(() => { const bad = [], range = document.createRange();
const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
while (walk.nextNode()) { const node = walk.currentNode, text = node.textContent;
  if (node.parentElement.closest('script, noscript, svg, .unseen, option')) continue;
  for (const word of text.matchAll(/[A-Za-z0-9_]+/g)) { if (word[0].length > 32) continue;
    range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
    const boxes = [...range.getClientRects()].filter(one => one.width > 0);
    if (boxes.length > 1 && boxes[boxes.length - 1].top > boxes[0].top + 4) bad.push(word[0]); } }
return bad; })()"""
SERIOUS = """axe.run(document, {resultTypes: ['violations']}).then(told => told.violations
.filter(one => ['serious', 'critical'].includes(one.impact)).map(one => one.id + ': ' + one.nodes[0].html))"""


@pytest.fixture(scope="module")
def chromium():
    program = browser.find()
    assert program, "no Chromium is installed: python3 tools/browser.py (as root), or name one in RESILIENCE_BROWSER"
    with browser.Browser(program) as one:
        yield one


@pytest.fixture
def show(chromium, tmp_path):
    with pages.shown(chromium, tmp_path) as open_page:
        yield open_page


def narrow(page, width=390):
    page.send("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)


@pytest.mark.parametrize("name", MAKERS)
def test_it_fits_a_telephone_in_both_directions_with_whole_words_and_without_serious_findings(show, name):
    """axe-core looks where it is there: tools/browser.py fetches it where there is npm."""
    html = MAKERS[name]()
    axe = browser.axe()
    for scheme, direction, first, last in (("light", "ltr", 1440, 390), ("dark", "rtl", 390, 1440)):
        page = show(html, color_scheme=scheme)
        page.run(f"document.documentElement.dir = '{direction}'")
        page.run("document.querySelectorAll('[data-do=expand]').forEach(one => one.click())")
        for width in (first, last):
            narrow(page, width)
            assert page.run("document.documentElement.scrollWidth") <= width
            assert page.run(BEYOND) == []
            assert page.run(BROKEN) == []
            assert width > 600 or page.run(WIDE) == []
        # what a sheet of paper that lies on its side is wide
        narrow(page, 1032)
        page.run("window.dispatchEvent(new Event('beforeprint'))")
        page.media(scheme, "print")
        assert page.run(BROKEN) == []
        assert page.run("document.documentElement.scrollWidth") <= 1032
        page.run("window.dispatchEvent(new Event('afterprint'))")
        page.media(scheme)
        narrow(page, last)
        if axe:
            page.run(axe.read_text(encoding="utf-8") + ";0")
            assert page.run(SERIOUS) == []


def test_a_large_table_is_used_with_the_keyboard(show):
    page = show(pages.evidence_page(servers=400))
    page.click("[data-table=servers] [data-do=everything]")
    box = "document.querySelector('[data-table=servers] .scroll')"
    page.run(f"{box}.focus()")
    assert page.run(f"document.activeElement === {box} && {box}.scrollHeight > {box}.clientHeight")
    assert page.run("document.querySelector('#servers').getAttribute('aria-rowcount')") == "401"
    page.run("document.querySelector('#servers th[data-key=attempts] button').focus()")
    page.press("Enter")
    assert page.run("document.querySelector('#servers th[data-key=attempts]').getAttribute('aria-sort')") == "ascending"


def test_a_watched_page_says_that_it_is_stale_and_stops_when_it_is_told(show):
    page = show(pages.watched_page(pages.going(), reports.at(1000), interval=3600))
    assert page.run("document.querySelector('#watching .stale').textContent").startswith(
        "STALE: nobody writes this page"
    )
    told = "document.querySelector('[data-age]').textContent"
    assert page.run(told).startswith("Written ") and " ago, 2026-03-01 12:16:40 UTC" in page.run(told)
    page.click("#refresh")
    assert page.run("document.querySelector('#refresh').getAttribute('aria-pressed')") == "true"
    assert "not refreshed while you work with it" in page.run(told)
    assert page.run("document.querySelector('#watching .stale').textContent") == ""


def test_a_watched_page_reads_itself_again_until_the_run_has_ended(show):
    page = show(pages.watched_page(pages.going(), reports.at(1000), interval=1))
    found = reports.documents(servers=12)
    page.path.write_text(pages.watched_page(found, reports.at(5000), interval=1), encoding="utf-8")
    # it reads itself again every second, so it may have read what stood there before once more
    for _look in range(20):
        page.wait_for("Page.loadEventFired")
        if page.run("document.querySelector('#refresh').hidden"):
            break
    assert page.run("document.querySelector('#watching-head').textContent") == "The run has ended: succeeded"
    assert page.run("document.querySelector('[data-age]').textContent").startswith("This page is final")
    assert page.run("document.querySelector('#refresh').hidden")
