"""Where a failback stands, told from what both of its cells describe. Pure.

A PAIR is one server with everything that a failback makes of it, both cells' descriptions side by side::

    server    SERVER in the recovery cell, the one that was recovered
    instance  RI in the recovery cell, the machine that runs there; None when there is none
    reversed  SERVER in the original cell that replicates back from that machine; None when there is none
    launched  RI in the original cell that was launched from ``reversed``; None when there is none
    jobs      {"server": JOB | None, "reversed": JOB | None}: the active job that holds each; "launches" [JOB] of
              ``reversed``, newest first; "made_instance", "made_launched": the jobs that launched the two
    original  {cell, account_id, region, error, templates}: the original cell, and what blocks work in it

Source of the order: DRS user guide, "Performing a failback: cross-Region" and "cross-account"; of the words: "Failback
state" there, and FailbackState of the botocore model.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Literal, get_args

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import (
    alive,
    failback_at_rest,
    still_exists,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import HEALTHY_STATES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import Pair, Progress
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import RecoveryInstance, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

AWS = "AWS"
ON_PREMISES = "ON_PREMISES"

# Where a server is found on its way. Plain text, as outcomes are (core/outcomes).
Stage = Literal[
    "not_started",
    "synchronizing",
    "ready",
    "launching",
    "launched",
    "protected",
    "cleaning",
    "cleaned",
    "stopped",
    "error",
]
# What a task asks for; a server that has got there has it as its outcome.
State = Literal["reversed", "ready", "launched", "protected", "cleaned", "stopped"]
STATES: tuple[State, ...] = get_args(State)

NOT_STARTED: Stage = "not_started"
SYNCHRONIZING: Stage = "synchronizing"
READY: Stage = "ready"
LAUNCHING: Stage = "launching"
LAUNCHED: Stage = "launched"
PROTECTED: Stage = "protected"
CLEANING: Stage = "cleaning"
CLEANED: Stage = "cleaned"
STOPPED: Stage = "stopped"
ERROR: Stage = "error"

# What is said of a recovery instance on the console, by FailbackState.
WORDS = {
    "FAILBACK_NOT_STARTED": "Not started",
    "FAILBACK_IN_PROGRESS": "Synchronizing",
    "FAILBACK_NOT_READY_FOR_LAUNCH": "Synchronizing",
    "FAILBACK_READY_FOR_LAUNCH": "Ready",
    "FAILBACK_COMPLETED": "Completed",
    "FAILBACK_ERROR": "Error",
}
READY_STATES = ("FAILBACK_READY_FOR_LAUNCH",)
_NOT_AGAINST = (
    *(None, "", "FAILBACK_NOT_STARTED", "FAILBACK_COMPLETED", *READY_STATES),
    "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE",
)
"""What FailbackState may be where the copy is in step and is launched: DRS says nothing else of it, or that it cannot
look. A state that is not known here may mean anything, so it is waited for."""
_CLIENT_STAGES: dict[str | None, Stage] = {
    None: NOT_STARTED,
    "FAILBACK_NOT_STARTED": NOT_STARTED,
    "FAILBACK_IN_PROGRESS": SYNCHRONIZING,
    "FAILBACK_NOT_READY_FOR_LAUNCH": SYNCHRONIZING,
    "FAILBACK_READY_FOR_LAUNCH": READY,
    "FAILBACK_COMPLETED": LAUNCHED,
}
AT_REST = ("STOPPED", "DISCONNECTED")

# What somebody has to do, by the stage that was found: (failback, drill).
NEXT: dict[Stage, tuple[str, str]] = {
    NOT_STARTED: ("reverse the replication", "reverse the replication"),
    SYNCHRONIZING: ("wait until the data is back", "wait until the data is back"),
    READY: ("launch in the original cell", "launch a drill in the original cell"),
    LAUNCHING: ("wait for the launch", "wait for the launch"),
    LAUNCHED: ("validate, move the traffic, confirm and protect again", "validate and clean up"),
    PROTECTED: ("wait until it is in step, and clean up", "look into it: a drill never protects"),
    CLEANING: ("finish the clean-up", "finish the clean-up"),
    CLEANED: ("nothing", "nothing"),
    STOPPED: ("start the reverse replication again", "nothing"),
    ERROR: ("mend what the error names", "mend what the error names"),
}
# The same for a machine that came from outside AWS, where it differs.
NEXT_ON_PREMISES: dict[Stage, str] = {
    NOT_STARTED: "boot the Failback Client on the original machine",
    LAUNCHED: "validate, move the traffic, confirm and clean up",
}


def origin(pair: Pair) -> str | None:
    """Where the machine came from: AWS, ON_PREMISES or None.

    DRS says it of the recovery instance; once that is gone, a server with an original account in AWS says it as well.
    """
    instance, server = pair.get("instance"), pair.get("server")
    environment = instance["origin_environment"] if instance else None
    if environment:
        return str(environment)
    return AWS if instance is None and server and server.get("origin_account_id") else None


def place_of(server: Server) -> tuple[str, str] | None:
    """(account, Region) that a SERVER came from: its reversed copy says it, else its source machine."""
    parts = str(server.get("reversed_direction_source_server_arn") or "").split(":")
    if len(parts) > 5 and parts[3] and parts[4]:
        return parts[4], parts[3]
    account, region = server.get("origin_account_id"), server.get("origin_region")
    return (account, region) if account and region else None


def within_region(pair: Pair) -> bool:
    """Whether a machine came from the account and Region in which it was recovered, so from another zone there.

    DRS keeps one source server for both machines then, and reversing makes it protect the one that was recovered
    (DRS user guide, "Cross Availability Zone recovery"). Of extended servers nothing is known there.
    """
    server = pair.get("server")
    if server is None or origin(pair) == ON_PREMISES or server.get("extended") is True:
        return False
    return place_of(server) == (server.get("account_id"), server.get("region"))


def failback_state(instance: RecoveryInstance | None) -> str | None:
    """FailbackState of an RI."""
    return as_mapping(as_mapping(instance).get("failback")).get("state")


def in_step(server: Server | None) -> bool:
    """Whether a SERVER replicates continuously."""
    return as_mapping(as_mapping(server).get("replication")).get("state") in HEALTHY_STATES


def at_rest(server: Server | None) -> bool:
    """Whether a SERVER provably does not replicate any more."""
    return as_mapping(as_mapping(server).get("replication")).get("state") in AT_REST


def is_reversed_copy(pair: Pair) -> bool:
    """Whether ``reversed`` is provably the reversed copy of this pair: its direction, its machine, and its name."""
    server, instance, copy = as_mapping(pair.get("server")), pair.get("instance"), pair.get("reversed")
    if copy is None or copy.get("replication_direction") != "FAILBACK":
        return False
    named = server.get("reversed_direction_source_server_arn")
    if named and named != copy.get("arn"):
        return False
    if instance is not None:
        return bool(copy.get("instance_id")) and copy["instance_id"] == instance.get("ec2_instance_id")
    return bool(named)


def protection_begun(pair: Pair) -> bool:
    """Whether the machine that was launched is the one that is protected now, in step or not yet.

    No source promises that the server ever names it, so what DRS says of the machine itself is as good.
    """
    launched = pair.get("launched")
    if launched is None or as_mapping(pair.get("server")).get("replication_direction") != "FAILOVER":
        return False
    return _named(pair) or not failback_at_rest(launched)


def _named(pair: Pair) -> bool:
    """Whether the server names the machine that was launched as the one that it protects."""
    machine = as_mapping(pair.get("launched")).get("ec2_instance_id")
    return bool(machine) and as_mapping(pair.get("server")).get("instance_id") == machine


def protected(pair: Pair) -> bool:
    """Whether replication is continuous in the right direction, from the machine that was launched."""
    return protection_begun(pair) and not protection_missing(pair)


def protection_missing(pair: Pair) -> str:
    """What is missing for the proof that the machine that was launched is protected, in words; empty when it is.

    The server must be in step, and either name that machine or DRS must say of the machine that its reverse replication
    is in step: until then what is in step may still be the copy of the machine before.
    """
    server, launched = as_mapping(pair.get("server")), as_mapping(pair.get("launched"))
    direction, state = server.get("replication_direction"), as_mapping(server.get("replication")).get("state")
    if direction != "FAILOVER":
        return "its source server replicates in direction %s" % direction
    if not in_step(pair.get("server")):
        return "replication of its source server is %s" % (state or "unknown")
    ready = failback_state(pair.get("launched")) in READY_STATES
    ready = ready or as_mapping(launched.get("replication")).get("state") in HEALTHY_STATES
    if _named(pair) or not failback_at_rest(launched) and ready:
        return ""
    values = (server.get("instance_id") or "no machine", launched.get("ec2_instance_id") or "the one that was launched")
    return "its source server still names %s, and DRS does not say that %s is in step" % values


def moved_to_original(pair: Pair) -> bool:
    """Whether the failback is over and cleaned up, and the server is protected again."""
    server = pair.get("server")
    forward = as_mapping(server).get("replication_direction") == "FAILOVER"
    return stage(pair) == CLEANED and in_step(server) and forward


def stage(pair: Pair) -> Stage:
    """The stage a pair is found at."""
    if origin(pair) == ON_PREMISES:
        return _client_stage(pair)
    if within_region(pair):
        return _zone_stage(pair)
    instance, copy, launched = pair.get("instance"), pair.get("reversed"), pair.get("launched")
    if copy is None:
        if instance is None or not still_exists(instance):
            return CLEANED
        if not alive(instance):
            return CLEANING
        return NOT_STARTED if failback_state(instance) in (None, "FAILBACK_NOT_STARTED") else ERROR
    if as_mapping(as_mapping(pair.get("jobs")).get("reversed")).get("type") == "LAUNCH":
        return LAUNCHING
    if alive(launched):
        if at_rest(copy) or not alive(instance):
            return CLEANING
        return PROTECTED if protection_begun(pair) else LAUNCHED
    if at_rest(copy):
        return STOPPED if alive(instance) and copy["replication"]["state"] == "STOPPED" else CLEANING
    if failback_state(instance) == "FAILBACK_ERROR":
        return ERROR
    if in_step(copy) and failback_state(instance) in _NOT_AGAINST:
        return READY
    return SYNCHRONIZING


def _zone_stage(pair: Pair) -> Stage:
    """The same within one Region, where nothing is stopped or removed: the server itself goes from machine to machine.

    A launch there may take the recovered machine away, so what was launched counts before what is gone.
    """
    instance, launched = pair.get("instance"), pair.get("launched")
    if pair.get("reversed") is None:
        if instance is None or not still_exists(instance):
            return CLEANED
        return NOT_STARTED if alive(instance) else CLEANING
    if as_mapping(as_mapping(pair.get("jobs")).get("reversed")).get("type") == "LAUNCH":
        return LAUNCHING
    if alive(launched):
        if not protection_begun(pair):
            return LAUNCHED
        return PROTECTED if alive(instance) else CLEANING
    if not alive(instance) or failback_state(instance) == "FAILBACK_ERROR":
        return ERROR
    ready = in_step(pair.get("server")) and failback_state(instance) in _NOT_AGAINST
    return READY if ready else SYNCHRONIZING


def _client_stage(pair: Pair) -> Stage:
    instance = pair.get("instance")
    if instance is None or not still_exists(instance):
        return CLEANED
    if not alive(instance):
        return CLEANING
    job = as_mapping(pair.get("jobs")).get("server")
    if job:
        return LAUNCHING if job.get("type") == "LAUNCH" else CLEANING
    return _CLIENT_STAGES.get(failback_state(instance), ERROR)


def passed(pair: Pair, given: AnyServer, own_drill: bool | None) -> bool:
    """Whether a server has been taken through its failback already, so that an earlier stage is behind it.

    :param given: what the plan knew of the server before: ``original_instance_id`` and ``recovery_instance_id``.
    :param own_drill: whether a drill's reversed server is of this very run; None when this is no drill.
    """
    server, instance, copy = as_mapping(pair.get("server")), pair.get("instance"), pair.get("reversed")
    planned = given.get("recovery_instance_id")
    if own_drill is not None:
        gone = copy is None and (instance is None or not still_exists(instance)) and bool(planned)
        return gone or (copy is not None and at_rest(copy) and own_drill)
    standing = instance is not None and still_exists(instance)
    if standing or pair.get("launched") is not None or not planned:
        return False
    before, now = given.get("original_instance_id"), server.get("instance_id")
    if before and now:
        # another machine is protected than when the plan was made: the one that was launched in the original cell
        # within one Region it may also be the one that was recovered, on its way
        return now not in (before, planned) and server.get("replication_direction") == "FAILOVER"
    return not before and not now and copy is None and in_step(pair.get("server"))


def next_step(pair: Pair, drill: bool) -> str:
    """What comes next, in words."""
    current = stage(pair)
    if origin(pair) == ON_PREMISES and current in NEXT_ON_PREMISES:
        return NEXT_ON_PREMISES[current]
    return NEXT[current][1 if drill else 0]


def word(state: Any) -> str:
    """FailbackState in the words of the console."""
    return WORDS.get(str(state), "Unknown" if state else "Not started")


def progress(server: Server | None) -> Progress | None:
    """How far a copy is."""
    replication = server.get("replication") if server else None
    if not replication:
        return None
    return {
        "state": replication.get("state"),
        "percent": replication.get("percent"),
        "replicated_bytes": replication.get("replicated_bytes"),
        "total_bytes": replication.get("total_bytes"),
        "backlog_bytes": replication.get("backlog_bytes"),
        "lag_seconds": replication.get("lag_seconds"),
        "eta": replication.get("eta"),
    }
