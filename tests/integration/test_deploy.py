"""Test agent deployment from one cell: selection, commands, proof of protection, failures."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from datetime import datetime

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ssm
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.deploys import Source, by_name, machines
from support.scenarios import REGION, account

STAGING = "300000000000"
UNINITIALIZED = "300000000001"
ODD_TAGS = {
    "Owner": "Ada, Countess",
    "Note": 'say "yes"',
    "Team": "core and edge",
    "Template": "{{ lookup('env', 'HOME') }}",
    "Single": "it's",
}

#: What each test's own account holds.
WORLD: dict[str, list[dict[str, Any]]] = {
    "plain": [{"count": 3}],
    "cross": [{"count": 2}],
    "no_agent_role": [{"count": 1}],
    "no_authorized_role": [{"count": 1}],
    "offline": [{"count": 20, "servers": {"web-05": {"ssm": "lost"}, "web-15": {"ssm": "absent"}}}],
    "late": [{"count": 2, "servers": {"web-02": {"ssm": "lost"}}}],
    "later": [{"count": 2, "servers": {"web-02": {"ssm": "lost"}}}],
    "race": [{"count": 3, "servers": {"web-02": {"ssm": "absent"}}}],
    "mixed": [{"count": 2}, {"count": 2, "name": "win-{n:02}", "platform": "windows"}],
    "devices": [{"count": 1, "disks": [{"device": d, "gib": 10} for d in ("/dev/sda1", "/dev/sdb", "/dev/sdc")]}],
    "full": [{"count": 4}],
    "quota": [{"count": 3, "install_seconds": [60, 60]}],
    "bound": [{"count": 1, "servers": {"web-01": {"installed_into": {"account": STAGING, "region": REGION}}}}],
    "twins": [{"count": 1, "name": "twin"}, {"count": 1, "name": "twin"}],
    "odd": [{"count": 2, "tags": ODD_TAGS}],
    "thirty": [{"count": 30}],
    "fiftyone": [{"count": 51}],
    "hundredone": [{"count": 101}],
    "again": [{"count": 3}],
    "killed": [{"count": 3}],
    "lost_answer": [{"count": 3}],
    "throttled": [{"count": 3}],
    "upgrade": [{"count": 2, "servers": {"web-01": {"installed_into": {"account": "upgrade", "region": REGION}}}}],
    "absent": [{"count": 2}],
    "protected": [{"count": 1}],
    "check": [{"count": 3, "servers": {"web-03": {"ssm": "lost"}}}],
    "queue": [{"count": 6}],
    "threshold": [{"count": 6, "failure": "linux_build"}],
    "managed": [{"count": 1}],
    "stopped": [{"count": 2}],
    "others": [{"count": 2}, {"count": 1, "name": "off-{n}", "tags": {"dr:enabled": "false"}},
               {"count": 1, "name": "backup-{n}", "tags": {"dr:recovery-strategy": "backup"}}],
    "spelled": [{"count": 1, "name": "old-{n}", "plain_tags": {"DR-Enabled": "yes", "DRStrategy": "drs"}}],
    "elsewhere": [{"count": 1}],
    "priority": [{"count": 3, "servers": {
        "web-01": {"tags": {"dr:priority": "10"}}, "web-02": {"tags": {"dr:priority": "2"}}, "web-03": {}}}],
    "replicate": [{"count": 8, "replication": {"steps_seconds": 330, "sync_seconds": 600}}],
    "expiry": [{"count": 2}],
    "denied": [{"count": 2}],
    "invisible": [{"count": 2}],
    "own_document": [{"count": 2}],
    "tagging": [{"count": 2}],
    "nodes": [{"count": 1}, {"count": 5, "name": "dc-{n:02}", "node": True, "servers": {
        "dc-02": {"platform": "windows"}, "dc-03": {"credentials": False}, "dc-04": {"ssm": "lost"},
        "dc-05": {"failure": {"class": "iam", "times": 1}}}}],
}  # fmt: skip
IDS = {name: f"4000000{number:05}" for number, name in enumerate(WORLD, start=1)}


def _group(name: str, raw: dict[str, Any]) -> dict[str, Any]:
    found = machines(IDS[name], **{key: value for key, value in raw.items() if key != "plain_tags"})
    if "plain_tags" in raw:
        found["tags"] = raw["plain_tags"]
    for own in found.get("servers", {}).values():
        into = own.get("installed_into")
        if into and into["account"] in IDS:
            own["installed_into"] = {**into, "account": IDS[into["account"]]}
        if "tags" in own:
            own["tags"] = {**found["tags"], **own["tags"]}
    found.setdefault("replication", {"steps_seconds": 60, "sync_seconds": 120})
    return found


@pytest.fixture(scope="module")
def world(start_simulator):
    accounts = [account(one, name.replace("_", "-")) for name, one in IDS.items()]
    for one in accounts:
        if one["name"] in ("full", "quota"):
            one["quotas"] = {"replicating_servers": 2}
    accounts.append(account(STAGING, "staging", types=["staging"], regions=[REGION, "us-east-2"]))
    accounts.append(account(UNINITIALIZED, "bare", regions=["eu-west-1"]))
    trusted = [
        {"source": IDS["cross"], "replication": STAGING},
        {"source": IDS["no_agent_role"], "replication": STAGING, "agent_role": False},
        {"source": IDS["no_authorized_role"], "replication": STAGING, "authorized_role": False},
    ]
    groups = [_group(name, raw) for name, many in WORLD.items() for raw in many]
    return start_simulator({"accounts": accounts, "instances": groups, "trusted": trusted})


@pytest.fixture
def source(world, request) -> Any:
    """The account of the test, by its marker ``cell``: source("name")."""
    yield lambda name, **more: Source(world, IDS[name], **more)
    world.faults.clear()


def outcomes(result: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["outcome"] for one in result["servers"]}


# -- the usual way -------------------------------------------------------------------------------------------------


def test_installs_with_the_document_of_aws_and_proves_it(source):
    cell = source("plain")
    lines: list[str] = []
    result = cell.deploy(lines)
    assert outcomes(result) == {"web-01": "installed", "web-02": "installed", "web-03": "installed"}
    assert result["changed"] and result["command_seconds"] > 0
    servers = cell.source_servers()
    for one in result["servers"]:
        assert servers[one["instance_id"]]["sourceServerID"] == one["source_server_id"]
        assert one["arn"] and one["duration_seconds"] > 0 and one["error"] is None and one["changed"]
    (sent,) = cell.sent()
    assert sent["request"]["DocumentName"] == "AWSDisasterRecovery-InstallDRAgentOnInstance"
    assert set(sent["request"]["Parameters"]) == {"Region", "Tags"}
    assert len(sent["request"]["Comment"]) <= 100
    assert any("command" in line and "sent to 3 machines" in line for line in lines)


def test_tags_arrive_at_the_source_servers(source):
    cell = source("tagging")
    cell.deploy(tags={"cost centre": "4711", "dr:wave": "7"})
    for server in cell.source_servers().values():
        tags = server["tags"]
        assert tags["Name"].startswith("web-") and tags["dr:enabled"] == "true"
        # what is asked for goes over what is copied
        assert tags["dr:wave"] == "7" and tags["cost centre"] == "4711"
    cell.mark()
    # a source server that is there gets what it lacks, and nothing is taken away
    result = cell.install(tags={"dr:wave": "8"}, copy_tags=False)
    assert result["changed"] and set(outcomes(result).values()) == {"already_installed"}
    assert cell.mutations() == ["TagResource", "TagResource"]
    assert {one["tags"]["dr:wave"] for one in cell.source_servers().values()} == {"8"}
    assert {one["tags"]["cost centre"] for one in cell.source_servers().values()} == {"4711"}


def test_a_tag_that_cannot_be_written_leaves_the_machine_installed(source):
    cell = source("tagging")
    cell.deploy()
    cell.simulator.faults.add("deny", service="drs", action="TagResource", account=cell.account)
    result = cell.install(tags={"new": "value"})
    for one in result["servers"]:
        assert (one["outcome"], one["error"]["code"]) == ("already_installed", "tagging_failed")
        assert "drs:TagResource" in one["error"]["remedy"]


@pytest.mark.parametrize("method", ["aws_document", "shell"])
def test_tag_values_with_spaces_commas_quotes_and_braces(source, method):
    cell = source("odd")
    (name,) = [one for one in ("web-01", "web-02") if one.endswith("1" if method == "shell" else "2")]
    ids = cell.instance_ids(name)
    result = cell.deploy(method=method, instance_ids=ids, tags=ODD_TAGS)
    assert outcomes(result) == {name: "installed"}
    assert ODD_TAGS.items() <= cell.source_servers()[ids[0]]["tags"].items()
    # what Systems Manager or a shell would read as something else never goes that way
    (sent,) = cell.sent()
    text = str(sent["request"]["Parameters"])
    assert "{{" not in text and "Ada" not in text and "it's" not in text


def test_run_twice_changes_nothing(source):
    cell = source("again")
    first = cell.deploy()
    cell.mark()
    second = cell.deploy()
    assert set(outcomes(second).values()) == {"already_installed"}
    assert not second["changed"] and cell.mutations() == [] and second["polls"] == 0
    known = by_name(first)
    assert all(one["source_server_id"] == known[one["name"]]["source_server_id"] for one in second["servers"])


def test_check_mode_says_who_would_be_sent_what(source):
    cell = source("check")
    result = cell.install(check_mode=True)
    assert outcomes(result) == {"web-01": "planned", "web-02": "planned", "web-03": "queued"}
    assert (result["pattern"], result["method"], result["changed"]) == ("same_account", "aws_document", True)
    assert {one["name"]: one["ssm"]["status"] for one in result["machines"]} == {
        "web-01": "online", "web-02": "online", "web-03": "connection_lost"
    }  # fmt: skip
    (room,) = [one for one in result["capacity"] if one["name"] == "replicating_servers"]
    assert (room["used"], room["planned"], room["limit"], room["fits"]) == (0, 3, 300, True)
    assert cell.mutations() == []


# -- who is meant --------------------------------------------------------------------------------------------------


def test_only_machines_tagged_for_it(source):
    cell = source("others")
    assert set(outcomes(cell.install(check_mode=True))) == {"web-01", "web-02"}
    assert set(outcomes(cell.install(check_mode=True, filter_tags={"strategy": "backup"}))) == {"backup-1"}
    found = cell.install(check_mode=True, filter_tags={"dr:recovery-strategy": ["backup", "drs"], "enabled": True})
    assert set(outcomes(found)) == {"web-01", "web-02", "backup-1"}


def test_other_spellings_of_the_tags(source):
    assert set(outcomes(source("spelled").install(check_mode=True))) == {"old-1"}


def test_an_empty_filter_is_refused(source):
    with pytest.raises(DrsError) as caught:
        source("others").install(filter_tags={})
    assert caught.value.code == "invalid_option"


def test_ids_that_are_not_there_do_not_stop_the_others(source):
    cell = source("elsewhere")
    strange = "i-00000000000000000"
    result = cell.deploy(instance_ids=[*cell.instance_ids("web-01"), strange])
    assert outcomes(result) == {"web-01": "installed", strange: "refused"}
    assert by_name(result)[strange]["error"]["code"] == "unknown_instance"


@pytest.mark.parametrize(
    ("ids", "code"),
    [(["i-1"], "malformed_id"), (["i-00000000000000000"] * 2, "duplicate_id"), (["web-01"], "malformed_id"),
     (["mi-1"], "malformed_id")],
)  # fmt: skip
def test_ids_that_cannot_be(source, ids, code):
    with pytest.raises(DrsError) as caught:
        source("elsewhere").install(instance_ids=ids)
    assert caught.value.code == code


def test_nodes_outside_ec2_get_the_agent_by_their_own_credentials(source):
    """One machine of EC2, and nodes named by id: one of each system, without credentials, offline, without rights."""
    cell = source("nodes")
    nodes = {one["ComputerName"]: one["InstanceId"] for one in cell.ssm.describe_instance_information(
        Filters=[{"Key": "ResourceType", "Values": ["ManagedInstance"]}])["InstanceInformationList"]}  # fmt: skip
    ids = [*cell.instance_ids("web-01"), *nodes.values()]
    (one,) = source("nodes", into=STAGING).install(instance_ids=[nodes["dc-01"]])["servers"]
    assert (one["outcome"], one["error"]["code"]) == ("refused", "node_other_account")
    assert set(outcomes(cell.install(check_mode=True, instance_ids=ids)).values()) == {"planned", "queued"}
    assert cell.sent() == []
    result = cell.deploy(instance_ids=ids, waiting={"ready_timeout": 30, "fail_on": "never"})
    assert outcomes(result) == {
        "web-01": "installed", "dc-01": "installed", "dc-02": "installed", "dc-03": "failed", "dc-04": "skipped",
        "dc-05": "failed",
    }  # fmt: skip
    entries = by_name(result)
    assert {name: entries[name]["error"]["code"] for name in ("dc-03", "dc-04", "dc-05")} == {
        "dc-03": "install_node_credentials", "dc-04": "ssm_connection_lost", "dc-05": "install_iam"
    }  # fmt: skip
    # DRS does not know the ids of nodes: each has the server that its installer named, which keeps the id as a tag
    items = cell.drs.describe_source_servers(filters={})["items"]
    servers = {one["sourceServerID"]: one["tags"].get("resilience.drs:node") for one in items}
    assert {name: servers[entries[name]["source_server_id"]] for name in ("web-01", "dc-01", "dc-02")} == {
        "web-01": None, "dc-01": nodes["dc-01"], "dc-02": nodes["dc-02"]
    }  # fmt: skip
    for one in cell.calls("SendCommand"):
        outside = {str(identity)[:3] == "mi-" for identity in one["request"]["InstanceIds"]}
        script = "\n".join(one["request"]["Parameters"].get("commands", []))
        assert outside == {"--aws-session-token" in script} and "--account-id" not in script
    assert "ASIA" not in str(result)
    # what is there is left alone, and what was mended is done
    again = cell.deploy(instance_ids=[*ids[:3], nodes["dc-05"]])
    assert sorted(outcomes(again).values()) == ["already_installed"] * 3 + ["installed"]
    gone = cell.install(state="absent", instance_ids=[nodes["dc-01"]])
    assert outcomes(gone) == {"dc-01": "removed"} and gone["changed"]


def test_what_drs_made_is_never_installed_on(source):
    """Recovery instances carry the tags of their source server: dr:enabled among them."""
    cell = source("managed")
    tags = {
        "dr:enabled": "true",
        "dr:recovery-strategy": "drs",
        "AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
    }
    made = cell.ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}],
    )["Instances"][0]["InstanceId"]  # fmt: skip
    assert set(outcomes(cell.install(check_mode=True))) == {"web-01"}
    result = cell.install(instance_ids=[made])
    (one,) = result["servers"]
    assert (one["outcome"], one["error"]["code"]) == ("refused", "drs_managed_instance")
    assert cell.sent() == []


def test_a_stopped_machine_is_skipped_and_told(source):
    cell = source("stopped")
    cell.ec2.stop_instances(InstanceIds=cell.instance_ids("web-02"))
    result = cell.deploy()
    assert outcomes(result) == {"web-01": "installed", "web-02": "skipped"}
    assert by_name(result)["web-02"]["error"]["code"] == "instance_not_running"


def test_duplicate_names_are_two_machines(source):
    result = source("twins").deploy()
    assert [one["name"] for one in result["servers"]] == ["twin", "twin"]
    assert len({one["instance_id"] for one in result["servers"]}) == 2
    assert len({one["source_server_id"] for one in result["servers"]}) == 2


def test_priority_orders_the_machines(source):
    result = source("priority").install(check_mode=True)
    assert [one["name"] for one in result["servers"]] == ["web-02", "web-01", "web-03"]


# -- Systems Manager -----------------------------------------------------------------------------------------------


def test_machines_that_are_offline_do_not_hold_up_the_others(source):
    cell = source("offline")
    result = cell.deploy(waiting={"ready_timeout": 120})
    found = by_name(result)
    assert result["summary"]["installed"] == 18 and result["summary"]["total"] == 20
    assert (found["web-05"]["outcome"], found["web-05"]["error"]["code"]) == ("skipped", "ssm_connection_lost")
    assert (found["web-15"]["outcome"], found["web-15"]["error"]["code"]) == ("skipped", "ssm_not_managed")
    assert len(cell.sent()) == 1 and not result["timed_out"]


def test_a_machine_that_comes_online_in_time_is_served(source):
    cell = source("late")
    started = cell.install()
    assert outcomes(started) == {"web-01": "in_progress", "web-02": "queued"}
    cell.simulator.set_instance(cell.account, REGION, "web-02", ssm="online")
    result = cell.await_agents(started)
    assert set(outcomes(result).values()) == {"installed"}
    assert len(cell.sent()) == 2


def test_a_wait_that_begins_late_begins_with_a_look(source):
    """With more cells than forks somebody else's wait takes the time; installers and machines do not wait for it."""
    cell = source("later")
    started = cell.install()
    cell.simulator.set_instance(cell.account, REGION, "web-02", ssm="online")
    cell.simulator.clock.advance(600)
    result = cell.await_agents(started)
    assert set(outcomes(result).values()) == {"installed"}
    # web-02 is sent its command at once, so that only its own installer takes time
    (first, second) = cell.sent()
    passed = datetime.fromisoformat(second["time"]) - datetime.fromisoformat(first["time"])
    assert 600 <= passed.total_seconds() <= 610
    assert result["elapsed_seconds"] <= 200


