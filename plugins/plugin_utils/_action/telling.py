"""Tell the topic of the play, where there is one, that something begins."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import publish
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands


def tell_beginning(play: Play, name: str, hands: Hands, record: Mapping[str, Any]) -> None:
    """Send the notification ``start``, as the variables ``notify_*`` of a host say; what is not sent is a warning.

    :param name: the host whose variables count.
    :param record: what the notification says: ``action``, ``run_id``, ``servers``, ...
    """
    variables = play.variables(name)
    topic, kinds, profile = (
        play.template(name, variables["notify_" + key]) if "notify_" + key in variables else None
        for key in ("topic_arn", "kinds", "profile")
    )
    if not topic or (kinds is not None and "start" not in kinds):
        return
    options = {"topic_arn": str(topic), "profile": profile or None}
    for warning in publish.notify(Cell, {**record, "kind": "start"}, options, False)["warnings"]:
        hands.warn(warning)
