"""Judge from the ledger that the machine with a server's live data was never lost.

DRS does not know where the traffic is, so the judge goes by what the user guide says: the original machine (A1) is live
until its server is recovered for real (B3 is live then), and B3 stays live until the failed back machine (A4) is
protected, or an on-premises failback has ended. Drills change nothing. Pure: entries in, verdict out.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Entry = Mapping[str, Any]
#: Effects after which a machine is no more, with the field that names it.
_ENDS = {"wiped": "recovery_instance_id", "terminated": "recovery_instance_id", "machine_terminated": "machine"}


@dataclass
class Life:
    """The machines of one server. live: the one with the live data.

    forward: the source servers that protect the original side; all others are failing back.
    """

    name: str
    live: str | None
    forward: set[str]
    #: Failed back machines that nothing protects yet.
    candidates: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    #: (sequence number, machine) of each change of the live machine.
    story: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Verdict:
    """losses: what must never happen, in plain words. lives: by the first source server of each."""

    lives: dict[str, Life]
    losses: list[str]

    def live(self, server: str) -> str | None:
        """The live machine of a server at the end."""
        return self.lives[server].live


class _Judge:
    def __init__(self, origins: Mapping[str, str | None], copies: Mapping[str, str]) -> None:
        self.lives = {server: Life(server, machine, {server}) for server, machine in origins.items()}
        self.of: dict[str, Life] = dict(self.lives)
        for original, copy in copies.items():
            self._join(original, self.of[copy])
        self.losses: list[str] = []

    def _join(self, server: str, life: Life) -> Life:
        own = self.lives.pop(server, None)
        life.forward.add(server)
        if own is not None:
            life.live = life.live or own.live
        self.of[server] = life
        return life

    def _life(self, entry: Entry) -> Life | None:
        server, machine = entry.get("source_server_id"), entry.get("machine")
        if server is None:
            return next((life for life in self.lives.values() if life.live == machine), None)
        if server in self.of:
            return self.of[server]
        other = self.of.get(str(entry.get("of_server")))
        if other is None and entry["effect"] == "agent_installed":
            # An agent on a failed back machine: the life continues under a new source server.
            other = next((one for one in self.lives.values() if entry["instance_id"] in one.candidates), None)
        if other is None:
            other = self.lives[server] = Life(server, None, {server})
        elif entry["effect"] in ("extended", "agent_installed"):
            other.forward.add(server)
        self.of[server] = other
        return other

    def _becomes(self, entry: Entry, life: Life, machine: str) -> None:
        if machine in life.gone:
            self._lost(entry, life, f"machine {machine} was gone when it became the live one")
        life.live = machine
        life.candidates.discard(machine)
        life.story.append((int(entry["seq"]), machine))

    def _lost(self, entry: Entry, life: Life, text: str) -> None:
        self.losses.append(f"{entry['seq']} {entry['effect']}: {text}, server {life.name} ({entry.get('cause')})")

    def step(self, entry: Entry) -> None:
        """Judge one entry."""
        life = self._life(entry)
        if life is None:
            return
        effect, machine = str(entry["effect"]), str(entry.get("machine"))
        forward = entry.get("source_server_id") in life.forward
        if effect in _ENDS:
            ended = str(entry[_ENDS[effect]])
            life.gone.add(ended)
            if ended == life.live:
                self._lost(entry, life, f"the live machine {ended} is gone")
        elif effect == "launched" and not entry["is_drill"]:
            launched = str(entry["recovery_instance_id"])
            if forward:
                self._becomes(entry, life, launched)
            else:
                life.candidates.add(launched)
        elif effect == "agent_installed":
            if entry["instance_id"] in life.candidates:
                self._becomes(entry, life, str(entry["instance_id"]))
            life.live = life.live or str(entry["instance_id"])
        elif effect == "failed_back":
            self._becomes(entry, life, machine)
        elif effect == "swapped":
            self._lost(entry, life, f"a drill took the protection from {entry['replaced_machine']}")
        elif effect == "protected" and not entry["is_drill"]:
            self._becomes(entry, life, machine)
        elif effect == "replication_stopped" and forward and machine == life.live:
            self._lost(entry, life, f"the protection of the live machine {machine} was stopped")


def replay(
    entries: Iterable[Entry],
    origins: Mapping[str, str | None] | None = None,
    copies: Mapping[str, str] | None = None,
) -> Verdict:
    """Judge a ledger.

    entries: of the ledger, all of them, in order. origins: source server id -> machine that is live at the beginning;
    servers that it does not name are taken up when the ledger first speaks of them. copies: source server of a staging
    account -> its extension, when both are there at the beginning.
    """
    judge = _Judge(origins or {}, copies or {})
    for entry in entries:
        judge.step(entry)
    return Verdict(judge.lives, judge.losses)


def world_of(simulator: Any, places: Iterable[tuple[str, str]]) -> tuple[dict[str, str | None], dict[str, str]]:
    """origins and copies for replay(), from the source servers of some accounts and Regions of a running simulator."""
    origins: dict[str, str | None] = {}
    arns: dict[str, str] = {}
    copied: dict[str, str] = {}
    for account, region in places:
        pages = simulator.client("drs", account, region).get_paginator("describe_source_servers").paginate(filters={})
        for item in (one for page in pages for one in page["items"]):
            hints = item["sourceProperties"]["identificationHints"]
            server = item["sourceServerID"]
            origins[server] = hints.get("awsInstanceID") or hints.get("vmWareUuid")
            arns[item["arn"]] = server
            if item["stagingArea"]["status"] != "NOT_EXTENDED":
                copied[item["stagingArea"]["stagingSourceServerArn"]] = server
    return origins, {arns[arn]: copy for arn, copy in copied.items() if arn in arns}
