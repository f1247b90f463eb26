"""Wire formats: times, durations, ids, ARNs and page tokens."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime, timezone
from functools import lru_cache
from random import Random
from typing import Any

from moto.utilities.utils import get_partition

from ..exceptions import ValidationException
from ..settings import SETTINGS

GIB = 1024**3


def iso(moment: datetime) -> str:
    """An ISO 8601 time in UTC that ends in Z, as the model's pattern asks, or in +00:00, as it was recorded."""
    return _iso(moment, SETTINGS["time_form"])


@lru_cache(maxsize=65536)
def _iso(moment: datetime, ending: str) -> str:
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", ending)


def parse_time(text: str, field: str) -> datetime:
    """Read a request's time.

    Raises:
        ValidationException: it is no ISO 8601 time.
    """
    try:
        # fromisoformat takes at most six digits of a fraction.
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        message = f"'{text}' is not an ISO 8601 time"
        raise ValidationException(message, "fieldValidationFailed", [(field, message)]) from None


@lru_cache(maxsize=65536)
def iso_duration(seconds: float) -> str:
    """An ISO 8601 duration as DRS writes it: ``P0D``, ``P2DT1H32M12.136909S``."""
    if seconds <= 0:
        return "P0D"
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    date = f"{int(days)}D" if days else ""
    time = (f"{int(hours)}H" if hours else "") + (f"{int(minutes)}M" if minutes else "")
    if rest:
        time += f"{rest:.6f}".rstrip("0").rstrip(".") + "S"
    return f"P{date}{'T' + time if time else ''}"


def random_id(prefix: str, source: Random) -> str:
    """A DRS id: prefix and 17 hexadecimal digits."""
    return f"{prefix}-{source.getrandbits(68):017x}"


def derived_id(prefix: str, *parts: Any) -> str:
    """An id that depends on its parts only, for things that are computed rather than stored (points in time)."""
    digest = hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()
    return f"{prefix}-{digest[:17]}"


def arn(region: str, account_id: str, kind: str, identifier: str) -> str:
    """The ARN of a DRS resource."""
    return f"arn:{get_partition(region)}:drs:{region}:{account_id}:{kind}/{identifier}"


def _token(operation: str, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{operation}:{offset}".encode()).decode()


def _offset(operation: str, token: str) -> int:
    try:
        name, _colon, number = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if name == operation:
            return int(number)
    except (binascii.Error, ValueError):
        pass
    message = "Invalid nextToken"
    raise ValidationException(message, "fieldValidationFailed", [("nextToken", message)])


def page(operation: str, found: list[Any], max_results: int | None, token: str | None) -> tuple[list[Any], str | None]:
    """One page of a list and the token of the next.

    The token holds an offset, so a list that changes between two pages shifts, as it does in AWS.

    Raises:
        ValidationException: the token is not one of this operation's.
    """
    start = _offset(operation, token) if token else 0
    size = min(max_results or SETTINGS["page_size"], SETTINGS["max_page_size"])
    end = start + size
    return found[start:end], _token(operation, end) if end < len(found) else None
