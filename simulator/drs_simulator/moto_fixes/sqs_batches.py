"""Results of batches in SQS: where nothing failed, moto sends an empty list ``Failed``, and AWS leaves it out.

Clients that look whether the field is there tell so: the event source of Backstage worked with AWS and stopped with an
emulator that sends the empty list (backstage/backstage issue 22026); that of amazon.aws would, too.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
from typing import Any

from . import registry


@registry.corrects("sqs")
def correct() -> None:
    """Let DeleteMessageBatch send no list that holds nothing; called once."""
    from moto.core.responses import ActionResult
    from moto.sqs.responses import SQSResponse

    original = SQSResponse.delete_message_batch

    @functools.wraps(original)
    def delete_message_batch(self: Any) -> Any:
        told = original(self).result
        return ActionResult({name: entries for name, entries in told.items() if entries})

    SQSResponse.delete_message_batch = delete_message_batch
