"""Time stamps by RFC 3161: the request for a hash, and what is checked of the answer. Pure.

The signature of the answer is checked by whoever holds the certificates of the service, for example with
``openssl ts``; here it is only seen that the answer grants a time stamp, and that it is for this hash and this request.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

# The object identifier of SHA-256, 2.16.840.1.101.3.4.2.1, and NULL for its parameters.
_SHA256 = bytes.fromhex("0609608648016503040201") + b"\x05\x00"
_SEQUENCE, _INTEGER, _OCTETS, _BOOLEAN = 0x30, 0x02, 0x04, 0x01
_GRANTED = (0, 1)


def request(digest: bytes, nonce: int) -> bytes:
    """The request for a time stamp of a SHA-256, with the certificates of the service, as DER."""
    imprint = _der(_SEQUENCE, _der(_SEQUENCE, _SHA256) + _der(_OCTETS, digest))
    return _der(_SEQUENCE, _number(1) + imprint + _number(nonce) + _der(_BOOLEAN, b"\xff"))


def check(answer: bytes, digest: bytes, nonce: int | None = None) -> None:
    """Refuse an answer that is no time stamp of this hash, or of another request.

    :param nonce: that of the request; None for an answer that was kept.
    :raises DrsError: ``timestamp_refused``.
    """
    try:
        tag, body, rest = _read(answer)
        kind, information, token = _read(body)
        number_tag, status, _rest = _read(information)
    except IndexError:
        raise DrsError("timestamp_refused", "the answer of the service is no time stamp response") from None
    if (tag, kind, number_tag) != (_SEQUENCE, _SEQUENCE, _INTEGER) or rest:
        raise DrsError("timestamp_refused", "the answer of the service is no time stamp response")
    if int.from_bytes(status, "big") not in _GRANTED or not token:
        raise DrsError("timestamp_refused", f"the service did not grant it: status {int.from_bytes(status, 'big')}")
    if _der(_OCTETS, digest) not in token or (nonce is not None and _number(nonce) not in token):
        raise DrsError("timestamp_refused", "the time stamp is of another hash, or the answer to another request")


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _number(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _read(data: bytes) -> tuple[int, bytes, bytes]:
    """The first element of DER: its tag, its content, and what follows it; raises IndexError for what is cut off."""
    size, begin = data[1], 2
    if size & 0x80:
        begin = 2 + (size & 0x7F)
        size = int.from_bytes(data[2:begin], "big")
    if begin + size > len(data):
        raise IndexError
    return data[0], data[begin : begin + size], data[begin + size :]
