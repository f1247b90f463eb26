"""Redaction: no external id, access key, token or signature is ever repeated in a message."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# A raw error of DRS may be 64 KiB; nobody reads more than this, and a wave has hundreds of servers.
MESSAGE_LIMIT = 2000
REDACTED = "[redacted]"
_SECRET_NAMES = (
    r"(?:sts:)?external[ _-]?id|(?:aws[_-]?)?secret[_-]?(?:access[_-]?)?key|(?:aws[_-]?)?session[_-]?token|"
    r"(?:x-amz-)?security[_-]token|x-amz-(?:signature|credential)|aws_?access_?key_?id|access[_-]?key(?:[_-]?id)?|"
    r"x-amz-security-token|signature|credential|password"
)
_SCRUBBERS = (
    # XML elements, as STS writes them.
    (re.compile("(<(" + _SECRET_NAMES + r")>)[^<]*(</\2>)", re.IGNORECASE), r"\1" + REDACTED + r"\3"),
    # name=value, name: value, "name": "value", name 'value' and their escaped forms.
    (
        re.compile(
            r"(?<![A-Za-z])((?:" + _SECRET_NAMES + r")\\*[\"']?(?:\s*[:=]\s*|\s+(?=\\*[\"'])))"
            r"(\\*\"[^\"]*\"|'[^']*'|[^\s,;&)}\]<>\"']+)",
            re.IGNORECASE,
        ),
        r"\1" + REDACTED,
    ),
    (re.compile(r"(Bearer\s+|AWS4-HMAC-SHA256\s+)[^\r\n]+", re.IGNORECASE), r"\1" + REDACTED),
    # Long-term and temporary access key ids, wherever they stand.
    (re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,}"), REDACTED),
)


def scrub(text: Any, secrets: Iterable[str | None] = ()) -> str:
    """Return text without external ids, access keys, secret keys, tokens and signatures.

    Values that are known to be secret (``secrets``, for example the cell's external id) go wherever they stand; the
    rest is found by its name or form. Control characters become spaces, and text over MESSAGE_LIMIT characters is cut.
    """
    clean = "" if text is None else str(text)
    # The longest first, so that a secret that contains another one leaves nothing behind. A very short one counts
    # only as a whole word: an external id "dr" must not turn every "drs" into a riddle that gives it away.
    texts = sorted({str(secret) for secret in secrets if secret}, key=len, reverse=True)
    if texts:
        parts = (re.escape(one) if len(one) > 3 else r"(?<!\w)" + re.escape(one) + r"(?!\w)" for one in texts)
        clean = re.sub("|".join(parts), REDACTED, clean)
    for pattern, replacement in _SCRUBBERS:
        clean = pattern.sub(replacement, clean)
    clean = "".join(char if char.isprintable() or char == "\n" else " " for char in clean).strip()
    return clean if len(clean) <= MESSAGE_LIMIT else clean[: MESSAGE_LIMIT - 4].rstrip() + " ..."