def test_an_unmanaged_id_in_a_batch_does_not_cost_the_batch(source, monkeypatch):
    """A machine may leave Systems Manager between the look and the command, which refuses the whole command."""
    cell = source("race")
    real = ssm.instance_information
    looks: list[list[str]] = []

    def stale(where, ids):
        looks.append(list(ids))
        found = real(where, ids)
        if len(looks) == 1:
            missing = next(one for one in ids if one not in found)
            found[missing] = {"InstanceId": missing, "PingStatus": "Online", "PlatformType": "Linux"}
        return found

    monkeypatch.setattr(ssm, "instance_information", stale)
    result = cell.deploy(waiting={"ready_timeout": 30})
    assert outcomes(result) == {"web-01": "installed", "web-02": "skipped", "web-03": "installed"}
    refused = [one for one in cell.calls("SendCommand") if one["error"]]
    assert len(refused) == 1 and len(cell.sent()) == 1


def test_windows_and_linux_by_the_shell_of_each(source):
    cell = source("mixed")
    result = cell.deploy(method="shell")
    assert set(outcomes(result).values()) == {"installed"}
    documents = {one["request"]["DocumentName"]: one["request"]["Parameters"] for one in cell.sent()}
    assert set(documents) == {"AWS-RunShellScript", "AWS-RunPowerShellScript"}
    assert any("sha512sum" in line for line in documents["AWS-RunShellScript"]["commands"])
    assert any("Get-FileHash" in line for line in documents["AWS-RunPowerShellScript"]["commands"])
    assert documents["AWS-RunShellScript"]["executionTimeout"] == ["3600"]


