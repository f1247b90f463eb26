"""Read the body of a request in RPC v2 CBOR as plain data, as the journal keeps it.

botocore reads CBOR for its answers; what it reads as a time becomes text here, for the journal is JSON.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from datetime import datetime
from typing import Any


def params(body: bytes) -> dict[str, Any]:
    """The parameters of a request; empty for what is no CBOR."""
    from botocore.parsers import RpcV2CBORParser

    if not body:
        return {}
    try:
        found = _plain(RpcV2CBORParser().parse_data_item(io.BufferedReader(io.BytesIO(body))))
    except Exception:  # whatever a client sent: the service itself will refuse it
        return {}
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
