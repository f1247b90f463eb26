"""Write rows as CSV that is safe to open in a spreadsheet, and read what a spreadsheet wrote."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# A spreadsheet takes a cell that begins so for a formula, and names and tags come from other people's machines.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV with a header; a cell that a spreadsheet would take for a formula is quoted.

    :param columns: the keys of the rows, in the order of the columns; a row may lack some. A list is written with
        spaces between its items.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(key)) for key in columns])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return _cell(" ".join(str(one) for one in value))
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA) else value
    return "" if value is None else value


def csv_rows(text: str) -> list[tuple[int, list[str]]]:
    """The rows of a CSV that are not empty, with the numbers of their lines.

    The separator is a comma or, as spreadsheets of some countries write it, a semicolon: whichever the first line has.
    A cell that was quoted against formulas loses that quote.
    """
    plain = text.lstrip("\ufeff")
    first = plain.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(plain), delimiter=";" if ";" in first and "," not in first else ",")
    return [(reader.line_num, [_unquoted(cell) for cell in row]) for row in reader if any(cell.strip() for cell in row)]


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