def test_windows_and_linux_take_one_command_of_the_document_of_aws(source):
    cell = source("mixed")
    cell.install(state="latest", method="aws_document")
    assert len(cell.sent()) == 1


@pytest.mark.parametrize(
    ("name", "count", "pages", "commands"), [("thirty", 30, 1, 1), ("fiftyone", 51, 2, 2), ("hundredone", 101, 3, 3)]
)
def test_pages_and_batches(source, name, count, pages, commands):
    cell = source(name)
    result = cell.deploy()
    assert result["summary"]["installed"] == count
    assert len(cell.calls("DescribeInstanceInformation")) == pages
    sizes = [len(one["request"]["InstanceIds"]) for one in cell.sent()]
    assert len(sizes) == commands and sum(sizes) == count and max(sizes) <= 50
    assert len(cell.calls("ListCommandInvocations")) == commands
    # one look at all commands an interval, and one in advance
    assert len(cell.calls("ListCommands")) <= result["polls"] + 1


def test_only_so_many_at_once(source):
    cell = source("queue")
    started = cell.install(max_concurrency=2)
    # a command holds 50 and no more than two at a time: Systems Manager keeps that by itself
    (sent,) = cell.sent()
    assert (sent["request"]["MaxConcurrency"], len(sent["request"]["InstanceIds"])) == ("2", 6)
    result = cell.await_agents(started)
    assert set(outcomes(result).values()) == {"installed"}


