"""The error catalogue, part of plan files, gates, actions and the orchestration entry point."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_FILE = (
    "Correct the file, or its path, at the place that the message names; docs/plans.md describes every key of a plan."
)

PLAN_FILE = {
    "invalid_plan_file": Entry(
        "A plan file or task file is not there, or does not have its form, so it means nothing safe.", _FILE
    ),
    "invalid_input": Entry(
        "The input of an orchestration does not have the form of its schema. Nothing was called.",
        "Correct the key that the message names; docs/orchestrate.md describes every key.",
    ),
    "duplicate_wave": Entry("Two waves of the plan file have the same name.", "Give each wave a name of its own."),
    "duplicate_gate": Entry(
        "Two gates of the plan file have the same name, so one approval would open both.",
        "Give each gate a name of its own, or leave the name out.",
    ),
    "reserved_gate": Entry(
        "A gate of the plan file has the name of the approval that a run itself begins with, which would open it.",
        "Give the gate another name.",
    ),
    "probe_without_address": Entry(
        "A probe of the launched machines stands where none is launched yet, so it could look at nothing.",
        "Name a host in the probe, or move the gate to `after`.",
    ),
    "duplicate_key": Entry(
        "A key stands twice in one place of the plan file; YAML would take the last one in silence.",
        "Remove one of the two lines that the message names.",
    ),
    "automation_document": Entry(
        "A document that an action of the plan file starts is not there, cannot be read, or is no automation.",
        "Correct the name or version of the document, or create it in that account and Region.",
    ),
    "automation_document_unchecked": Entry(
        "Whether a document that an action of the plan file starts is there could not be looked up.",
        "Allow `ssm:DescribeDocument` to the role of the cell, so that a wrong name is found before the run begins.",
    ),
    "unused_point_in_time": Entry(
        "The plan file gives a point in time to servers that none of its waves selects.",
        "Remove the entry, or add the servers to a wave.",
    ),
    "unknown_dependency": Entry(
        "A wave depends on one that the plan file does not have.",
        "Correct the name in `depends_on` (the message lists similar ones), or add the wave.",
    ),
    "dependency_cycle": Entry(
        "Waves depend on each other in a circle, so none of them could ever start.",
        "Remove one of the dependencies that the message shows.",
    ),
    "dependency_not_in_run": Entry(
        "A wave runs although one that it depends on is not part of this run.",
        "Nothing, if that wave was recovered by an earlier run.",
    ),
    "server_in_two_waves": Entry(
        "Two waves of the plan file select the same server, which can be launched only once.",
        "Narrow the selector of one of the waves that the message names.",
    ),
    "critical_and_optional": Entry(
        "A wave calls the same server critical and optional.", "Narrow one of the two selectors."
    ),
    "unmatched_selector": Entry(
        "A selector of the plan file matches no server.",
        "Correct or remove the selector; `allow_empty: true` of a wave says that its own may match nothing.",
    ),
    "gate_waiting": Entry(
        "The run has stopped at a gate and is waiting; nothing of the next wave was launched.",
        "Approve or resume the run as the output says, then run it again with the same run id.",
        True,
    ),
    "gate_refused": Entry(
        "The approval of a gate was refused, has expired, or was given for a different plan.",
        "Find out why, and ask for a new approval of this plan.",
    ),
    "health_failed": Entry(
        "A health check of the plan did not succeed.",
        "Repair what the check looks at, then run again with the same run id; what was launched is adopted.",
        True,
    ),
    "probe_failed": Entry(
        "An endpoint did not answer as it should within its time.",
        "Look at the machine and at the network between it and the controller; raise `retries` where it needs time.",
        True,
    ),
    "action_failed": Entry(
        "An action before or after a wave failed.", "Read the output of the action, fix the cause, and run again.", True
    ),
    "answer_file_in_use": Entry(
        "Another call of the orchestration entry point, which still runs, writes its answer into the same file.",
        "Give each call an `orchestrate_output_file` of its own.",
        True,
    ),
    "answer_unwritten": Entry(
        "The answer of the orchestration could not be written into its file. The run itself is not affected.",
        "Cure what the message names; the same request with the same run id answers again, and launches nothing twice.",
    ),
    "confirmation_by_request": Entry(
        "A request, or whoever typed it, cannot decide by itself that no confirmation is needed.",
        "Set `orchestrate_confirmation: request` in the inventory, or leave it out and give `options.confirm`.",
    ),
    "guardrail_loosened": Entry(
        "A request asks for looser guardrails than those of the installation. It can only tighten them.",
        "Leave `options.guardrails` out, or make it tighter. A declared disaster goes past guardrails with "
        "`options.override_reason` and the typed confirmation; everything else is decided in the inventory, "
        "`drs_guardrails`.",
    ),
    "clean_up_incomplete": Entry(
        "Something of what was to be terminated is left, or nobody could see whether it is.",
        "Look at the servers and cells that the answer names, and terminate again: what is gone is not terminated "
        "twice.",
        True,
    ),
    "servers_failed": Entry(
        "Servers have failed, or were not started, so the next phase must not start.",
        "Cure what the answer says of each server, then send the request again with `retry_failed: true` and its "
        "run id.",
    ),
    "servers_not_ready": Entry(
        "Servers that match are not ready to be launched with their latest data.",
        "The answer says of each server what stands in the way; ask again when that is cured.",
        True,
    ),
    "waiting_for_confirmation": Entry(
        "A failover and a failback begin when somebody has typed what they do. Nothing was begun.",
        "Look at the plan in the answer, then send the request with `options.confirm`, as the member confirmation has "
        "it.",
        True,
    ),
    "waiting_for_approval": Entry(
        "The run waits until somebody else has approved it.",
        "Approve it: `ansible-playbook resilience.drs.approve`, then send the same request again: it goes on. A "
        "request without a correlation id names the run with `options.run_id`.",
        True,
    ),
    "waiting_for_gate": Entry(
        "The run waits at a gate of its plan.",
        "Resume the run when a person has decided that the gate may be passed: `ansible-playbook "
        "resilience.drs.resume -e runs_id=...`. Until then the same request is refused; afterwards it has the "
        "answer of the run.",
    ),
    "action_stopped": Entry(
        "The action ended before it returned a result.",
        "Read the message, and the output of the playbook above it; run again with the same run id.",
    ),
    "automation_failed": Entry(
        "A Systems Manager automation did not succeed.",
        "Open the execution in the Systems Manager console of that account and Region; its steps say why.",
    ),
    "automation_timeout": Entry(
        "A Systems Manager automation is still running after its timeout.",
        "Run again with the same run id: the execution is found and watched, not started again. Raise `timeout`.",
        True,
    ),
}
