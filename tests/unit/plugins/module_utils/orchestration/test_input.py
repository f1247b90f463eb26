"""The input of the orchestration entry point: both spellings, every mistake with its place, and which run it is."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import json_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import identity, schema, schema_input
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as orchestration_input
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import spelling
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import orchestrate
from hypothesis import given
from hypothesis import strategies as st

START = "2026-03-01T12:00:00Z"
METADATA = {"correlation_id": "c-1", "parent_execution": "arn:x", "ticket": "CHG-1", "labels": {"shift": "night"}}
TAGS = {"dr:application": "payments"}
PUBLISHED = jsonschema.Draft202012Validator(schema_input.INPUT_SCHEMA)
TOPIC = "arn:aws:sns:us-east-1:111111111111:dr-notifications"


def settings(action="drill", **asked):
    asked.setdefault("tags", TAGS)
    return orchestration_input.settings({"action": action, **asked}, START)


def opt(options, action="drill"):
    """A request with options."""
    return {"action": action, "tags": TAGS, "options": options}


def refused(asked):
    with pytest.raises(DrsError) as caught:
        orchestration_input.settings(asked, START)
    assert caught.value.code in ("invalid_input", "malformed_id", "invalid_point_in_time")
    return [one["message"] for one in caught.value.details["findings"]]


def test_the_schemas_are_schemas():
    for one in (schema_input.INPUT_SCHEMA, schema_input.SPELLED, schema_input.OWN, schema.OUTPUT_SCHEMA):
        jsonschema.Draft202012Validator.check_schema(one)


@pytest.mark.parametrize(
    ("action", "options", "is_drill", "mode"),
    [
        ("drill", {}, True, "drill"),
        ("drill", {"is_drill": True}, True, "drill"),
        ("failover", {}, False, "recovery"),
        ("failover", {"isDrill": True}, True, "drill"),
        ("failover", {"is_drill": False}, False, "recovery"),
        ("failback", {"is_drill": True}, True, "drill"),
        ("failback", {}, False, "failback"),
    ],
)
def test_a_drill_is_a_drill_only_when_it_is_said(action, options, is_drill, mode):
    made = settings(action, options=options)
    assert (made["is_drill"], made["options"]["mode"], made["action"]) == (is_drill, mode, action)


def test_both_spellings_become_the_same_options():
    own = {
        "action": "failover",
        "plan_name": "shop",
        "tags": TAGS,
        "selection": {"source_server_ids": ["s-00000000000000001"]},
        "options": {
            "is_drill": False,
            "max_wait_minutes": 90,
            "point_in_time": "latest_available",
            "notification_topic": TOPIC,
            "continue_on_failure": True,
            "parallelism": 7,
            "guardrails": {"drill_lease_hours": 2},
        },
        "metadata": {"correlation_id": "c", "parent_execution": "p", "ticket": "t", "initiator": "i"},
    }
    theirs = {
        "action": "failover",
        "planName": "shop",
        "tags": TAGS,
        "selection": {"sourceServerIds": ["s-00000000000000001"]},
        "options": {
            "isDrill": False,
            "maxWaitMinutes": 90,
            "pointInTimeSnapshot": "latest_available",
            "notificationArn": TOPIC,
            "continueOnFailure": True,
            "parallelism": 7,
            "guardrails": {"drillLeaseHours": 2},
        },
        "metadata": {"correlationId": "c", "parentExecutionId": "p", "ticketId": "t", "initiatedBy": "i"},
    }
    PUBLISHED.validate(own)
    PUBLISHED.validate(theirs)
    one, other = (orchestration_input.settings(each, START) for each in (own, theirs))
    assert {**one, "metadata": None} == {**other, "metadata": None}
    assert (one["metadata"], other["metadata"]) == (own["metadata"], theirs["metadata"])
    options = one["options"]
    assert (options["max_wait"], options["limits"], options["policy"]) == (
        5400,
        {"servers_in_jobs": 7},
        {"continue_on_failure": True},
    )
    assert one["about"] == {"correlation_id": "c", "parent_execution": "p", "ticket": "t", "initiator": "i"}
    request.checked("recovery", options)


def test_what_is_not_said_has_the_default_of_the_contract():
    made = settings("failover")
    assert (made["max_wait_seconds"], made["options"]["max_wait"]) == (7200, 7200)
    assert made["options"]["limits"] == {"servers_in_jobs": 50} and made["options"]["point_in_time"] == "latest"
    assert settings("terminate")["options"]["timeout"] == settings("failback")["options"]["max_wait"] == 7200
    assert settings()["plan_name"] == "drill" and settings()["options"]["run_id"] is None
    # a plan file says by itself how much happens at the same time
    assert settings(plan_file="plans/payments.yml")["options"]["limits"] == {}
    for action, verb in orchestrate.ACTIONS.items():
        if action != "terminate":
            request.checked(verb.name, settings(action)["options"])


@pytest.mark.parametrize(
    "asked",
    [
        opt({"isDrill": True, "is_drill": True}),
        opt({"pointInTimeSnapshot": "latest", "point_in_time": "latest"}),
        opt({"notificationArn": TOPIC, "notificationTopic": TOPIC}),
        {"action": "drill", "tags": TAGS, "plan_name": "a", "planName": "a"},
        {"action": "drill", "tags": TAGS, "metadata": {"ticketId": "1", "ticket": "1"}},
    ],
)
def test_the_same_member_twice_is_an_error(asked):
    assert not PUBLISHED.is_valid(asked)
    (message,) = refused(asked)
    assert message.endswith("are the same member; give it once")


def test_metadata_is_open_and_passed_through():
    metadata = {"correlationId": "c", "wave1Instances": [{"sourceServerId": "s-1"}], "any": {"thing": None}}
    assert settings(metadata=metadata)["metadata"] == metadata
    assert settings(metadata={"correlation_id": 7})["about"]["correlation_id"] == "7"


def test_what_a_user_names_is_no_key_of_ours():
    tags = {"isDrill": "yes", "is_drill": "yes"}
    assert settings(tags=tags)["selection"] == {"tags": tags}


@pytest.mark.parametrize("action", orchestrate.ACTIONS)
def test_what_every_parent_gives_is_taken_with_every_action(action):
    options = {
        "isDrill": True,
        "maxWaitMinutes": 90,
        "notificationArn": TOPIC,
        "continueOnFailure": False,
        "parallelism": 10,
    }
    assert settings(action, options=options)["notification_topic"] == TOPIC


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "action is missing"),
        ({"action": "recover"}, 'action: "recover" must be failover, failback, drill, terminate, status'),
        ({"action": "drill", "tag": {}}, "tag is not known; did you mean tags?"),
        (opt({"isDril": True}), "options.isDril is not known; did you mean isDrill?"),
        (opt({"maxWaitMinutes": "90"}), 'options.maxWaitMinutes: "90" must be a whole'),
        (opt({"max_wait_minutes": 0}), "options.max_wait_minutes: 0 must be at least 1"),
        (opt({"parallelism": 501}), "options.parallelism: 501 must be at most 500"),
        (opt({"notification_topic": "dr"}), 'options.notification_topic: "dr" is not allowed'),
        ({"action": "drill", "tags": TAGS, "metadata": {"ticket": "a\nb"}}, "metadata.ticket"),
        ({"action": "drill", "tags": TAGS, "metadata": {"ticketId": "a\n"}}, "metadata.ticketId"),
        ({"action": "drill"}, "say what to drill: plan_file, tags or selection"),
        ({"action": "failover", "tags": {}}, "tags: {} must not be empty"),
        ({"action": "status", "tags": {}}, "tags: {} must not be empty"),
        (opt({"is_drill": False}), "options.is_drill: false contradicts the action drill"),
        ({"action": "failback", "plan_file": "x"}, "plan_file means nothing for the action failback"),
        ({"action": "status", "planFile": "x"}, "plan_file means nothing for the action status"),
        ({"action": "terminate"}, "say what to terminate: tags, selection, options.run_id"),
        (opt({"runId": "r"}, "terminate"), "tags and selection mean the drill instances of those servers; leave out"),
        ({"action": "terminate", "options": {"run_id": None}}, "options.run_id: null"),
        ({"action": "terminate", "options": {"run_id": ""}}, 'options.run_id: ""'),
        ({"action": "terminate", "options": {"every_run": False}}, "say what to terminate: tags"),
        ({"action": "terminate", "options": {"every_run": True, "run_id": "r"}}, "options.every_run contradicts"),
        (opt({"drill_network": {"subnet_ids": ["subnet-1"]}}, "failover"), "options.drill_network is for drills"),
        (opt({"override_reason": "a flood in the hall"}), "options.override_reason means nothing for the action drill"),
        (opt({"guardrails": {"max_servers": 1}}), "options.guardrails.max_servers is not known"),
        (opt({"pointInTime": "latest"}, "terminate"), "options.point_in_time means nothing for the action terminate"),
        ({"action": "status", "options": {"run_id": "r"}}, "options.run_id means nothing for the action status"),
        (opt({"cleanup": True}, "failover"), "options.cleanup: true is for drills"),
        (opt({"retry_failed": True}), "options.retry_failed: true needs options.run_id"),
        (opt({"run_id": "a b"}), "options.run_id: run id 'a b' is malformed"),
        ({"action": "drill", "selection": {"source_server_ids": ["s-1"]}}, "selection.source_server_ids[0]: source"),
        ({"action": "terminate", "options": {"recovery_instance_ids": ["x"]}}, "options.recovery_instance_ids[0]: rec"),
        (opt({"point_in_time": "noon"}), "options.point_in_time 'noon' is neither"),
        (opt({"pointInTimeSnapshot": "pit-1"}), "options.point_in_time 'pit-1' is neither"),
        (opt({"point_in_time": "2027-01-01T00:00:00Z"}), "is in the future"),
        (opt({"until": "never"}, "failback"), 'options.until: "never" must be'),
        (opt({"parallelism": "4"}), 'options.parallelism: "4" must be a whole number'),
        (opt({"parallelism": 1e9}), "options.parallelism: 1000000000.0 must be at most 500"),
        (opt({"parallelism": 4.5}), "options.parallelism: 4.5 must be a whole number"),
        ({"action": "DRILL", "tags": TAGS}, 'action: "DRILL" must be failover, failback, drill, terminate, status'),
        ({"Action": "drill", "tags": TAGS}, "Action is not known; did you mean action?"),
        # no value would be one of none, and so mean no server
        ({"action": "terminate", "tags": {"DR-Wave": []}}, "tags.DR-Wave: [] must not be empty"),
        ({"action": "drill", "tags": TAGS, "metadata": {"correlationId": "a\nb"}}, "metadata.correlationId: "),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(asked, message):
    assert [one for one in refused(asked) if message in one], refused(asked)


def test_every_mistake_is_told_at_once():
    assert len(refused({"action": "drill", "tags": TAGS, "options": {"is_dril": True, "parallelism": 0}, "x": 1})) == 3


def test_a_number_that_json_writes_with_a_point_is_a_whole_one():
    options = {
        "parallelism": 4.0,
        "maxWaitMinutes": 30.0,
        "max_failures": 2.0,
        "guardrails": {"max_servers_per_run": 9.0},
    }
    made = settings(options=options)
    assert repr(made["options"]["limits"]) == "{'servers_in_jobs': 4}" and repr(made["max_wait_seconds"]) == "1800"
    assert repr(made["options"]["max_wait"]) == "1800" and repr(made["options"]["policy"]["max_failures"]) == "2"
    assert repr(made["options"]["guardrails"]["max_servers_per_run"]) == "9"


@pytest.mark.parametrize(
    ("correlation_id", "begins"),
    [
        ("a/b/c", "a-b-c-drill-"),
        ("../../etc/passwd", "etc-passwd-drill-"),
        ("x" * 200, "x" * 40 + "-drill-"),
        ("\u65e5\u672c", "drill-"),
        ("{{ 7*7 }}", "7-7-drill-"),
        ("-rf", "rf-drill-"),
        (12, "12-drill-"),
    ],
)
def test_every_correlation_id_makes_a_run_id_that_may_be_one(correlation_id, begins):
    made = identity.run_id(settings(metadata={"correlationId": correlation_id}))
    assert made.startswith(begins) and len(made) == len(begins) + 10 and valid_id("run", made) == []


def test_a_snapshot_is_a_point_in_time():
    assert settings(options={"pointInTimeSnapshot": "pit-" + "0" * 17})["options"]["point_in_time"] == "pit-" + "0" * 17


def test_a_failback_gets_all_that_it_can_be_told():
    options = {
        "confirm": "FAILBACK failback 2 us-west-2",
        "validated": True,
        "retryFailed": True,
        "runId": "home-1",
        "maxWaitMinutes": 30,
        "until": "protected",
    }
    made = settings("failback", options=options, metadata=METADATA)["options"]
    assert (made["validated"], made["retry_failed"], made["until"], made["max_wait"]) == (True, True, "protected", 1800)
    assert (made["correlation_id"], made["ticket"], made["mode"]) == ("c-1", "CHG-1", "failback")
    assert settings("failback")["options"]["until"] == "launched"
    # one that must be confirmed and is not gets as far as its plan, which says how
    beyond = settings("failback", options={"until": "cleaned", "validated": True})
    assert request.checked("failback", beyond["options"])["confirm"] == "-" and beyond["confirm"] is None


def test_schema_messages_are_short():
    told = json_schema.check({"action": "x" * 500}, schema_input.INPUT_SCHEMA)
    assert len(told[0]["message"]) < 250


def test_a_camel_is_made_of_a_snake():
    assert spelling.camel("confirm_recovery_instance_ids") == "confirmRecoveryInstanceIds"
    assert spelling.spellings("options.notification_topic") == (
        *("notification_topic", "notificationTopic", "notification_arn", "notificationArn"),
    )


# -- which run it is -------------------------------------------------------------------------------------------------


def run_id(action="drill", **asked):
    asked.setdefault("metadata", {"correlationId": "exec: 7/ä"})
    return identity.run_id(settings(action, **asked))


def test_the_same_request_is_the_same_run():
    first = run_id(options={"maxWaitMinutes": 90})
    assert first == run_id() and first.startswith("exec-7-drill-")
    assert not request.checked("recovery", {"mode": "drill", "run_id": first})["confirm"]
    others = [
        run_id("failover"),
        run_id("failover", options={"isDrill": True}),
        run_id("failback"),
        run_id(tags={"dr:application": "shop"}),
        run_id(plan_name="other"),
        run_id(selection={"waves": ["1"]}),
        run_id(metadata={"correlationId": "exec: 8"}),
    ]
    assert len({first, *others}) == len(others) + 1
    # who else is left out does not make another run that launches the rest again: the record refuses it, option_fixed
    assert {run_id(options={"except": {"s-" + one * 17: "no"}}) for one in "12"} == {first}
    assert run_id(metadata={}) is None and run_id(options={"runId": "mine"}) == "mine"
    assert run_id("status") is None and run_id("terminate") is None


def test_servers_are_left_out_by_id_with_the_reason():
    left_out = {"s-" + "1" * 17: "does not boot"}
    assert settings(options={"except": left_out})["options"]["except"] == left_out
    assert settings("failover")["options"]["except"] == {}
    for wrong, word in (({"web-1": "x"}, "options.except[0]"), ({"s-" + "1" * 17: ""}, "options.except")):
        with pytest.raises(DrsError) as caught:
            settings(options={"except": wrong})
        assert word in caught.value.message
    with pytest.raises(DrsError, match="options.except means nothing for the action failback"):
        settings("failback", options={"except": left_out})


@st.composite
def _spelled_twice(draw):
    """A request, and the same request as somebody else writes it."""
    values = st.lists(st.sampled_from(["1", "2", "db", "web"]), min_size=1, max_size=3, unique=True)
    tags = draw(st.dictionaries(st.sampled_from(["DR-Wave", "DR-Application"]), values, min_size=1))
    waves, names = draw(values), draw(values)
    first = {
        "tags": tags,
        "selection": {"waves": waves, "applications": names},
        "metadata": {"correlationId": "c-1"},
        "options": {},
    }

    def other(value):
        text = draw(st.sampled_from([value, " %s" % value, "%s " % value]))
        return int(value) if value.isdigit() and draw(st.booleans()) else text

    def mixed(many):
        listed = [other(one) for one in draw(st.permutations(many))]
        return listed[0] if len(listed) == 1 and draw(st.booleans()) else listed

    wave = st.sampled_from(["%s", "0%s", "wave-%s", "Wave %s"])
    # waves of a plan file have the names that it gives them; values of the wave tag have many spellings
    planned = draw(st.booleans())
    spelled = [
        one if planned else draw(wave) % one if one.isdigit() else one.upper() for one in draw(st.permutations(waves))
    ]
    folder = "/controller/project"
    second = {
        "tags": {key: mixed(tags[key]) for key in draw(st.permutations(list(tags)))},
        "selection": {"applications": [str(one) for one in draw(st.permutations(names))], "waves": spelled},
        "metadata": {
            draw(st.sampled_from(["correlationId", "correlation_id"])): draw(st.sampled_from(["c-1", " c-1 "]))
        },
        "options": draw(st.sampled_from([{}, {"isDrill": True}, {"is_drill": True}, {"maxWaitMinutes": 30}])),
    }
    if planned:
        paths = ["plans/shop.yml", "./plans/shop.yml", "plans//shop.yml", "plans/../plans/shop.yml"]
        first["plan_file"] = "plans/shop.yml"
        second[draw(st.sampled_from(["planFile", "plan_file"]))] = draw(
            st.sampled_from([*paths, f"{folder}/plans/shop.yml"])
        )
    return first, second, folder


@given(_spelled_twice())
def test_the_same_request_in_another_spelling_is_the_same_run(requests):
    first, second, folder = requests
    made = [orchestration_input.settings({"action": "drill", **one}) for one in (first, second)]
    assert made[0]["selection"] == made[1]["selection"], "the record of the run holds it against this one"
    assert identity.run_id(made[0], folder) == identity.run_id(made[1], folder)


def test_waves_of_a_plan_file_keep_their_names():
    """ "first" is wave 1 by its tag, and in a plan file it is the wave that is called first."""
    asked = {"action": "drill", "selection": {"waves": ["first", "Databases"]}}
    named = orchestration_input.settings({**asked, "planFile": "plans/shop.yml"})
    assert named["selection"] == {"waves": ["Databases", "first"]}
    assert orchestration_input.settings(asked)["selection"] == {"waves": ["1", "databases"]}


def test_another_selection_is_another_run():
    ids = [
        run_id(tags={"a": "1"}),
        run_id(tags={"a": "12"}),
        run_id(tags={"a": ["1", "2"]}),
        run_id(tags={"a": "1,2"}),
        run_id(tags={"A": "1"}),
        run_id(tags={"a": True}),
        run_id(tags={"a": "true"}),
        run_id(selection={"applications": ["1"]}),
        run_id(selection={"waves": ["1"]}),
        run_id(selection={"waves": ["10"]}),
        run_id(plan_file="plans/a.yml"),
        run_id(plan_file="/plans/b.yml"),
    ]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("status", "ended_at", "over"),
    [
        ("running", None, False),
        ("waiting", None, False),
        ("succeeded", "2026-03-01T11:00:00Z", False),
        ("succeeded", "2026-02-28T11:00:00Z", True),
        ("failed", "2026-02-01T11:00:00Z", True),
        # paused for a month: it has not ended
        ("paused", None, False),
    ],
)
def test_a_run_is_over_when_it_has_ended_long_ago(status, ended_at, over):
    assert identity.is_over({"status": status, "ended_at": ended_at}, START, 24) is over


def test_a_schedule_that_sends_the_same_request_again_begins_the_next_run():
    old = {"status": "succeeded", "ended_at": "2026-02-01T11:00:00Z"}
    runs = {"r": old, "r-2": old, "r-3": {"status": "running", "ended_at": None}}
    assert identity.current("r", runs.get, START, 24) == "r-3"
    assert identity.current("r", {"r": old}.get, START, 24) == "r-2"
    assert identity.current("new", runs.get, START, 24) == "new"
