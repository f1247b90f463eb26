"""Judge from the journal that the calls of a failback came once each, in the order of the DRS user guide.

Stopping what is stopped and disconnecting what is disconnected changes nothing, so it may be asked for again.

One automaton for each reversed source server. Its letters are the calls that concern it, told apart by what the ledger
knows of the ids in them. Pure: entries of both in, what went against the order out. An unfinished failback is in order.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Entry = Mapping[str, Any]

#: State -> letter -> next state. Names of the machines as in the user guide: see docs/runbooks/failback.md. What was
#: launched by a drill, or from a drill, is never protected, nor left running by forgetting its record.
FAILBACK = {
    "home": {"reverse": "reversed"},
    "reversed": {"launch": "launched", "rehearse": "rehearsed", "stop": "undone"},
    "launched": {"launch": "launched", "protect": "protected"},
    "protected": {"stop": "stopped"},
    "stopped": {"stop": "stopped", "terminate": "terminated"},
    # a termination that failed is asked for again
    "terminated": {"terminate": "terminated", "forget": "forgotten"},
    "forgotten": {"disconnect": "disconnected"},
    "disconnected": {"disconnect": "disconnected", "delete": "home"},
    "rehearsed": {"rehearse": "rehearsed", "stop": "rested"},
    "rested": {"stop": "rested", "terminate_launched": "half", "terminate": "rested"},
    # where the recovery instance serves, a drill leaves the stopped copy, and the failback continues with it
    "half": {"terminate": "half", "disconnect": "disconnected", "reverse": "reversed", "resume": "reversed"},
    "undone": {
        "stop": "undone",
        "terminate": "undone",
        "disconnect": "disconnected",
        "reverse": "reversed",
        "resume": "reversed",
    },
}
#: A failback of an extended server: its machine is protected by a new agent, which is no call of DRS.
UNPROTECTED = {**FAILBACK, "launched": {**FAILBACK["launched"], "stop": "stopped"}}
#: A machine on premises with the Failback Client on it: its recovery instance goes last.
CLIENT = {
    "paired": {"client_launch": "back", "stop_client": "paired"},
    "back": {"client_launch": "back", "terminate": "back", "disconnect": "back", "forget": "back"},
}
_CLIENT_LETTERS = {
    "StartFailbackLaunch": "client_launch",
    "StopFailback": "stop_client",
    "TerminateRecoveryInstances": "terminate",
    "DisconnectRecoveryInstance": "disconnect",
    "DeleteRecoveryInstance": "forget",
}
_LETTERS = {
    "StopReplication": ("sourceServerID", "stop"),
    "StartReplication": ("sourceServerID", "resume"),
    "DisconnectSourceServer": ("sourceServerID", "disconnect"),
    "DeleteSourceServer": ("sourceServerID", "delete"),
}


class _Known:
    """Who is who, from the ledger."""

    def __init__(self, ledger: Iterable[Entry]) -> None:
        #: Reversed server -> the server whose recovery instance it replicates.
        self.of: dict[str, str] = {}
        #: Recovery instance -> the server it was launched from; those that are drills.
        self.server_of: dict[str, str] = {}
        self.drills: set[str] = set()
        self.extended: set[str] = set()
        #: Recovery instances that a Failback Client was booted for.
        self.clients: set[str] = set()
        for entry in ledger:
            server, instance = entry["source_server_id"], entry["recovery_instance_id"]
            if entry["effect"] == "launched":
                self.server_of[instance] = server
                if entry["is_drill"]:
                    self.drills.add(instance)
            elif entry["effect"] == "reversed":
                self.of[server] = entry["of_server"]
                if entry["of_extended"]:
                    self.extended.add(server)
            elif entry["effect"] == "failback_client":
                self.clients.add(instance)
        self.back = {forward: reversed_server for reversed_server, forward in self.of.items()}

    def automaton(self, one: str) -> Mapping[str, Mapping[str, str]]:
        """The order that holds for a reversed server, or for a recovery instance with a client."""
        if one in self.clients:
            return CLIENT
        return UNPROTECTED if one in self.extended else FAILBACK


def _client_letters(entry: Entry, known: _Known) -> Iterable[tuple[str, str]]:
    """(recovery instance, letter) of a call."""
    letter, request = _CLIENT_LETTERS.get(entry["action"]), entry["request"]
    if letter is not None:
        for instance in request.get("recoveryInstanceIDs") or [request["recoveryInstanceID"]]:
            if instance in known.clients:
                yield instance, letter


def _letters(entry: Entry, known: _Known) -> Iterable[tuple[str, str]]:
    """(reversed server, letter) of a call."""
    action, request = entry["action"], entry["request"]
    if action == "ReverseReplication":
        server = known.server_of.get(request["recoveryInstanceID"], "")
        if server in known.of:
            yield server, "protect"
        elif server in known.back:
            yield known.back[server], "reverse"
    elif action == "StartRecovery":
        for item in request["sourceServers"]:
            if item["sourceServerID"] in known.of:
                yield item["sourceServerID"], "rehearse" if request.get("isDrill") else "launch"
            elif item["sourceServerID"] in known.back:
                yield known.back[item["sourceServerID"]], "recover"
    elif action in ("TerminateRecoveryInstances", "DeleteRecoveryInstance"):
        ids = request.get("recoveryInstanceIDs") or [request["recoveryInstanceID"]]
        word = "terminate" if action.startswith("Terminate") else "forget"
        for instance in ids:
            server = known.server_of.get(instance, "")
            if server in known.of:
                yield server, "terminate_launched" if word == "terminate" else word
            elif server in known.back:
                yield known.back[server], word if word == "terminate" else "forget_serving"
    elif action in _LETTERS:
        field, word = _LETTERS[action]
        if request[field] in known.of:
            yield request[field], word
        elif request[field] in known.back and word != "resume":
            yield known.back[request[field]], f"{word}_live_direction"


def violations(journal: Iterable[Entry], ledger: Iterable[Entry], foreign: str = "/test") -> list[str]:
    """What went against the order.

    journal, ledger: all entries, in order. foreign: ending of principals whose calls are somebody else's, so that
    nobody is blamed for them.
    """
    known = _Known(ledger)
    states = {**dict.fromkeys(known.of, "home"), **dict.fromkeys(known.clients, "paired")}
    machine: dict[str, str] = {}
    found = []
    for entry in journal:
        happened = (entry["status"] or 0) < 400 and entry["error"] != "ConnectionClosed"
        if entry["service"] != "drs" or not entry["mutating"] or not happened:
            continue
        for server, told in (*_letters(entry, known), *_client_letters(entry, known)):
            state, letter = states[server], told
            if letter == "reverse":
                machine[server] = entry["request"]["recoveryInstanceID"]
            elif letter == "launch" and machine.get(server) in known.drills:
                letter = "rehearse"
            if letter == "recover" and state == "home":
                continue
            following = known.automaton(server).get(state, {}).get(letter)
            if following is not None:
                states[server] = following
            elif letter == "terminate" and state == "home":
                continue
            elif not str(entry["principal"]).endswith(foreign):
                found.append(f"{entry['seq']} {entry['action']}: {letter} of {server} when it was {state}")
    return found


def check(simulator: Any) -> None:
    """Assert that everything a running simulator has seen was in order; costs one look when nothing went back."""
    ledger = simulator.ledger()
    if any(entry["effect"] in ("reversed", "failback_client") for entry in ledger):
        found = violations(simulator.journal(), ledger)
        assert not found, "\n".join(found)