def test_nothing_further_is_sent_when_too_many_fail(source):
    cell = source("threshold")
    result = cell.deploy(max_concurrency=1, max_errors="1", method="shell", waiting={"explain": False})
    found = [one["outcome"] for one in result["servers"]]
    assert found.count("failed") == 2 and found.count("skipped") == 4
    codes = {one["error"]["code"] for one in result["servers"]}
    assert codes == {"install_linux_build", "ssm_terminated"}
    assert len(cell.installations()) == 2


def test_invocations_that_are_not_visible_yet(source, monkeypatch):
    """Systems Manager is eventually consistent: an ended command may not show its invocations yet."""
    cell = source("invisible")
    real = ssm.invocations
    looks = []

    def blind(where, command_id):
        looks.append(command_id)
        return real(where, command_id) if len(looks) > 1 else []

    monkeypatch.setattr(ssm, "invocations", blind)
    assert set(outcomes(cell.deploy()).values()) == {"installed"}
    assert len(looks) == 2


# -- patterns and methods ------------------------------------------------------------------------------------------


def test_another_account_by_the_shell(source):
    cell = source("cross", into=STAGING)
    started = cell.install()
    assert (started["pattern"], started["method"]) == ("cross_account", "shell")
    assert started["replication"] == {"cell": f"{STAGING}.{REGION}", "account_id": STAGING, "region": REGION}
    result = cell.await_agents(started)
    assert set(outcomes(result).values()) == {"installed"}
    (sent,) = cell.sent()
    (line,) = [one for one in sent["request"]["Parameters"]["commands"] if "--no-prompt" in one]
    assert f"--account-id {STAGING}" in line and f"--region {REGION}" in line
    assert all(one["arn"].split(":")[4] == STAGING for one in result["servers"])


