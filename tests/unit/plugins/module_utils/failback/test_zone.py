"""Test the pairs, stages, guards and clean-up of a failback within one Region."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import closing, zone
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage

ACCOUNT, REGION = "444444444444", "us-west-2"
ONE = "s-" + "1" * 17
HOME, SERVES, BACK, OTHER = (f"i-{letter * 17}" for letter in "abcd")
BEGUN, BEFORE, AFTER = "2026-03-01T12:00:00Z", "2026-03-01T11:50:00Z", "2026-03-01T12:10:00Z"
LAUNCH = {"job_id": "drsjob-" + "1" * 17, "type": "LAUNCH", "servers": []}


def server(names: str = SERVES, state: str = "CONTINUOUS", **more: Any) -> dict[str, Any]:
    return {
        "source_server_id": ONE,
        "name": "web",
        "arn": f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{ONE}",
        "account_id": ACCOUNT,
        "region": REGION,
        "origin_account_id": ACCOUNT,
        "origin_region": REGION,
        "reversed_direction_source_server_arn": None,
        "instance_id": names,
        "replication_direction": "FAILOVER",
        "replication": {"state": state},
        "extended": False,
        **more,
    }


def machine(which: str, failback: str = "FAILBACK_NOT_STARTED", state: str = "RUNNING", drill: bool | None = False):
    return {
        "recovery_instance_id": which,
        "ec2_instance_id": which,
        "source_server_id": ONE,
        "ec2_instance_state": state,
        "is_drill": drill,
        "job_id": LAUNCH["job_id"],
        "origin_environment": "AWS",
        "failback": {"state": failback, "initiated_at": BEGUN},
        "replication": {"state": "NOT_STARTED"},
    }


def pair(*machines: Any, recorded: str | None = SERVES, job: Any = None, **more: Any) -> dict[str, Any]:
    whole = {"server": server(**more), "instance": machines[0] if machines else None, "jobs": {"server": job}}
    whole.update(reversed=None, launched=None, original=None)
    zone.arrange(whole, list(machines), recorded, "here", [])
    return whole


READY, SYNC = "FAILBACK_READY_FOR_LAUNCH", "FAILBACK_IN_PROGRESS"
VOUCHED = {"validated": [BACK], "confirmed": True, "typed": [], "source_instance_ids": {BACK}}


def home() -> dict[str, Any]:
    """Launched, validated and protected; the recovered machine still runs."""
    return pair(machine(SERVES), machine(BACK, READY), names=BACK)


@pytest.mark.parametrize(
    ("expected", "made"),
    [
        ("not_started", pair(machine(SERVES), names=HOME)),
        ("synchronizing", pair(machine(SERVES, SYNC), state="RESCAN")),
        ("synchronizing", pair(machine(SERVES, SYNC), names=HOME, state="RESCAN")),
        ("ready", pair(machine(SERVES, READY))),
        ("launching", pair(machine(SERVES, READY), job=LAUNCH)),
        # a launch that takes the recovered machine away at once
        ("launching", pair(names=HOME, state="STALLED", job=LAUNCH)),
        ("launched", pair(machine(SERVES, READY), machine(BACK))),
        ("launched", pair(machine(BACK), state="STALLED")),
        # what was launched is a drill of somebody: it is nobody's way home
        ("ready", pair(machine(SERVES, READY), machine(OTHER, drill=True))),
        ("protected", home()),
        ("cleaning", pair(machine(BACK, READY), names=BACK)),
        ("cleaned", pair(names=BACK)),
        # the server may go on naming the first machine; a machine that is lost is no clean-up
        ("cleaned", pair(names=HOME)),
        ("error", pair(names=HOME, state="STALLED")),
        ("error", pair(names=SERVES)),
        ("error", pair(machine(SERVES, "FAILBACK_ERROR"), state="STALLED")),
    ],
)
def test_each_state_of_the_one_server_has_its_stage(expected, made):
    assert failback_stage.within_region(made)
    assert failback_stage.stage(made) == expected


@pytest.mark.parametrize(
    "more", [{"origin_region": "us-east-1"}, {"origin_account_id": "111111111111"}, {"extended": True}]
)
def test_another_region_another_account_and_an_extended_server_are_no_such_failback(more):
    assert not failback_stage.within_region({"server": server(**more), "instance": machine(SERVES)})


def test_without_the_record_nothing_tells_the_machines_apart():
    for made in (pair(machine(SERVES), recorded=None), pair(machine(SERVES), machine(BACK), machine(OTHER))):
        assert made["original"]["error"]["code"] == "same_region_failback"
        assert made["launched"] is None
    codes = {one["code"] for one in zone.may_reverse(pair(machine(SERVES), recorded=None), "failback", VOUCHED)}
    assert "same_region_failback" in codes


def codes_of(findings: list[Any]) -> set[str]:
    return {one["code"] for one in findings}


def test_reversing_and_launching_need_the_typed_plan_and_are_never_a_drill():
    begin, ready = pair(machine(SERVES), names=HOME), pair(machine(SERVES, READY))
    for guard, made in ((zone.may_reverse, begin), (zone.may_launch, ready)):
        assert guard(made, "failback", VOUCHED) == []
        assert codes_of(guard(made, "failback", {})) == {"failback_not_confirmed"}
        assert "same_region_failback" in codes_of(guard(made, "drill", VOUCHED))
    assert "live_failback_instance" in codes_of(
        zone.may_launch(pair(machine(SERVES, READY), machine(BACK)), "failback", VOUCHED)
    )
    assert "failback_not_ready" in codes_of(
        zone.may_launch(pair(machine(SERVES, SYNC), state="RESCAN"), "failback", VOUCHED)
    )


def test_a_point_in_time_of_the_machine_before_brings_nobody_home():
    ready = pair(machine(SERVES, READY))
    assert zone.fresh(ready, AFTER)
    assert not zone.fresh(ready, BEFORE)
    assert not zone.fresh(ready, None)


def test_only_the_recorded_machine_is_terminated():
    assert zone.may_terminate(home(), "failback", VOUCHED, SERVES) == []
    # the same two machines, with the wrong one on record
    swapped = pair(machine(SERVES), machine(BACK, READY), names=BACK, recorded=BACK)
    assert swapped["instance"]["recovery_instance_id"] == BACK
    assert {"source_instance", "not_protected"} <= codes_of(
        zone.may_terminate(swapped, "failback", {**VOUCHED, "validated": [SERVES]}, BACK)
    )
    for recorded in (None, BACK, OTHER):
        assert "same_region_failback" in codes_of(zone.may_terminate(home(), "failback", VOUCHED, recorded))


@pytest.mark.parametrize(
    ("code", "made", "vouched"),
    [
        ("failback_not_validated", home(), {**VOUCHED, "validated": []}),
        ("failback_not_confirmed", home(), {**VOUCHED, "confirmed": False}),
        ("source_instances_unknown", home(), {**VOUCHED, "source_instance_ids": None}),
        ("source_instance", home(), {**VOUCHED, "source_instance_ids": {SERVES}}),
        ("not_protected", pair(machine(SERVES), machine(BACK), names=SERVES), VOUCHED),
        ("not_protected", pair(machine(SERVES), machine(BACK, SYNC), names=BACK, state="RESCAN"), VOUCHED),
        ("reverse_replication_running", pair(machine(SERVES, READY), machine(BACK, READY), names=BACK), VOUCHED),
        ("not_launched", pair(machine(SERVES, READY)), VOUCHED),
    ],
)
def test_the_recovered_machine_stays_as_long_as_anything_is_missing(code, made, vouched):
    assert code in codes_of(zone.may_terminate(made, "failback", vouched, SERVES))


def test_the_clean_up_terminates_then_forgets_and_never_touches_the_server():
    assert zone.step_of(home()) == zone.TERMINATE
    assert zone.step_of(pair(machine(SERVES, state="SHUTTING-DOWN"), machine(BACK), names=BACK)) == zone.WAIT
    gone = pair(machine(SERVES, state="TERMINATED"), machine(BACK, READY), names=BACK)
    assert zone.step_of(gone) == zone.FORGET
    assert zone.may_forget(gone, "failback", VOUCHED) == []
    assert "cleanup_out_of_order" in codes_of(zone.may_forget(home(), "failback", VOUCHED))
    assert zone.step_of(pair(names=BACK)) == zone.DONE


def test_a_plan_knows_whose_first_call_cannot_be_taken_back():
    here, away = {"account_id": ACCOUNT, "region": REGION}, {"account_id": ACCOUNT, "region": "us-east-1"}
    places = [("zone", {**here, "cell": "dr"}), ("region", {**away, "cell": "home"}), ("outside", None)]
    servers = [{**here, "name": name, "original": original} for name, original in places]
    assert closing.within_region({"waves": [{"servers": servers}]}) == ["zone"]


def test_a_server_that_names_the_recovered_machine_is_not_through_yet():
    given = {"original_instance_id": HOME, "recovery_instance_id": SERVES}
    assert not failback_stage.passed(pair(names=SERVES), given, None)
    assert failback_stage.passed(pair(names=BACK), given, None)
