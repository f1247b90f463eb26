"""The shape of one row of the error catalogue."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """What an error means: the cause in one sentence, what to do about it, and whether waiting alone may cure it.

    ``retryable`` says that the same request, unchanged, may succeed later without anybody changing anything.
    """

    cause: str
    remedy: str
    retryable: bool = False