@pytest.mark.parametrize("name", ["no_agent_role", "no_authorized_role"])
def test_a_missing_role_between_the_accounts(source, name):
    (one,) = source(name, into=STAGING).deploy()["servers"]
    assert (one["outcome"], one["error"]["code"]) == ("failed", "install_assume_role")
    assert "DRSCrossAccountAgentRole" in one["error"]["remedy"]


def test_bound_to_another_account(source):
    (one,) = source("bound").deploy()["servers"]
    assert (one["outcome"], one["error"]["code"]) == ("failed", "install_bound_elsewhere")


def test_devices(source):
    cell = source("devices")
    cell.deploy(devices=["/dev/sdb"])
    (server,) = cell.source_servers().values()
    disks = [disk["deviceName"] for disk in server["sourceProperties"]["disks"]]
    assert disks == ["/dev/sda1", "/dev/sdb"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"devices": ["sdb; reboot"]}, "invalid_option"),
        ({"devices": ["/dev/sdb"], "method": "aws_document"}, "invalid_request"),
        ({"method": "document"}, "invalid_request"),
        ({"method": "shell", "document_name": "Mine"}, "invalid_request"),
        ({"deployment_id": "with space"}, "invalid_option"),
        ({"max_errors": "many"}, "invalid_option"),
        ({"max_concurrency": 0}, "invalid_option"),
        ({"delivery_timeout": 5}, "invalid_option"),
        ({"limits": {"nonsense": 1}}, "invalid_limit"),
        ({"tag_keys": {"nonsense": ["x"]}}, "invalid_tag_key"),
    ],
)
def test_options_that_cannot_be_send_nothing(source, options, code):
    cell = source("devices")
    with pytest.raises(DrsError) as caught:
        cell.install(**{"state": "latest", **options})
    assert caught.value.code == code
    assert cell.mutations() == []


