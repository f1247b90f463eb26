"""Mark text from files and from AWS as data; only what the plugins write themselves is a template."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

try:
    # ansible-core 2.19 and later: text is data unless it is marked as a template.
    from ansible.template import trust_as_template

    _mark_as_data: Callable[[Any], Any] = str
    mark_as_template: Callable[[Any], Any] = trust_as_template
except ImportError:
    # Before: text is a template unless it is marked as data.
    from ansible.utils.unsafe_proxy import wrap_var

    _mark_as_data = wrap_var
    mark_as_template = str

# Text that can be neither a template nor an expression, whatever it is marked as.
PLAIN = re.compile(r"[A-Za-z0-9_ +=,.@:/-]*")


def as_data(value: Any) -> Any:
    """The value with every text in it marked as data, so that it is never evaluated.

    Plain text is left as core has trusted text from inventory files, for ansible-inventory wraps each other text.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {key: as_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_data(item) for item in value]
    return value


@functools.lru_cache(maxsize=50000)
def _text(value: str) -> str:
    # thousands of machines repeat the same few texts
    return mark_as_template(value) if PLAIN.fullmatch(value) else _mark_as_data(value)
