"""Read the tables of a report's page as its script does: from the data that stands in it. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from typing import Any


def rows_of(page: str, table: str) -> list[dict[str, Any]]:
    """The rows of a table; raises AssertionError when a column has not as many as the table says."""
    (text,) = re.findall(r'<script type="application/json" id="data-%s">(.*?)</script>' % table, page, re.S)
    data = json.loads(text)
    columns = {
        key: [one["of"][place] for place in one["at"]] if isinstance(one, dict) else one
        for key, one in data["values"].items()
    }
    assert {len(one) for one in columns.values()} <= {data["rows"]}
    rows = [dict(zip(columns, values)) for values in zip(*columns.values())]
    assert len(rows) == data["rows"]
    return rows