def test_a_document_of_ones_own(source):
    cell = source("own_document")
    result = cell.install(document_name="Nobodys-Document")
    assert {one["outcome"] for one in result["servers"]} == {"failed"}
    assert {one["error"]["code"] for one in result["servers"]} == {"InvalidDocument"}
    assert "document_name" in result["servers"][0]["error"]["remedy"]


# -- room ----------------------------------------------------------------------------------------------------------


def test_no_room_sends_nothing_and_shows_the_sum(source):
    cell = source("full")
    with pytest.raises(DrsError) as caught:
        cell.install(limits={"replicating_servers": 2})
    assert caught.value.code == "capacity_full"
    assert "0 of 2 replicating servers used, 2 free, 4 planned" in caught.value.message
    assert cell.mutations() == []


def test_a_quota_that_is_lower_than_known_is_the_installers_word(source):
    cell = source("quota")
    result = cell.deploy(method="shell")
    codes = sorted((one["error"] or {}).get("code", "") for one in result["servers"])
    assert codes == ["", "", "install_quota"]


# -- interrupted, repeated, refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{}, {"deployment_id": "another"}, {"method": "shell"}])
def test_killed_between_sending_and_proof(source, change):
    """Run again, even by another name or method: no second command to machines on which an installer runs."""
    cell = source("killed")
    state = "latest"  # an installer for each case, on the same machines
    cell.install(state=state)
    cell.simulator.clock.advance(20)
    cell.mark()
    again = cell.install(state=state, **change)
    assert cell.sent() == []
    assert {(one["outcome"], one["adopted"]) for one in again["servers"]} == {("in_progress", True)}
    result = cell.await_agents(again)
    assert set(outcomes(result).values()) == {"installed"}
    assert set(cell.installations().values()) == {1}


