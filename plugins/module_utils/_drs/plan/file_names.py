"""Mistakes of a plan file that its form allows: names that are one name, and probes that could look at nothing."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import alike, clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import Hook, PlanFile

RESERVED = "start"
"""The gate of a run itself: the approval that it begins with."""
ADDRESS = "{address}"


def check(file: PlanFile) -> list[Finding]:
    """Refuse what would be taken for something else, or for done, when the plan runs: a list of findings."""
    return _waves(file) + _gates(file) + _probes(file)


def hooks_of(file: PlanFile, kind: str) -> Iterator[tuple[str, Hook]]:
    """The gates or actions of a file.

    :param kind: ``gates`` or ``actions``.
    :returns: in the order of the file (where it stands, such as ``waves[0].gates.after[1]``, its HOOK).
    """
    for number, wave in enumerate(file["waves"]):
        hooks = wave["gates"] if kind == "gates" else wave["actions"]
        for when, listed in (("before", hooks["before"]), ("after", hooks["after"])):
            for index, hook in enumerate(listed):
                yield "waves[%d].%s.%s[%d]" % (number, kind, when, index), hook


def _waves(file: PlanFile) -> list[Finding]:
    named = [("waves[%d].name" % number, wave["name"]) for number, wave in enumerate(file["waves"])]
    return _twice("duplicate_wave", named)


def _gates(file: PlanFile) -> list[Finding]:
    """One approval would open two gates of one name, and the run's own a gate that has its name."""
    named = [(place + ".name", gate["name"]) for place, gate in hooks_of(file, "gates")]
    text = "%s: %s is the approval that a run begins with; give the gate another name"
    reserved = [
        _mistake("reserved_gate", text % (place, clean(name)), place)
        for place, name in named
        if alike(name) == RESERVED
    ]
    return _twice("duplicate_gate", named) + reserved


def _twice(code: str, named: list[tuple[str, str]]) -> list[Finding]:
    first: dict[str, tuple[str, str]] = {}
    findings = []
    for place, name in named:
        if alike(name) in first:
            other_place, other = first[alike(name)]
            but = "" if other == name else ", but for upper and lower case"
            text = "%s: %s is also the name of %s%s" % (place, clean(name), other_place, but)
            findings.append(_mistake(code, text, place))
        first.setdefault(alike(name), (place, name))
    return findings


def _probes(file: PlanFile) -> list[Finding]:
    text = (
        "%s: nothing of wave %s is launched yet, so {address} stands for no machine; "
        "name a host, or probe after the wave"
    )
    return [
        _mistake("probe_without_address", text % (place, clean(gate["wave"], 64)), place)
        for place, gate in hooks_of(file, "gates")
        if gate["when"] == "before" and needs_address(gate)
    ]


def needs_address(gate: Hook) -> bool:
    """Whether a gate probes the launched machines themselves."""
    tcp, http = gate.get("tcp"), gate.get("http")
    if tcp:
        return ADDRESS in str(tcp.get("host") or ADDRESS)
    return bool(http) and ADDRESS in str((http or {})["url"])


def _mistake(code: str, text: str, place: str) -> Finding:
    return finding(ERROR, code, text, details={"path": place})
