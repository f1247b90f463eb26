"""Test the report page in a real browser, opened from a file as readers do.

`make test` and `make integration` install Chromium where it is missing and that is possible (tools/browser.py). Without
one these tests fail, and say so: a page that nobody has opened is not tested.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import connect
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.files_text import as_json
from ansible_collections.resilience.drs.plugins.plugin_utils._report import page as report_page
from support import browser, report_pages as pages, reports
from support.report_pages import evidence_page, page_of

MEGABYTES_6 = 6_000_000
ROWS = "[...document.querySelectorAll('#{} tbody tr:not(.gap)')]"
HOSTILE = {
    0: "<script>document.title='taken'</script>",
    1: '"><img src=x onerror="document.title=\'taken\'">',
    2: "{{ 7*7 }}{% for x in y %}${7*7}#{7*7}",
    3: "L" * 10_000,
    4: "\u05e9\u05dc\u05d5\u05dd \u202egnp.exe",
    5: "=cmd|' /C calc'!A0",
    6: "</script></style></title><h1>taken</h1>",
    7: "a\x00b\x1b[31mred\nnew line",
    8: "' onmouseover='document.title=\"taken\"",
    9: "javascript:document.title='taken'",
}


@pytest.fixture(scope="module")
def chromium():
    program = browser.find()
    assert program, (
        "no Chromium is installed: python3 tools/setup.py --browser (as root), or name one in RESILIENCE_BROWSER"
    )
    with browser.Browser(program) as one:
        yield one


@pytest.fixture
def show(chromium, tmp_path):
    """Open a page, see pages.shown."""
    with pages.shown(chromium, tmp_path) as open_page:
        yield open_page


# true as soon as it is true, within some seconds
SOON = """new Promise(done => { let left = 200; const look = () => (%s) ? done(true) : --left ? setTimeout(look, 20)
: done(false); look(); })"""


def status(page, table="failures"):
    return page.run(f"document.querySelector('[data-table={table}] [role=status]').textContent")


def drawn(page, table="failures"):
    return page.run(ROWS.format(table) + ".length")


def column(page, place, table="failures"):
    cells = "row.cells[%d].querySelector('bdi, summary') || row.cells[%d]" % (place, place)
    return page.run(ROWS.format(table) + f".map(row => ({cells}).textContent.trim())")


# -- size and time ---------------------------------------------------------------------------------------------------


def test_ten_thousand_servers_that_all_failed_are_data_and_only_what_is_looked_at_is_drawn(show):
    """The size is exact; a page that draws all its rows would take far longer. bench/page.py tells the times."""
    html = evidence_page(servers=10_000, failed=10_000)
    assert len(html.encode()) < MEGABYTES_6
    page = show(html)
    assert drawn(page, "servers") == drawn(page) == 100
    assert status(page, "servers") == "100 shown of 10000 that match, 10000 in all"
    page.set_value("#failures-search", "srv-9999")
    assert column(page, 0) == ["srv-9999"]
    page.click("[data-table=servers] [data-do=everything]")
    assert status(page, "servers") == "10000 shown of 10000 that match, 10000 in all"
    page.click("#servers th[data-key=name] button")
    page.click("#servers th[data-key=name] button")
    assert 0 < drawn(page, "servers") < 500
    assert column(page, 0, "servers")[0] == "srv-9999"
    # who scrolls to the end sees the end
    page.run("(e => { e.scrollTop = e.scrollHeight; })(document.querySelector('[data-table=servers] .scroll'))")
    last = "[...document.querySelectorAll('#servers tbody tr:not(.gap)')].pop().cells[0].textContent"
    assert page.run(SOON % f"{last}.startsWith('srv-0000')")
    assert 0 < drawn(page, "servers") < 500
    assert json.loads(page.download("[data-table=servers] [data-save=json]")[1])[0]["name"] == "srv-9999"


def test_nothing_to_show_says_so(show):
    page = show(page_of(with_history=False))
    assert page.run("document.querySelector('.word').textContent") == "UNKNOWN"
    text = page.run("document.body.innerText")
    assert "there is no run and no deployment in this period" in text
    assert "no data" in text and "100" not in text


# -- reading and working with it ---------------------------------------------------------------------------------------


def test_the_page_of_forty_servers(show):
    page = show(page_of(servers=40, failed=5))
    assert page.run("document.querySelector('.word').textContent") == "PASS"
    cards = page.run("[...document.querySelectorAll('.card')].map(one => one.className + ': ' + one.textContent)")
    assert [one.split(":")[0] for one in cards] == ["card green", "card yellow", "card red"]
    # the word beside the colour
    assert ["good" in cards[0], "watch" in cards[1], "poor" in cards[2]] == [True] * 3
    assert page.run("document.querySelectorAll('svg.gantt g').length") == 12
    assert page.run("document.querySelector('#states').textContent").count("CONTINUOUS") == 1
    assert drawn(page) == 11


def test_filters(show):
    page = show(page_of(servers=40, failed=5))
    page.set_value("#failures-by-account_id", reports.ACCOUNTS[1])
    assert drawn(page) == 4 and set(column(page, 6)) == {reports.ACCOUNTS[1]}
    page.set_value("#failures-by-category", "network")
    assert drawn(page) == 2
    page.click("[data-table=failures] [data-do=reset]")
    page.set_value("#failures-by-pattern", "cross_account")
    assert drawn(page) == 2
    page.click("[data-table=failures] [data-do=reset]")
    page.set_value("#failures-from", "2026-03-01")
    assert drawn(page) == 5
    page.set_value("#failures-from", "")
    page.set_value("#failures-to", "2026-02-20")
    assert drawn(page) == 4
    page.set_value("#failures-by-status", "failed")
    page.set_value("#failures-search", "BARE-3")
    assert column(page, 0) == ["bare-3"]
    assert status(page) == "1 shown of 1 that match, 11 in all"


def test_sorting_by_mouse_and_by_keyboard(show):
    page = show(page_of(servers=40, failed=5))
    head = "#failures th[data-key=name]"
    page.click(f"{head} button")
    assert column(page, 0) == sorted(column(page, 0))
    assert page.run(f"document.querySelector('{head}').getAttribute('aria-sort')") == "ascending"
    page.run(f"document.querySelector('{head} button').focus()")
    page.press("Enter")
    assert column(page, 0) == sorted(column(page, 0), reverse=True)
    assert page.run(f"document.querySelector('{head}').getAttribute('aria-sort')") == "descending"
    assert page.run("document.querySelector('#failures th[data-key=at]').getAttribute('aria-sort')") == "none"


def test_numbers_sort_as_numbers(show):
    page = show(evidence_page(servers=60))
    page.click("#servers th[data-key=duration_seconds] button")
    page.set_value("#servers-by-outcome", "launched")
    took = [one["duration_seconds"] for one in json.loads(page.download("[data-table=servers] [data-save=json]")[1])]
    assert took == sorted(took) and len(took) == 60


def test_a_failure_opens_and_leads_to_its_remedy(show):
    page = show(page_of(servers=40, failed=5))
    page.click("#failures tbody tr summary")
    target = "document.querySelector('#failures details[open] a').getAttribute('href')"
    link = page.run(target)
    assert link.startswith("#remedy-")
    assert len(page.run(f"document.getElementById(decodeURIComponent({json.dumps(link[1:])})).textContent")) > 20
    page.click("[data-table=failures] [data-do=expand]")
    assert page.run("document.querySelectorAll('#failures details:not([open])').length") == 0


def test_exports_hold_what_is_filtered_with_message_and_remedy(show):
    page = show(page_of(servers=40, failed=5))
    page.set_value("#failures-by-account_id", reports.ACCOUNTS[1])
    name, data = page.download("[data-table=failures] [data-save=csv]")
    rows = list(csv.DictReader(data.decode("utf-8").splitlines()))
    assert name == "failures.csv" and len(rows) == 4
    assert all(row["message"] and row["remedy"] and row["account_id"] == reports.ACCOUNTS[1] for row in rows)
    name, data = page.download("[data-table=failures] [data-save=json]")
    told = json.loads(data)
    assert name == "failures.json"
    assert [one["name"] for one in told] == [row["name"] for row in rows]


COPIED = (
    "window.copied = null; navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); };"
)


def test_what_to_connect_to_is_copied_and_saved_in_one_click(show, tmp_path):
    """The inventory of the page is that of the file, whatever the machines are called."""
    for more in ({"servers": 40, "failed": 5}, {"servers": 10, "naming": hostile}):
        found = reports.documents(cleaned=False, **more)
        model = report_model.build({"runs": [found], "generated_at": reports.NOW})
        expected = json.loads(as_json(connect.inventory(model["run"])))
        page = show(report_page.render(model))
        name, data = page.download("[data-table=servers] [data-save=inventory]")
        assert name == "inventory.json" and json.loads(data) == expected
        assert len(expected["all"]["hosts"]) == more["servers"] - more.get("failed", 0)
        page.run(COPIED)
        page.click("[data-table=servers] [data-copy=inventory]")
        assert page.run(SOON % "window.copied") and json.loads(page.run("window.copied")) == expected
    page = show(page_of(servers=40, failed=5, cleaned=False))
    page.run(COPIED)
    page.set_value("#servers-by-outcome", "launched")
    page.click("[data-table=servers] [data-copy=csv]")
    assert page.run(SOON % "window.copied")
    rows = list(csv.DictReader(page.run("window.copied").splitlines()))
    assert len(rows) == 35 and status(page, "servers") == "35 rows copied as csv"
    keys = ("recovery_instance_id", "ec2_instance_id", "private_ip", "account_id", "availability_zone", "point_in_time")
    assert all(row[key] for row in rows for key in (*keys, "attempts"))
    assert column(page, 5, "servers")[0] == rows[0]["availability_zone"] == "us-west-2a"


def test_replication_has_tiles_states_steps_disks_and_filters(show):
    page = show(page_of(servers=40, failed=5))
    tiles = page.run("[...document.querySelectorAll('#fleet .tile')].map(e => e.querySelector('b').textContent)")
    assert [int(one) for one in tiles] == [40, 22, 11, 7]
    assert status(page, "replication") == "40 shown of 40 that match, 40 in all"
    page.set_value("#replication-by-state", "INITIATING")
    assert status(page, "replication").startswith("3 shown of 3")
    page.click("[data-table=replication] [data-do=expand]")
    row = ROWS.format("replication") + "[0]"
    steps = page.run(f"[...{row}.querySelectorAll('ol li')].map(e => e.textContent)")
    assert len(steps) == 11 and steps[5:8] == [
        "SUCCEEDED DOWNLOAD_REPLICATION_SOFTWARE",
        "IN_PROGRESS CREATE_STAGING_DISKS",
        "NOT_STARTED ATTACH_STAGING_DISKS",
    ]
    page.click("[data-table=replication] [data-do=reset]")
    page.set_value("#replication-by-health", "attention")
    page.click("#replication th[data-key=lag_seconds] button")
    disks = page.run(f"[...{ROWS.format('replication')}.pop().querySelectorAll('ul li')].map(e => e.textContent)")
    assert disks and disks[0].startswith("/dev/sda 99.4 % of 100 GiB, 1.0 GiB behind")
    assert page.run(f"{row}.querySelectorAll('progress').length") >= 1
    told = json.loads(page.download("[data-table=replication] [data-save=json]")[1])
    assert {one["health"] for one in told} == {"attention"} and len(told) == 7


def test_recent_activity_is_filtered(show):
    page = show(page_of(servers=40, failed=5))
    assert drawn(page, "activities") == 2
    page.set_value("#activities-by-kind", "deployment")
    assert column(page, 3, "activities") == ["dep-1"]
    page.click("[data-table=activities] [data-do=reset]")
    page.set_value("#activities-from", "2026-03-01")
    assert column(page, 3, "activities") == ["drill-1"]


def test_people_who_do_not_see_it_find_their_way(show):
    page = show(evidence_page(servers=12, failed=2))
    checks = {
        "tables without a caption": "[...document.querySelectorAll('table')].filter(t => !t.caption).length",
        "headings without a scope": "document.querySelectorAll('th:not([scope])').length",
        "fields without a label": "[...document.querySelectorAll('input, select')]"
        ".filter(e => !e.labels.length).length",
        "sections without a name": "[...document.querySelectorAll('section')].filter(s => "
        "!s.getAttribute('aria-label') && !document.getElementById(s.getAttribute('aria-labelledby'))).length",
        "links that lead nowhere": "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => "
        "!document.getElementById(a.getAttribute('href').slice(1))).length",
        "ids that stand twice": "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
        " return ids.length - new Set(ids).size; })()",
        "pictures that nobody names": "[...document.querySelectorAll('svg')].filter(s => "
        "!s.getAttribute('aria-label') && s.getAttribute('aria-hidden') !== 'true').length",
    }
    assert {name: page.run(check) for name, check in checks.items()} == dict.fromkeys(checks, 0)
    assert page.run("['header', 'nav', 'main', 'footer'].map(e => document.querySelectorAll(e).length)") == [1] * 4
    page.press("Tab")
    assert page.run("document.activeElement.className") == "skip"


# -- looks -----------------------------------------------------------------------------------------------------------

CONTRAST = """
(() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255;
    return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; });
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
  const bad = new Set();
  for (const e of document.querySelectorAll('main *, header *, footer *')) {
    if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = light(getComputedStyle(e).color), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  }
  return [...bad];
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_both_schemes_and_by_the_button(show, scheme, tmp_path):
    page = show(page_of(servers=40, failed=5), color_scheme=scheme)
    assert page.run(CONTRAST) == []
    before = page.run("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.run("getComputedStyle(document.body).backgroundColor") != before
    assert page.run(CONTRAST) == []
    assert page.screenshot(tmp_path / "page.png")[:4] == b"\x89PNG"
    assert page.run("document.documentElement.scrollWidth") <= 1280


def test_on_paper_it_is_light_whole_and_without_buttons(show):
    page = show(evidence_page(servers=120, failed=12), color_scheme="dark")
    page.run("window.dispatchEvent(new Event('beforeprint'))")
    page.media("dark", "print")
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    buttons = "[...document.querySelectorAll('button')].filter(b => b.offsetParent && !b.closest('th'))"
    assert page.run(f"{buttons}.length") == 0
    assert drawn(page, "servers") == 120
    assert page.run("document.querySelectorAll('details:not([open])').length") == 0
    assert page.run(CONTRAST) == []
    assert page.pdf()[:5] == b"%PDF-"
    page.run("window.dispatchEvent(new Event('afterprint'))")
    page.media("dark")
    assert drawn(page, "servers") == 100


# -- what others wrote stays text --------------------------------------------------------------------------------------


def hostile(server):
    number = int(server["source_server_id"][2:], 16)
    return {**server, "name": HOSTILE.get(number, server["name"]), "application": HOSTILE[number % 10]}


def test_hostile_names_and_tags_stay_text(show):
    more = {
        "servers": 10,
        "failed": 10,
        "naming": hostile,
        "initiator": HOSTILE[0],
        "reason": HOSTILE[6],
        "ticket": HOSTILE[1],
    }
    for html in (page_of(**more), evidence_page(**more)):
        page = show(html)
        assert "taken" not in page.run("document.title")
        assert page.run("document.querySelectorAll('script:not([type])').length") == 1
        assert (
            page.run(
                "document.querySelectorAll('img, iframe, object, embed, link, h1 h1, [onerror], [onmouseover]').length"
            )
            == 0
        )
        names = column(page, 0)
        assert set(column(page, 0, "servers")) <= set(names)
        assert HOSTILE[0] in names and HOSTILE[2] in names and HOSTILE[6] in names
        assert "49" not in "".join(names)
        assert max(map(len, names)) <= 120
        assert not any("\u202e" in name or "\x1b" in name for name in names)
        assert any(name.startswith("\u05e9\u05dc\u05d5\u05dd") for name in names)
        rows = list(
            csv.DictReader(page.download("[data-table=servers] [data-save=csv]")[1].decode("utf-8").splitlines())
        )
        assert any(row["name"].startswith("'=cmd") for row in rows)


def test_a_script_that_came_in_all_the_same_would_not_run(show, chromium, tmp_path):
    """The second line of defence: the page names its own script to the browser, and no other one runs."""
    html = page_of(servers=4).replace("</main>", "<script>document.title = 'taken'</script></main>")
    path = tmp_path / "attacked.html"
    path.write_text(html, encoding="utf-8")
    page = chromium.open(path)
    assert page.run("document.title") != "taken"
    assert any("Content Security Policy" in one for one in page.complaints())
    page.close()