def test_a_lost_answer_to_send_command(source):
    cell = source("lost_answer")
    cell.simulator.faults.add("drop_response", service="ssm", action="SendCommand", account=cell.account, times=1)
    result = cell.deploy()
    assert set(outcomes(result).values()) == {"installed"}
    assert len(cell.calls("SendCommand")) == 1 and set(cell.installations().values()) == {1}


def test_throttling(source):
    cell = source("throttled")
    for action in ("DescribeInstances", "DescribeInstanceInformation", "SendCommand", "ListCommands"):
        cell.simulator.faults.add("throttle", action=action, account=cell.account, times=1)
    result = cell.deploy()
    assert set(outcomes(result).values()) == {"installed"}
    assert set(cell.installations().values()) == {1}


def test_credentials_that_expire_while_waiting(source):
    cell = source("expiry")
    started = cell.install()
    cell.simulator.expire_sessions(cell.account)
    assert set(outcomes(cell.await_agents(started)).values()) == {"installed"}


def test_a_denied_source_cell(source):
    cell = source("denied")
    cell.simulator.deny_role(cell.account)
    try:
        with pytest.raises(DrsError) as caught:
            cell.install()
    finally:
        cell.simulator.deny_role(cell.account, deny=False)
    assert caught.value.code.startswith("AccessDenied")


def test_a_replication_cell_that_cannot_be_read_is_named(source):
    cell = source("denied", into=STAGING)
    cell.simulator.faults.add("deny", service="drs", account=STAGING)
    with pytest.raises(DrsError) as caught:
        cell.install()
    assert f"replication cell {STAGING}.{REGION}" in caught.value.message
    assert cell.sent() == []


