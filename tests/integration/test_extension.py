"""Test extending and un-extending servers in one target: existing copies, faults, quotas, guards."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.agents import SERVER_EXTEND
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import extensions
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects.extending import Extending
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.extensions import Place
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import removal_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import over_cells
from support.cells import outcomes
from support.extension import (
    STAGING_A,
    STAGING_B,
    TARGET,
    Target,
    accounts_of_extension,
    codes,
    many_targets,
    target_of,
)
from support.scenarios import REGION, SECRET

CREATE = "CreateExtendedSourceServer"
DELETE = "DeleteSourceServer"


pytestmark = pytest.mark.usefixtures("no_real_waiting")


@pytest.fixture(scope="module")
def _many(start_simulator):
    return start_simulator(many_targets(40)), iter(range(40))


@pytest.fixture
def target(_many):
    """A target with two servers of its own, and staging accounts with three and two, that no other test touches."""
    simulator, numbers = _many
    number = next(numbers, None)
    assert number is not None, "more tests than targets: add some"
    yield target_of(simulator, number)
    simulator.faults.clear()


# -- the usual way -----------------------------------------------------------------------------------------------------


def test_extends_everything_once_and_shows_it(target):
    first = target.extend(deployment_id="d-1", resource_tags={"owner": "platform"})
    assert outcomes(first) == {"extended": 3} and first["changed"]
    assert target.mutations() == [CREATE] * 3
    copies, arns = target.copies(), target.arns()
    assert set(copies) == set(arns) == {"shop-01", "shop-02", "shop-03"}
    for name, copy in copies.items():
        assert copy["tags"] == {
            "Name": name,
            "ExtendedFrom": arns[name],
            "DeploymentId": "d-1",
            "owner": "platform",
            "dr:application": "shop",
            "dr:enabled": "true",
            "dr:wave": "1",
        }
        assert copy["stagingArea"]["status"] == "EXTENDED"
    for one in first["servers"]:
        assert one["source_server_id"] == copies[one["name"]]["sourceServerID"]
        assert one["staging_source_server_arn"] == arns[one["name"]] and one["staging_account_id"] == target.staging
    assert first["capacity"] == {"used": 5, "limit": 4000, "source": "service_quotas", "free": 3995}


def test_again_changes_nothing(target):
    target.extend()
    target.mark()
    again = target.extend()
    assert outcomes(again) == {"already_extended": 3} and not again["changed"]
    assert target.mutations() == [] and again["offered"] == []


def test_a_new_server_is_all_that_a_second_run_extends(target):
    arns = target.arns()
    target.drs.create_extended_source_server(sourceServerArn=arns["shop-02"])
    target.mark()
    found = target.extend()
    assert outcomes(found) == {"extended": 2, "already_extended": 1}
    assert [entry["request"]["sourceServerArn"] for entry in target.calls(CREATE)] == [arns["shop-01"], arns["shop-03"]]


def test_nothing_is_called_in_the_staging_account(target):
    target.extend()
    assert target.staged().calls() == []


def test_selects_by_id_arn_and_tags(target):
    arns = target.arns()
    some = target.extend(source_servers=[arns["shop-03"], arns["shop-01"].rpartition("/")[2]])
    assert [one["name"] for one in some["servers"]] == ["shop-03", "shop-01"]
    assert outcomes(some) == {"extended": 2}
    tagged = target.extend(tags={"application": ["shop", "other"]})
    assert outcomes(tagged) == {"extended": 1, "already_extended": 2}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"all": False}, "invalid_option"),
        ({"source_servers": []}, "invalid_option"),
        ({"all": True, "tags": {"a": "b"}}, "invalid_option"),
        ({"source_servers": ["web-01"]}, "malformed_id"),
        ({"source_servers": ["s-11111111111111111"] * 2}, "duplicate_id"),
        ({"tags": {"dr:aplication": "shop"}}, "unknown_tag_key"),
        ({"tags": {"dr:application": "none"}}, "no_match"),
        ({"staging": "22222"}, "malformed_id"),
        ({"resource_tags": {"aws:mine": "x"}}, "invalid_option"),
        ({"limits": {"source_servers": 0}}, "invalid_limit"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(target, options, code):
    with pytest.raises(DrsError) as caught:
        target.extend(**options)
    assert caught.value.code == code
    assert target.mutations() == []


def test_an_account_cannot_be_extended_into_itself(target):
    with pytest.raises(DrsError) as caught:
        target.extend(target.account)
    assert caught.value.code == "invalid_option" and "itself" in caught.value.message


def test_a_server_that_is_not_offered_is_refused_alone(target):
    found = target.extend(source_servers=["s-00000000000000000", target.arns()["shop-01"]])
    assert outcomes(found) == {"refused": 1, "extended": 1} and codes(found) == ["not_offered"]


def test_check_mode_makes_no_mutating_call(target):
    found = target.extend(check_mode=True)
    assert outcomes(found) == {"planned": 3} and found["changed"]
    target.extend()
    target.mark()
    assert not target.extend(check_mode=True)["changed"]
    assert outcomes(target.unextend(check_mode=True)) == {"planned": 3}
    assert target.mutations() == []


# -- extended already, whatever DRS calls it ---------------------------------------------------------------------------


@pytest.mark.parametrize("error", ["ValidationException", "ConflictException"])
def test_extended_in_the_meantime_is_no_failure_whatever_the_error_is_called(simulator, monkeypatch, error):
    target = Target(simulator(accounts_of_extension(settings={"already_extended_error": error})))
    stale = drs.extensible_source_servers(target.cell(), STAGING_A)
    for arn in target.arns().values():
        target.drs.create_extended_source_server(sourceServerArn=arn)
    copies = target.copies()
    monkeypatch.setattr(drs, "extensible_source_servers", lambda *_args: stale)
    real = drs.source_servers
    # the first look is as old as the list
    looks = []

    def look(cell, ids=None, staging_account_ids=None):
        looks.append(staging_account_ids)
        found = real(cell, ids, staging_account_ids)
        return [one for one in found if not one["extended"]] if len(looks) == 1 else found

    monkeypatch.setattr(drs, "source_servers", look)
    target.mark()
    found = target.extend()
    assert outcomes(found) == {"already_extended": 4} and not found["changed"]
    assert {entry["error"] for entry in target.calls(CREATE)} == {error}
    assert {one["source_server_id"] for one in found["servers"]} == {one["sourceServerID"] for one in copies.values()}


def test_an_extension_of_an_extension_is_not_offered_and_not_made(simulator, monkeypatch):
    scenario = accounts_of_extension()
    scenario["staging_roles"].append({"staging": TARGET, "target": STAGING_B})
    world = simulator(scenario)
    Target(world).extend()
    copy = next(iter(Target(world).copies().values()))["arn"]
    third = Target(world, STAGING_B, TARGET)
    found = third.extend(source_servers=[copy])
    assert outcomes(found) == {"refused": 1} and codes(found) == ["not_offered"]
    assert third.mutations() == []
    # and when it is tried all the same, the service refuses it and that is told
    offered = [{"source_server_id": copy[-19:], "arn": copy, "name": "x", "hostname": "x", "tags": {}}]
    monkeypatch.setattr(drs, "extensible_source_servers", lambda *_args: offered)
    assert outcomes(third.extend()) == {"failed": 1}
    assert third.effects("extended") == []


# -- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["throttle", "server_error", "drop_connection", "drop_response"])
def test_a_lost_or_refused_answer_ends_in_one_extension(target, kind):
    target.simulator.faults.add(kind, times=2, action=CREATE, account=target.account)
    found = target.extend()
    assert outcomes(found) == {"extended": 3}
    assert len(target.effects("extended")) == 3 and len(target.copies()) == 3
    adopted = [one["name"] for one in found["servers"] if one["adopted"]]
    assert (len(adopted) > 0) == (kind == "drop_response")


def test_throttling_everywhere_slows_it_down_and_changes_nothing(target):
    target.simulator.faults.add("throttle", rate=0.3, service="drs", account=target.account)
    assert outcomes(target.extend()) == {"extended": 3}
    assert len(target.effects("extended")) == 3


def test_throttling_that_does_not_end_fails_the_server_and_the_next_run_goes_on(target):
    target.simulator.faults.add("throttle", action=CREATE, account=target.account, times=6)
    found = target.extend()
    assert outcomes(found) == {"failed": 1, "extended": 2}
    assert found["servers"][0]["error"]["retryable"]
    assert outcomes(target.extend()) == {"extended": 1, "already_extended": 2}


def test_a_call_that_is_denied_is_told_for_each_server(target):
    target.simulator.faults.add("deny", action=CREATE, account=target.account)
    found = target.extend()
    assert outcomes(found) == {"failed": 3} and codes(found) == ["AccessDeniedException"]


def test_copies_that_do_not_appear_are_unknown_not_extended(target, monkeypatch):
    real = drs.source_servers
    monkeypatch.setattr(
        drs, "source_servers", lambda cell, *a, **k: [one for one in real(cell, *a, **k) if not one["extended"]]
    )
    found = target.extend()
    assert outcomes(found) == {"unknown": 3} and codes(found) == ["extension_not_seen"] and found["changed"]


def test_a_target_where_drs_is_not_initialised_says_the_command(simulator):
    scenario = accounts_of_extension(own=0)
    scenario["accounts"][0]["regions"] = []
    target = Target(simulator(scenario))
    with pytest.raises(DrsError) as caught:
        target.extend()
    assert caught.value.code == "not_initialised"
    assert "aws drs initialize-service --region us-west-2" in caught.value.remedy
    assert "resilience.drs.setup --limit" in caught.value.remedy


# -- the staging account -----------------------------------------------------------------------------------------------


def test_a_missing_staging_role_is_named_with_the_command_that_makes_it(simulator):
    target = Target(simulator(accounts_of_extension(second=1, trusted=(STAGING_A,))))
    with pytest.raises(DrsError) as caught:
        target.extend(STAGING_B)
    assert caught.value.code == "staging_role_missing"
    assert f"create-role --role-name DRSStagingAccountRole_{TARGET}" in caught.value.remedy
    assert target.mutations() == []
    # the other staging account is not concerned
    assert outcomes(target.extend(STAGING_A)) == {"extended": 4}


def _drop_role(target):
    iam = target.simulator.client("iam", target.staging)
    name = f"DRSStagingAccountRole_{target.account}"
    for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=one["PolicyArn"])
    iam.delete_role(RoleName=name)


def test_a_role_that_goes_in_the_middle_stops_the_rest(target, monkeypatch):
    offered = drs.extensible_source_servers(target.cell(), target.staging)
    monkeypatch.setattr(drs, "extensible_source_servers", lambda *_args: offered)
    _drop_role(target)
    target.mark()
    found = target.extend()
    assert outcomes(found) == {"failed": 2, "refused": 1}
    assert codes(found) == ["extension_stopped", "staging_role_missing"]
    # the second one says that it is not of the first server alone
    assert len(target.calls(CREATE)) == 2


def test_a_broken_extension_is_a_failure_that_names_itself(target):
    target.extend()
    _drop_role(target)
    monkey = target.copies()
    assert {one["stagingArea"]["status"] for one in monkey.values()} == {"EXTENSION_ERROR"}
    with pytest.raises(DrsError) as caught:
        target.extend()
    assert caught.value.code == "staging_role_missing"
    assert [one["broken"] for one in target.capacity()["extended"]] == [3]


def test_a_staging_server_that_was_deleted_leaves_a_broken_copy_that_can_be_taken_back(target):
    target.extend()
    arn = target.arns()["shop-01"]
    staged = target.staged().drs
    staged.disconnect_source_server(sourceServerID=arn.rpartition("/")[2])
    staged.delete_source_server(sourceServerID=arn.rpartition("/")[2])
    found = target.extend()
    assert outcomes(found) == {"failed": 1, "already_extended": 2} and codes(found) == ["extension_error"]
    assert outcomes(target.unextend(source_servers=[arn])) == {"unextended": 1}
    assert set(target.copies()) == {"shop-02", "shop-03"}


# -- many staging accounts ---------------------------------------------------------------------------------------------


class _Threads:
    """What an extension needs of the process that it runs in."""

    def __init__(self):
        self.lines = []

    def over(self, work, cells, at_once=None):
        return over_cells(work, cells, at_once or 16)

    def say(self, line):
        self.lines.append(line)


def _extend_all(simulator, check_mode=False):
    """The step of the role server_extend: (entries by name, lines)."""
    values = {
        **{key: option.default for key, option in SERVER_EXTEND.by_name.items()},
        "all": True,
        "deployment_id": "d-1",
        "limits": {},
        "tag_keys": {},
    }
    places = [Place(f"{one}.{REGION}", one, REGION, f"{TARGET}.{REGION}") for one in (STAGING_A, STAGING_B)]
    pairs = extensions.pairs([Place(f"{TARGET}.{REGION}", TARGET, REGION)], places, values)
    sessions = {f"{one}.{REGION}": Target(simulator, one).cell() for one in (TARGET, STAGING_A, STAGING_B)}
    hands = _Threads()
    results = Extending(values, pairs, sessions, hands, check_mode).run()
    assert all(one["error"] is None for one in results), results
    return {server["name"]: server["outcome"] for one in results for server in one["servers"]}, hands.lines


def test_a_list_for_each_account_and_one_call_for_each_server(simulator):
    """The calls beside the extensions do not grow with the servers; at rest and after a kill only lists are read."""
    sim = simulator(accounts_of_extension(staged=120, second=90))
    planned, _lines = _extend_all(sim, check_mode=True)
    assert set(planned.values()) == {"planned"} and sim.mutations() == ["sts:AssumeRole"] * len(sim.mutations())
    sim.faults.add("throttle", action=CREATE, times=5)
    mark = sim.mark()
    found, lines = _extend_all(sim)
    assert len(found) == 210 and set(found.values()) == {"extended"}
    assert "[extension] 100 of 210 servers worked on" in lines and "[extension] 210 of 210 servers worked on" in lines
    creates = sim.journal(mark, action=CREATE)
    assert len(creates) == 215 and len({one["request"]["sourceServerArn"] for one in creates}) == 210
    # 2 x 20 of them look how servers are encrypted
    assert sim.mark() - mark - len(creates) <= 40 + 30
    # some went with the controller: the next run extends those and reads lists
    gone = sorted(Target(sim).copies())[:3]
    for name in gone:
        Target(sim).drs.delete_source_server(sourceServerID=Target(sim).copies()[name]["sourceServerID"])
    again, _lines = _extend_all(sim)
    assert sorted(name for name, outcome in again.items() if outcome == "extended") == gone
    mark = sim.mark()
    rest, _lines = _extend_all(sim)
    assert set(rest.values()) == {"already_extended"} and len(rest) == 210
    assert sim.mark() - mark <= 12


# -- quotas ------------------------------------------------------------------------------------------------------------


def test_what_does_not_fit_into_the_total_is_refused_by_name_and_nothing_is_sent_for_it(simulator):
    target = Target(simulator(accounts_of_extension(target={"quotas": {"source_servers": 5}})))
    found = target.extend()
    assert outcomes(found) == {"extended": 3, "refused": 1} and codes(found) == ["capacity_full"]
    assert found["servers"][-1]["name"] == "shop-004"
    assert "2 of 5 source servers (service_quotas): 3 of 4 more fit" in found["servers"][-1]["error"]["message"]
    assert target.mutations() == [CREATE] * 3
    assert target.capacity()["level"] == "full"
    target.mark()
    again = target.extend()
    assert outcomes(again) == {"already_extended": 3, "refused": 1} and target.mutations() == []


def test_a_limit_that_is_believed_too_high_ends_at_the_first_refusal_of_the_service(simulator):
    target = Target(simulator(accounts_of_extension(target={"quotas": {"source_servers": 3}})))
    found = target.extend(limits={"source_servers": 4000})
    assert outcomes(found) == {"extended": 1, "failed": 1, "refused": 2}
    assert codes(found) == ["capacity_full", "extension_stopped"]
    assert len(target.calls(CREATE)) == 2


def test_a_target_with_300_replicating_servers_takes_extensions(simulator):
    target = Target(simulator(accounts_of_extension(own=300)))
    assert target.capacity()["planned"]["fits"] and target.capacity(planned=1)["planned"]["fits"] is False
    assert outcomes(target.extend()) == {"extended": 4}


# -- taking back -------------------------------------------------------------------------------------------------------


def test_takes_back_and_again_is_no_error(target):
    target.extend()
    arns, ids = target.arns(), {name: one["sourceServerID"] for name, one in target.copies().items()}
    target.mark()
    named = [arns["shop-01"], ids["shop-02"]]
    assert outcomes(target.unextend(source_servers=named)) == {"unextended": 2}
    assert set(target.copies()) == {"shop-03"} and target.mutations() == [DELETE] * 2
    target.mark()
    again = target.unextend(source_servers=named)
    assert outcomes(again) == {"skipped": 2} and not again["changed"] and target.mutations() == []
    assert outcomes(target.unextend()) == {"unextended": 1}
    assert outcomes(target.extend()) == {"extended": 3}


def test_takes_back_by_tag_and_only_from_that_staging_account(target):
    target.extend()
    target.extend(target.second)
    assert outcomes(target.unextend(tags={"application": "shop"})) == {"unextended": 3}
    with pytest.raises(DrsError) as caught:
        target.unextend(target.second, tags={"application": "shop"})
    assert caught.value.code == "no_match"
    assert set(target.copies()) == {"bill-01", "bill-02"}


def test_replication_in_the_staging_account_goes_on(target):
    target.extend()
    target.unextend()
    assert target.staged().mutations() == [] and len(target.arns()) == 3


def test_a_copy_with_a_recovery_instance_stays_unless_the_instance_is_typed(target, monkeypatch):
    target.extend()
    ids = [one["sourceServerID"] for _name, one in sorted(target.copies().items())]
    target.foreign_launch(ids[:1], drill=False)
    target.foreign_launch(ids[1:2], drill=True)
    instances = target.instances()
    target.mark()
    found = target.unextend()
    assert outcomes(found) == {"refused": 2, "unextended": 1} and codes(found) == ["copy_has_instance"]
    typed = target.unextend(source_servers=ids[:1], confirm_recovery_instance_ids=[instances[ids[0]]])
    assert outcomes(typed) == {"unextended": 1}
    # nothing else stands in the way of the other one
    monkeypatch.setattr(removal_checks, "may_unextend", lambda *_args: [])
    assert outcomes(target.unextend()) == {"unextended": 1}
    assert len(target.effects("deleted")) == 3


def test_a_copy_in_a_job_stays(target):
    target.extend()
    ids = [one["sourceServerID"] for one in target.copies().values()]
    target.foreign_launch(ids[:1], finish=False)
    found = target.unextend(source_servers=ids[:1])
    assert outcomes(found) == {"refused": 1} and codes(found) == ["server_in_active_job"]


def test_a_server_of_its_own_is_never_deleted(target, monkeypatch):
    target.extend()
    own = target.ids("own-01")
    target.drs.disconnect_source_server(sourceServerID=own[0])
    target.mark()
    found = target.unextend(source_servers=own)
    assert outcomes(found) == {"refused": 1} and codes(found) == ["not_an_extended_copy"]
    assert outcomes(target.unextend(check_mode=True)) == {"planned": 3}
    assert target.mutations() == [] and target.effects() == []
    # taken out, the guard was all that stood between the request and the server
    monkeypatch.setattr(removal_checks, "may_unextend", lambda *_args: [])
    target.unextend(source_servers=own)
    assert [entry["source_server_id"] for entry in target.effects("deleted")] == own


def test_a_copy_of_another_staging_account_is_never_deleted(target):
    target.extend(target.second)
    copy = next(iter(target.copies().values()))["sourceServerID"]
    found = target.unextend(source_servers=[copy])
    assert outcomes(found) == {"refused": 1} and codes(found) == ["not_an_extended_copy"]
    assert target.effects("deleted") == []


# -- the preflight, read in the staging account ------------------------------------------------------------------------


def known(found):
    """Codes of the findings of a preflight."""
    return sorted(one["code"] for one in found["findings"])


def test_a_staging_account_that_is_ready(target):
    found = target.preflight()
    assert found["ready"] and target.staged().mutations() == []
    assert SECRET not in json.dumps(found)


def test_a_staging_account_without_the_role_and_one_that_may_not_read_iam(target):
    target.simulator.faults.add("deny", service="iam", account=target.staging)
    found = target.preflight()
    assert found["ready"] and known(found) == ["staging_role_unread", "unencrypted_staging"]
    target.simulator.faults.clear()
    _drop_role(target)
    found = target.preflight()
    assert not found["ready"] and known(found) == ["staging_role_missing", "unencrypted_staging"]


@pytest.mark.parametrize(
    ("encryption", "ready", "found", "launched"),
    [
        ({"mode": "DEFAULT"}, False, ["default_ebs_key"], "failed"),
        ({"mode": "NONE"}, True, ["unencrypted_staging"], "launched"),
        ({"mode": "CUSTOM", "key": "good"}, True, [], "launched"),
        ({"mode": "CUSTOM", "key": "wrong_policy"}, False, ["key_not_shared"], "failed"),
    ],
)
def test_what_the_preflight_says_of_the_key_is_what_a_launch_meets(simulator, encryption, ready, found, launched):
    scenario = accounts_of_extension(own=0, staged=2)
    scenario["accounts"][1]["encryption"] = encryption
    target = Target(simulator(scenario))
    told = target.preflight()
    assert (told["ready"], known(told)) == (ready, found)
    assert told["staging"]["servers_checked"] == 2
    # extending goes through either way; what the key is worth shows when a copy is launched
    target.extend()
    done = target.wait(target.launch([one["sourceServerID"] for one in target.copies().values()]))
    assert outcomes(done) == {launched: 2}


def test_the_preflight_asks_for_a_bounded_number_of_servers(simulator):
    target = Target(simulator(accounts_of_extension(own=0, staged=50)))
    assert target.preflight(max_servers=7)["staging"]["servers_checked"] == 7
    assert target.preflight(max_servers=0)["staging"]["servers_checked"] == 0
    assert target.preflight(max_servers=100)["staging"]["servers_checked"] == 50
    named = [arn.rpartition("/")[2] for arn in target.arns().values()][:3]
    assert target.preflight(source_server_ids=named)["staging"]["servers_checked"] == 3
