"""Settings of many servers as CSV: one line for each server and setting, read with its line numbers, and written. Pure.

The columns are server (its id or name), setting and value; what a value may be says the argument spec of the setting.
Lists are separated by blanks or semicolons; mappings and lists of mappings are JSON.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.csv_text import csv_rows, csv_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Declared, Settings

COLUMNS = ("server", "setting", "value")
_ID = re.compile(r"s-[0-9a-zA-Z]{17}", re.ASCII)
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")


def servers_in(text: str, spec: Mapping[str, Mapping[str, Any]], place: str = "csv:") -> list[Declared]:
    """What a CSV declares, as the option ``servers`` of the module has it.

    :param spec: the argument spec of the settings.
    :param place: how people name the text, before the words "line 3".
    :raises DrsError: ``invalid_option``, naming the line.
    """
    rows = csv_rows(text)
    header = [one.strip().lower() for one in (rows[0][1] if rows else [])]
    missing = [one for one in COLUMNS if one not in header]
    if missing:
        raise DrsError(
            "invalid_option", f"{place} line 1: no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}"
        )
    found: dict[str, dict[str, Any]] = {}
    for number, cells in rows[1:]:
        row = dict(zip(header, (one.strip() for one in cells)))
        server, setting, value = (row.get(column) or "" for column in COLUMNS)
        where = f"{place} line {number}"
        if not server or not setting:
            raise DrsError("invalid_option", f"{where}: server and setting must not be empty")
        if setting not in spec:
            text = f"{where}: '{clean(setting, 40)}' is no setting; known are {', '.join(spec)}"
            raise DrsError("invalid_option", text)
        settings = found.setdefault(server, {})
        if setting in settings:
            raise DrsError("invalid_option", f"{where}: {clean(setting, 40)} of {clean(server, 60)} is there twice")
        settings[setting] = _value(f"{where}: {setting}", value, spec[setting])
    return [
        {"source_server_id" if _ID.fullmatch(server) else "name": server, "settings": settings}  # type: ignore[misc]
        for server, settings in found.items()
    ]


def _value(where: str, text: str, spec: Mapping[str, Any]) -> Any:
    kind = spec["type"]
    if kind == "bool":
        if text.lower() not in (*_YES, *_NO):
            raise DrsError("invalid_option", f"{where}: '{clean(text, 40)}' is neither true nor false")
        return text.lower() in _YES
    if kind == "int":
        if not re.fullmatch(r"-?[0-9]+", text, re.ASCII):
            raise DrsError("invalid_option", f"{where}: '{clean(text, 40)}' is no whole number")
        return int(text)
    if kind == "dict" or (kind == "list" and spec.get("elements") == "dict"):
        return _structure(where, text, spec)
    if kind == "list":
        return re.split(r"[\s;]+", text) if text else []
    if spec.get("choices") and text not in spec["choices"]:
        raise DrsError("invalid_option", f"{where}: '{clean(text, 40)}' is none of {', '.join(spec['choices'])}")
    return text


def _structure(where: str, text: str, spec: Mapping[str, Any]) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        raise DrsError("invalid_option", f"{where}: '{clean(text, 40)}' is not JSON") from None
    if spec["type"] == "dict" and isinstance(value, dict):
        return value
    known = spec.get("options") or {}
    if spec["type"] == "list" and isinstance(value, list) and all(isinstance(one, dict) for one in value):
        for one in value:
            strange = sorted(set(one) - set(known))
            needed = [key for key, option in known.items() if option.get("required") and key not in one]
            if strange or needed:
                word = strange[0] if strange else f"{needed[0]} is missing"
                raise DrsError("invalid_option", f"{where}: {clean(word, 60)}; known are {', '.join(known)}")
            for key, option in known.items():
                _check_type(f"{where}.{key}", one.get(key), option)
        return value
    raise DrsError("invalid_option", f"{where}: it must be {'a mapping' if spec['type'] == 'dict' else 'a list'}")


def _check_type(where: str, value: Any, option: Mapping[str, Any]) -> None:
    kinds: dict[str, type] = {"str": str, "int": int, "list": list}
    good = value is None or (isinstance(value, kinds[option["type"]]) and not isinstance(value, bool))
    if not good or (option.get("choices") and value not in (None, *option["choices"])):
        raise DrsError("invalid_option", f"{where}: '{clean(value, 40)}' is not what it must be")


def text_of(settings: Iterable[tuple[str, str, Settings]]) -> str:
    """Settings as CSV, which ``servers_in`` reads again: what is not set has no line.

    :param settings: (source server id, name, settings) of each server; the name is a column that is not read.
    """
    rows = [
        {"server": server, "setting": setting, "value": _text(value), "name": name}
        for server, name, own in settings
        for setting, value in own.items()
        if value not in (None, [], {}, "")
    ]
    return csv_text(rows, (*COLUMNS, "name"))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, (list, tuple)):
        if any(isinstance(one, dict) for one in value):
            items = [{key: one[key] for key in sorted(one) if one[key] is not None} for one in value]
            return json.dumps(items)
        return " ".join(map(str, value))
    return str(value)
