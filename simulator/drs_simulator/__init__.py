"""AWS for a disaster, on one port: a DRS service for moto, and the world around it.

``register()`` makes ``ext/drs`` known to moto as ``moto.drs``; a service's code is imported when it is first asked for.
Start it with ``drs-simulator --scenario FILE --port N``, or ``python -m drs_simulator``.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import re

__version__ = "1.0.0"

_EXT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ext")


def register() -> None:
    """Make ``moto.drs`` importable and known to moto's index of services; may be called again."""
    import moto
    import moto.backend_index as index

    if _EXT not in moto.__path__:
        moto.__path__.append(_EXT)
    if not any(name == "drs" for name, _pattern in index.backend_url_patterns):
        index.backend_url_patterns.append(("drs", re.compile(r"https?://drs\.(.+)\.amazonaws\.com")))
