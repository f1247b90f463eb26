"""A clean-up, and a cancellation, over all cells of the play; see clean_up and cancel in recovery/effects."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import partitions
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean as clean_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up, closing
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import SPEC, Cleaning
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.cancel import SPEC as CANCEL_SPEC
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.cancel import Cancelling
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play
from ansible_collections.resilience.drs.plugins.plugin_utils._action.command import about_command
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands
from ansible_collections.resilience.drs.plugins.plugin_utils._action.people import confirmed_by
from ansible_collections.resilience.drs.plugins.plugin_utils._action.reading import opened

ROLE, EXTERNAL_ID = "drs_clean_up_role_name", "drs_clean_up_external_id"
"""Variables of a cell: the role that destroys in it, and that role's own external id."""
_DEFAULT = {"backend": "directory"}
"""What the options of a task make of a store that nobody has named."""
__all__ = ["CANCEL_SPEC", "CleanUpPlay", "Hands", "Play", "SPEC", "cancel", "clean"]


class CleanUpPlay(Play):
    """The play of a clean-up: its cells are opened as the role of ``drs_clean_up_role_name``, where one is named.

    The role of a cell that is set up may not terminate, see docs/iam.md. That of a clean-up is in the same account.
    """

    def cell_options(self, name: str) -> dict[str, Any]:
        """As of any play, with the role of the clean-up, and its external id where it has one of its own.

        :raises DrsError: as of any play.
        """
        return as_clean_up_role(
            super().cell_options(name), *(self._text(name, key) for key in (ROLE, EXTERNAL_ID, "drs_account_id"))
        )

    def names_role(self, name: str) -> bool:
        """Whether a cell names a role for what destroys; a lookup that fails is told by its session."""
        try:
            return bool(self._text(name, ROLE))
        except DrsError:
            return True

    def _text(self, name: str, key: str) -> str:
        variables = self.variables(name)
        try:
            return str(self.template(name, variables[key]) or "") if key in variables else ""
        except Exception as exc:  # pylint: disable=broad-exception-caught
            # whatever a lookup raises is of this cell alone; the chain is cut, for its text is not scrubbed
            raise DrsError("cell_unreadable", f"{clean_text(str(exc), 400) or type(exc).__name__}, in {key}") from None


def as_clean_up_role(options: Mapping[str, Any], role: str, external_id: str, account_id: str) -> dict[str, Any]:
    """The options of a cell as those of its clean-up role, or as they are where none is named.

    :param options: see ``CELL_OPTIONS``.
    :param role: the name of the role, with its path if it has one; "" for the role of the cell.
    :param external_id: what its trust policy demands; "" for the external id of the cell.
    :param account_id: of the cell, for one that has no role.
    """
    if not role:
        return dict(options)
    own_account = partitions.arn_in(str(options.get("region") or ""), f"arn:aws:iam::{account_id}:role/")
    account, _role, _name = str(options.get("assume_role_arn") or own_account).partition(":role/")
    own = {"external_id": external_id} if external_id else {}
    return {**options, "assume_role_arn": f"{account}:role/{role.strip('/')}", **own}


def places_of(play: Play) -> dict[str, dict[str, str]]:
    """Account and Region of each cell of the play, as the inventory has them; empty where it says nothing."""
    return {name: {key: str(play.value(name, key) or "") for key in ("account_id", "region")} for name in play.all}


def came_through(play: Play, params: Mapping[str, Any]) -> list[str]:
    """The hosts that were in the play when it ended the run that is cleaned up, and have left it by no fault of theirs.

    A task that runs once and fails takes every host out of the play, and a rescue puts one of them back, although all
    go on: so it is with a validation that fails in a drill that cleans up, and with a play that rescues a drill.

    :param params: see SPEC.
    """
    rescued = as_mapping(play.variables(play.own).get("ansible_failed_task")).get("run_once")
    found = []
    for name in play.all:
        ended = as_mapping(play.variables(name).get("recovery_result"))
        inside = params.get("run_epoch") is not None and ended.get("epoch") == params["run_epoch"]
        if params.get("run_id") and ended.get("run_id") == params["run_id"] and (inside or rescued):
            found.append(name)
    return found


def store_to_type(store: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the next command says of the run store: what was given of it; nothing where that is the default alone."""
    given = {key: value for key, value in (store or {}).items() if value is not None}
    return {} if given == _DEFAULT else given


def clean(
    play: Play, params: Mapping[str, Any], check_mode: bool, hands: Hands, task_vars: Mapping[str, Any]
) -> dict[str, Any]:
    """Clean up over the cells of the play.

    :param task_vars: as the action of the task got them.
    :returns: the proof (see CleanUp), ``accounts`` ({cell: account id}, of the cells whose account is known), and
        ``problem``: why the clean-up is not complete, "" when it is.
    """
    play.back(came_through(play, params))
    sessions = opened(play)

    def who() -> Mapping[str, Any]:
        return about_command(task_vars, sessions, hands.over)

    places = places_of(play)
    cleaning = Cleaning(sessions, places, params, check_mode, hands, who)
    proof = cleaning.run()
    told: dict[str, Any] = {**proof, "problem": clean_up.problem(cleaning.asked, proof)}
    told["accounts"] = {name: place["account_id"] for name, place in places.items() if place["account_id"]}
    if params.get("run_id"):
        store = store_to_type(params.get("store"))
        told["report_command"] = hands.next("report", {"report_run_id": params["run_id"], "report_store": store})
    if not proof["confirmed"]:
        wanted = proof["confirmation"]
        option = confirmed_by("terminate_confirm", task_vars)
        told["unconfirmed"] = {"option": option, "given": params.get("confirm") or "", "wanted": wanted}
        told["problem"] = (
            "confirmation_mismatch: %s does not say what every run left, '%s' does. "
            "Nothing was terminated." % (option, wanted)
        )
    return told


def cancel(
    play: Play, params: Mapping[str, Any], check_mode: bool, hands: Hands, task_vars: Mapping[str, Any]
) -> dict[str, Any]:
    """Cancel a run over the cells of the play; prints each wave, and the run with what is to be done next.

    :returns: see Cancelling, and the artifact.
    """
    sessions = opened(play)
    who = {} if check_mode else about_command(task_vars, sessions, hands.over)
    cancelling = Cancelling(sessions, places_of(play), params, check_mode, hands, who)
    result = cancelling.run()
    for wave in result["waves"]:
        hands.show("wave", wave)
    for one in result["missing"]:
        hands.warn("%s: not looked into, its servers are unknown: %s" % (one["cell"], one["error"]["message"]))
    ended = {one["wave"]: {"status": "done", "servers": one["servers"]} for one in result["waves"]}
    page = {
        "run": result["run"],
        "waves": [{**one, **ended.get(one["wave"], {})} for one in cancelling.record["waves"]],
    }
    following = closing.after_cancel(page, store_to_type(cancelling.store))
    command = hands.next(following["playbook"], following["options"], closing.BESIDES) if following else ""
    hands.show("journal", {**page, "unknown_cells": result["missing"]}, command)
    return {**result, **hands.left()}
