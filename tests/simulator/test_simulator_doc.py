"""The tables of docs/simulator.md are what the simulator says: tools/make_simulator_doc.py makes them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import make_simulator_doc as tool
from drs_simulator.scenario.doubts import DOUBTS


def test_the_page_is_what_the_simulator_says():
    """When this fails, run tools/make_simulator_doc.py and commit the page."""
    assert tool.main(["--check"]) == 0


def test_every_doubt_and_the_count_of_operations_stand_on_the_page():
    page = tool.PAGE.read_text(encoding="utf-8")
    assert all(f"| `{doubt.name}` |" in page for doubt in DOUBTS)
    assert "70 of the 70 operations" in page


def test_a_page_that_says_something_else_is_found(tmp_path, monkeypatch, capsys):
    stale = tmp_path / "simulator.md"
    stale.write_text(tool.PAGE.read_text(encoding="utf-8").replace("70 of the 70", "38 of the 70"), encoding="utf-8")
    monkeypatch.setattr(tool, "PAGE", stale)
    assert tool.main(["--check"]) == 1
    assert "run tools/make_simulator_doc.py" in capsys.readouterr().err
    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0


def test_a_rule_names_its_source_and_the_test_that_proves_it():
    rows = tool.rules().splitlines()[2:]
    assert len(rows) > 150
    assert all(row.count(" | ") == 2 and row.endswith(" |") for row in rows)
    assert any("userguide/recovery-plans-validation.html" in row and "test_drs_plans" in row for row in rows)