def test_a_replication_cell_without_drs(source):
    with pytest.raises(DrsError) as caught:
        source("denied", into=UNINITIALIZED, to_region="us-east-1").install()
    assert caught.value.code == "UninitializedAccountException"
    assert caught.value.remedy


# -- the other states ----------------------------------------------------------------------------------------------


def test_latest_installs_over_what_is_there_and_keeps_the_source_server(source):
    cell = source("upgrade")
    before = cell.source_servers()
    ids = cell.instance_ids("web-01")
    result = cell.deploy(state="latest", instance_ids=ids)
    (one,) = result["servers"]
    after = cell.source_servers()[ids[0]]
    assert one["outcome"] == "installed" and one["changed"]
    assert after["sourceServerID"] == before[ids[0]]["sourceServerID"]
    assert after["agentVersion"] != before[ids[0]]["agentVersion"]


def test_absent_disconnects_and_deletes(source):
    cell = source("absent")
    cell.deploy()
    first, second = cell.instance_ids("web-01", "web-02")
    assert set(outcomes(cell.install(state="absent", instance_ids=[first], check_mode=True)).values()) == {"planned"}
    result = cell.install(state="absent", instance_ids=[first])
    assert outcomes(result) == {"web-01": "removed"} and result["changed"]
    assert cell.source_servers()[first]["dataReplicationInfo"]["dataReplicationState"] == "DISCONNECTED"
    again = cell.install(state="absent", instance_ids=[first])
    assert outcomes(again) == {"web-01": "removed"} and not again["changed"]
    # a disconnected server is no protection: it is installed anew
    assert outcomes(cell.install(check_mode=True)) == {"web-01": "planned", "web-02": "already_installed"}
    cell.install(state="absent", delete=True, instance_ids=[first, second])
    assert cell.source_servers() == {}
    gone = cell.install(state="absent", delete=True, instance_ids=[first, second])
    assert not gone["changed"] and set(outcomes(gone).values()) == {"removed"}


def test_absent_refuses_a_server_with_a_recovery_instance(source):
    cell = source("protected")
    deployed = cell.deploy()
    ids = [one["source_server_id"] for one in deployed["servers"]]
    cell.await_replication(ids)
    cell.simulator.clock.advance(1200)
    cell.foreign_launch(ids)
    (one,) = cell.install(state="absent", instance_ids=[deployed["servers"][0]["instance_id"]])["servers"]
    assert (one["outcome"], one["error"]["code"]) == ("refused", "has_recovery_instance")


# -- replication ---------------------------------------------------------------------------------------------------


def test_waiting_for_replication_shows_steps_bytes_and_the_expected_end(source):
    cell = source("replicate")
    ids = [one["source_server_id"] for one in cell.deploy()["servers"]]
    lines: list[str] = []
    result = cell.await_replication(ids, lines, expected_seconds=600)
    assert result["reached"] == 8 and not result["waiting"] and not result["timed_out"]
    text = "\n".join(lines)
    assert "INITIATING, step" in text and "of 11" in text
    assert "GiB (" in text and "expected end" in text
    assert {one["replication"]["state"] for one in result["source_servers"]} <= {"CONTINUOUS", "CREATING_SNAPSHOT"}


def test_waiting_for_the_first_copy_to_begin(source):
    cell = source("replicate")
    cell.deploy()
    ids = [one["sourceServerID"] for one in cell.source_servers().values()]
    assert cell.await_replication(ids, wait_for="initial_sync")["reached"] == 8


def test_a_disconnected_server_ends_its_part_of_the_wait(source):
    cell = source("replicate")
    cell.deploy()
    ids = [one["sourceServerID"] for one in cell.source_servers().values()]
    cell.drs.disconnect_source_server(sourceServerID=ids[0])
    result = cell.await_replication(ids)
    assert result["waiting"] == [ids[0]] and not result["timed_out"]


def test_waiting_for_a_server_that_is_not_there(source):
    with pytest.raises(DrsError) as caught:
        source("replicate").await_replication(["s-00000000000000000"])
    assert caught.value.code == "unknown_id"
