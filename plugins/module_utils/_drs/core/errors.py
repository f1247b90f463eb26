"""The one exception of the library: an error with a code that the catalogue explains."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import ErrorData


class DrsError(Exception):
    """An error with a code of the catalogue.

    ``code``, ``message``, ``cause``, ``remedy``, ``retryable`` as ``explain`` gives them (``remedy`` and ``retryable``
    can be overruled); ``details`` is free data about it, for example ``{"source_server_ids": [...]}``.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        operation: str = "",
        remedy: str | None = None,
        retryable: bool | None = None,
        details: Mapping[str, Any] | None = None,
        secrets: Iterable[str | None] = (),
    ) -> None:
        explanation = explain(code, message, operation, secrets)
        super().__init__(explanation["message"])
        self.code: str = explanation["code"]
        self.message: str = explanation["message"]
        self.cause: str = explanation["cause"]
        self.remedy: str = explanation["remedy"] if remedy is None else remedy
        self.retryable: bool = explanation["retryable"] if retryable is None else retryable
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def to_dict(self) -> ErrorData:
        """The error as plain data: code, message, cause, remedy, retryable, details."""
        return {
            "code": self.code,
            "message": self.message,
            "cause": self.cause,
            "remedy": self.remedy,
            "retryable": self.retryable,
            "details": self.details,
        }
