"""Test sessions: credentials, endpoints and retries, with botocore's HTTP layer replaced."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import urllib.parse
from datetime import datetime, timedelta, timezone

import botocore.endpoint
import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.identity import caller
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell, once
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError

ROLE = "arn:aws:iam::222222222222:role/Recovery"
KEYS = {"access_key": "AKIDCALLER", "secret_key": "callersecret"}
SECRET = "hush-hush-7"


class Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_args, **_kwargs):
        yield self.body


class Wire:
    """Answers HTTP requests in turn and keeps them; nothing leaves the process."""

    def __init__(self) -> None:
        self.requests: list = []
        self.answers: list = []
        self.lifetime = timedelta(hours=1)
        self.assumed = 0
        self.source_identity = ""
        """What STS itself says of it; an answer without it is of a session that has the one it was asked for."""

    def send(self, request):
        self.requests.append(request)
        if "//sts." in request.url:
            fault = self.answers.pop(0) if self.answers and self.answers[0][1] == "sts" else None
            asked = dict(urllib.parse.parse_qsl(request.body))
            if fault:
                return self._denied(request)
            return self._assumed(request, asked) if asked["Action"] == "AssumeRole" else self._caller(request)
        status, body, headers = self.answers.pop(0) if self.answers else (200, {"items": []}, {})
        if status == "drop":
            raise EndpointConnectionError(endpoint_url=request.url)
        return AWSResponse(request.url, status, headers, Raw(json.dumps(body).encode()))

    def _caller(self, request):
        body = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
        <Arn>arn:aws:iam::111111111111:user/ann</Arn><Account>111111111111</Account><UserId>AIDA</UserId>
        </GetCallerIdentityResult></GetCallerIdentityResponse>"""
        return AWSResponse(request.url, 200, {}, Raw(body.encode()))

    def _assumed(self, request, asked):
        self.assumed += 1
        arn = "arn:aws:sts::222222222222:assumed-role/Recovery/" + asked["RoleSessionName"]
        told = f"<SourceIdentity>{self.source_identity}</SourceIdentity>" if self.source_identity else ""
        until = (datetime.now(timezone.utc) + self.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
        <AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>{told}<Credentials>
        <AccessKeyId>AKIDASSUMED{self.assumed}</AccessKeyId><SecretAccessKey>assumedsecret</SecretAccessKey>
        <SessionToken>assumedtoken</SessionToken><Expiration>{until}</Expiration>
        </Credentials></AssumeRoleResult></AssumeRoleResponse>"""
        return AWSResponse(request.url, 200, {}, Raw(body.encode()))

    def _denied(self, request):
        body = f"""<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to
        perform sts:AssumeRole on {ROLE} with external id {SECRET}</Message></Error></ErrorResponse>"""
        return AWSResponse(request.url, 403, {}, Raw(body.encode()))

    def asked(self, host: str) -> list:
        return [request for request in self.requests if f"//{host}." in request.url]

    def signer(self, number: int = -1) -> str:
        return self.asked("drs")[number].headers["Authorization"].decode().split("Credential=")[1].split("/")[0]


@pytest.fixture
def wire(monkeypatch):
    fake = Wire()
    monkeypatch.setattr(botocore.endpoint.Endpoint, "_send", lambda _self, request: fake.send(request))
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return fake


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """No credentials and no configuration but those of the test."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def cell(**options) -> Cell:
    return Cell({"region": "us-west-2", **KEYS, **options})


def read(one: Cell):
    with one.errors("DescribeJobs"):
        return one.client("drs").describe_jobs()


def start(one: Cell):
    with one.errors("StartRecovery"):
        return one.client("drs", effect=True).start_recovery(sourceServers=[{"sourceServerID": "s-" + "1" * 17}])


# -- credentials -----------------------------------------------------------------------------------------------------


def test_without_a_role_the_callers_own_credentials_sign(wire):
    read(cell())
    assert wire.signer() == "AKIDCALLER"
    assert not wire.asked("sts")


def test_a_role_is_assumed_with_all_that_it_asks_for_at_the_regions_own_endpoint(wire):
    read(cell(assume_role_arn=ROLE, external_id=SECRET, role_session_name="drill-7", source_identity="ada"))
    (request,) = wire.asked("sts")
    assert request.url.startswith("https://sts.us-west-2.amazonaws.com")
    sent = dict(urllib.parse.parse_qsl(request.body))
    assert {key: sent[key] for key in ("Action", "RoleArn", "ExternalId", "RoleSessionName", "SourceIdentity")} == {
        "Action": "AssumeRole",
        "RoleArn": ROLE,
        "ExternalId": SECRET,
        "RoleSessionName": "drill-7",
        "SourceIdentity": "ada",
    }
    assert wire.signer() == "AKIDASSUMED1"


def test_what_is_not_given_is_not_sent(wire):
    read(cell(assume_role_arn=ROLE))
    sent = dict(urllib.parse.parse_qsl(wire.asked("sts")[0].body))
    assert sent["RoleSessionName"] == "resilience-drs"
    assert "ExternalId" not in sent and "SourceIdentity" not in sent


SESSION_ARN = "arn:aws:sts::222222222222:assumed-role/Recovery/%s"


@pytest.mark.parametrize(
    ("options", "told", "identity"),
    [
        ({"source_identity": "ada"}, "", "ada"),
        # that of a session that assumes a role stays, whatever is asked for
        ({}, "eve", "eve"),
        ({}, "", None),
    ],
)
def test_the_session_is_as_sts_told_it_and_costs_no_call(wire, options, told, identity):
    wire.source_identity = told
    one = cell(cell="a", assume_role_arn=ROLE, role_session_name="drill-7", **options)
    assert caller(one)["error"] == "its role was not assumed" and not wire.requests
    read(one)
    assert caller(one) == {
        "cell": "a",
        "account_id": "222222222222",
        "arn": SESSION_ARN % "drill-7",
        "role_session_name": "drill-7",
        "source_identity": identity,
        "error": None,
    }
    assert len(wire.asked("sts")) == 1


def test_a_role_that_nobody_has_assumed_yet_is_assumed_where_it_is_asked_for(wire):
    told = caller(cell(assume_role_arn=ROLE, role_session_name="drill-7", source_identity="ada"), ask=True)
    assert (told["arn"], told["role_session_name"], told["source_identity"]) == (
        SESSION_ARN % "drill-7",
        "drill-7",
        "ada",
    )
    assert [dict(urllib.parse.parse_qsl(one.body))["Action"] for one in wire.asked("sts")] == [
        "AssumeRole",
        "GetCallerIdentity",
    ]


def test_without_a_role_the_caller_is_asked_for_and_no_source_identity_is_made_up(wire):
    told = caller(cell(source_identity="ada"))
    assert (told["arn"], told["account_id"]) == ("arn:aws:iam::111111111111:user/ann", "111111111111")
    assert told["role_session_name"] is told["source_identity"] is told["error"] is None


def test_a_caller_that_sts_does_not_tell_is_not_known(wire):
    wire.answers = [(403, "sts", {})]
    told = caller(cell())
    assert told["error"] == "AccessDenied" and told["arn"] is told["role_session_name"] is None


def test_no_role_is_assumed_before_it_is_needed_and_only_once_for_all_clients(wire):
    one = cell(assume_role_arn=ROLE)
    one.client("ec2")
    assert not wire.requests
    read(one)
    read(one)
    wire.answers = [(200, {"job": {"jobID": "drsjob-" + "1" * 17}}, {})]
    start(one)
    assert wire.assumed == 1


def test_credentials_that_are_about_to_expire_are_renewed(wire):
    wire.lifetime = timedelta(minutes=5)
    one = cell(assume_role_arn=ROLE)
    read(one)
    read(one)
    assert wire.assumed == 2
    assert wire.signer() == "AKIDASSUMED2"


def test_renew_reads_everything_anew(wire):
    one = cell(assume_role_arn=ROLE)
    read(one)
    one.renew()
    read(one)
    assert wire.assumed == 2


def test_a_profile_is_used(wire, tmp_path):
    (tmp_path / "credentials").write_text("[dr]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = x\n")
    read(Cell({"region": "us-west-2", "profile": "dr"}))
    assert wire.signer() == "AKIDPROFILE"


def test_an_unknown_profile_is_an_error_with_a_remedy(wire):
    with pytest.raises(DrsError) as caught:
        Cell({"region": "us-west-2", "profile": "nobody"}).client("drs")
    assert caught.value.code == "ProfileNotFound"
    assert caught.value.remedy


def test_profile_and_keys_together_are_refused():
    with pytest.raises(DrsError) as caught:
        cell(profile="dr")
    assert caught.value.code == "invalid_connection_options"


@pytest.mark.parametrize("role", [None, ROLE])
def test_no_credentials_is_one_clear_error(wire, role):
    with pytest.raises(DrsError) as caught:
        read(Cell({"region": "us-west-2", "assume_role_arn": role}))
    assert caught.value.code == "NoCredentialsError"
    assert "AWS_ACCESS_KEY_ID" in caught.value.remedy
    assert not wire.requests


def test_a_denied_role_says_so_without_the_external_id(wire):
    wire.answers = [("deny", "sts", {})]
    with pytest.raises(DrsError) as caught:
        read(cell(assume_role_arn=ROLE, external_id=SECRET))
    error = caught.value
    assert error.code == "AccessDenied"
    assert error.details["operation"] == "AssumeRole"
    assert "external_id" in error.remedy
    assert SECRET not in json.dumps(error.to_dict()) + str(error)
    assert error.__cause__ is None and error.__suppress_context__, "a traceback would print botocore's own text"


def test_a_denied_role_names_the_variable_that_nobody_has_set(wire):
    wire.answers = [("deny", "sts", {})] * 2
    forgetful, plain = cell(assume_role_arn=ROLE), cell(assume_role_arn=ROLE)
    forgetful.empty_external_id = "DRS_EXTERNAL_ID"
    for one, named in ((forgetful, True), (plain, False)):
        with pytest.raises(DrsError) as caught:
            read(one)
        remedy = caught.value.remedy
        assert remedy.startswith("Set the variable DRS_EXTERNAL_ID: it should hold") is named
        assert "external_id" in remedy and remedy.count("Set the variable") == named


def test_an_external_id_never_shows_in_what_drs_says(wire):
    refusal = {"message": f"no such thing: {SECRET}", "code": "x"}
    wire.answers = [(400, refusal, {"x-amzn-errortype": "ValidationException"})]
    with pytest.raises(DrsError) as caught:
        read(cell(assume_role_arn=ROLE, external_id=SECRET))
    assert caught.value.code == "ValidationException"
    assert SECRET not in json.dumps(caught.value.to_dict())


# -- Regions ---------------------------------------------------------------------------------------------------------


def test_a_missing_region_is_an_error():
    with pytest.raises(DrsError) as caught:
        Cell(dict(KEYS))
    assert caught.value.code == "missing_region"


def test_a_misspelt_region_is_an_error_that_names_the_near_one():
    with pytest.raises(DrsError) as caught:
        cell(region="us-wset-2")
    assert caught.value.code == "unknown_region"
    assert "did you mean 'us-west-2'?" in caught.value.message


def test_a_strange_region_is_an_error_without_a_guess():
    with pytest.raises(DrsError) as caught:
        cell(region="zzzzzz")
    assert "did you mean" not in caught.value.message


def test_a_cell_without_a_name_is_called_by_its_region():
    assert cell().name == "us-west-2"
    assert cell(cell="payments.us-west-2").name == "payments.us-west-2"


# -- large answers ---------------------------------------------------------------------------------------------------
JSON = {"content-type": "application/json"}
PAGE = {
    "items": [
        {
            "sourceServerID": "s-" + "1" * 17,
            "tags": {"dr:wave": "1"},
            "sourceProperties": {"identificationHints": {"hostname": "web"}, "cpus": [{"cores": 2, "modelName": "x"}]},
            "dataReplicationInfo": {
                "dataReplicationState": "CONTINUOUS",
                "replicatedDisks": [{"totalStorageBytes": 8}],
            },
        }
    ]
}


def servers(one: Cell):
    with one.errors("DescribeSourceServers"):
        return one.client("drs").get_paginator("describe_source_servers").paginate().build_full_result()["items"]


def test_a_large_answer_is_what_botocore_would_make_of_it(wire, monkeypatch):
    pages = [{**PAGE, "nextToken": "more"}, PAGE]
    wire.answers = [(200, page, {}) for page in pages] + [(200, page, JSON) for page in pages]
    parsed = servers(cell())  # without a content type botocore parses
    monkeypatch.setattr("botocore.parsers.RestJSONParser._handle_list", None)
    assert servers(cell()) == parsed == PAGE["items"] * 2


def test_what_is_wrong_with_a_large_answer_is_told_as_ever(wire):
    denied = (403, {"message": "no"}, {**JSON, "x-amzn-errortype": "AccessDeniedException"})
    wire.answers = [denied]
    with pytest.raises(DrsError) as caught:
        servers(cell())
    assert caught.value.code == "AccessDeniedException"


# -- what is repeated ------------------------------------------------------------------------------------------------

THROTTLED = (429, {"message": "Rate exceeded"}, {"x-amzn-errortype": "ThrottlingException"})
BROKEN = (500, {"message": "oops"}, {"x-amzn-errortype": "InternalServerException"})


def test_reads_are_repeated_by_botocore(wire):
    wire.answers = [BROKEN, ("drop", None, {}), BROKEN, THROTTLED]
    assert read(cell())["items"] == []
    assert len(wire.requests) == 5


@pytest.mark.parametrize("answer", [THROTTLED, BROKEN, ("drop", None, {})])
def test_an_effect_is_sent_once_whatever_comes_back(wire, answer):
    wire.answers = [answer]
    with pytest.raises(DrsError) as caught:
        start(cell())
    assert len(wire.requests) == 1
    assert caught.value.retryable
    assert caught.value.details["operation"] in ("StartRecovery", "start_recovery")


def test_options_of_the_user_reach_botocore_but_do_not_repeat_an_effect(wire):
    wire.answers = [BROKEN]
    one = cell(aws_config={"retries": {"max_attempts": 9}, "max_pool_connections": 3})
    with pytest.raises(DrsError):
        start(one)
    assert len(wire.requests) == 1
    assert one.client("drs", effect=True).meta.config.max_pool_connections == 3


def test_clients_are_kept_and_say_who_they_are(wire):
    one = cell(endpoint_url="https://drs.example.org")
    assert one.client("drs") is one.client("drs")
    assert one.client("drs") is not one.client("drs", effect=True)
    read(one)
    assert wire.requests[-1].url.startswith("https://drs.example.org")
    assert b"resilience.drs/" in wire.requests[-1].headers["User-Agent"]


def test_service_models_are_parsed_once_for_all_sessions():
    first, second = cell(), cell()
    loaders = [one.client("drs") and one._session._session.get_component("data_loader") for one in (first, second)]
    assert loaders[0] is loaders[1]


# -- time ------------------------------------------------------------------------------------------------------------


def test_time_is_the_services_own(wire):
    one = cell()
    assert one.server_time is None
    assert abs((one.now - datetime.now(timezone.utc)).total_seconds()) < 5
    wire.answers = [(200, {"items": []}, {"date": "Sat, 31 Jan 2026 12:00:00 GMT"})]
    read(one)
    assert one.now == one.server_time == datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
    # as a proxy between may write it: the same moment, and no zone to compare it by
    wire.answers = [(200, {"items": []}, {"date": "Sat, 31 Jan 2026 12:00:00 -0000"})]
    read(one)
    assert one.now == datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
    wire.answers = [(200, {"items": []}, {"date": "the day after tomorrow"})]
    read(one)
    assert one.now == datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def test_the_services_clock_goes_on_after_its_last_answer(wire, monkeypatch):
    ticks = [1000.0]
    monkeypatch.setattr(clock, "ticks", lambda: ticks[-1])
    one = cell()
    assert one.service_time() is None
    wire.answers = [(200, {"items": []}, {"date": "Sat, 31 Jan 2026 12:00:00 GMT"})]
    read(one)
    ticks.append(1090.0)
    assert one.service_time() == datetime(2026, 1, 31, 12, 1, 30, tzinfo=timezone.utc)
    assert one.now == datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


# -- once ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def naps(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("ansible_collections.amazon.aws.plugins.module_utils.cloud.time.sleep", slept.append)
    return slept


class Script:
    """Plays a list of answers: errors are raised, all else is returned; the last one for ever."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.times = 0

    def __call__(self):
        self.times += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def refused(code: str) -> DrsError:
    return DrsError(code, "as the test wants it")


def test_once_does_not_look_before_the_first_try(naps):
    find, act = Script("found"), Script("made")
    assert once(find, act) == ("made", False)
    assert (find.times, act.times, naps) == (0, 1, [])


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "InternalServerException", "EndpointConnectionError", "ReadTimeoutError"]
)
def test_once_looks_for_the_effect_after_a_doubtful_answer(naps, code):
    find, act = Script("found"), Script(refused(code))
    assert once(find, act) == ("found", True)
    assert (find.times, act.times, len(naps)) == (1, 1, 1)


def test_once_tries_again_when_the_effect_is_not_there(naps):
    find, act = Script(None), Script(refused("ThrottlingException"), refused("ThrottlingException"), "made")
    assert once(find, act) == ("made", False)
    assert (find.times, act.times) == (2, 3)


def test_once_looks_again_when_looking_failed(naps):
    find = Script(refused("ThrottlingException"), "found")
    act = Script(refused("InternalServerException"))
    assert once(find, act) == ("found", True)
    assert act.times == 1


def test_once_gives_up_with_the_last_error(naps):
    find, act = Script(None), Script(refused("ThrottlingException"))
    with pytest.raises(DrsError) as caught:
        once(find, act, tries=4)
    assert caught.value.code == "ThrottlingException"
    assert (act.times, find.times, len(naps)) == (4, 3, 3)
    assert all(0 <= nap <= 20 for nap in naps)


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "ServiceQuotaExceededException"])
def test_once_raises_at_once_what_no_waiting_cures(naps, code):
    find, act = Script("found"), Script(refused(code))
    with pytest.raises(DrsError) as caught:
        once(find, act)
    assert caught.value.code == code
    assert (find.times, act.times, naps) == (0, 1, [])


def test_a_conflict_with_our_own_job_is_our_own_job(naps):
    find, act = Script("found"), Script(refused("ConflictException"))
    assert once(find, act) == ("found", True)
    assert naps == []


def test_a_conflict_with_somebody_elses_job_is_raised_at_once(naps):
    find, act = Script(None), Script(refused("ConflictException"))
    with pytest.raises(DrsError) as caught:
        once(find, act)
    assert caught.value.code == "ConflictException"
    assert caught.value.retryable, "the same request may succeed when that job has ended"
    assert (find.times, act.times, naps) == (1, 1, [])


def test_a_quota_that_is_used_up_is_raised_at_once_for_the_queue(naps):
    error = DrsError("ServiceQuotaExceededException", operation="StartRecovery")
    find, act = Script(None), Script(error)
    with pytest.raises(DrsError):
        once(find, act)
    assert error.retryable
    assert (find.times, act.times, naps) == (0, 1, [])


def test_a_fault_of_our_own_is_not_repeated(naps):
    find, act = Script(None), Script(KeyError("x"))
    with pytest.raises(KeyError):
        once(find, act)
    assert act.times == 1


def test_an_error_keeps_the_resource_that_it_names(wire):
    """The modelled members of a ConflictException stand beside its code and message, not among them."""
    body = {"message": "busy", "resourceId": "s-1", "resourceType": "SourceServer"}
    wire.answers = [(409, body, {"x-amzn-errortype": "ConflictException"})]
    with pytest.raises(DrsError) as caught:
        start(cell())
    assert (caught.value.code, caught.value.details["resource_id"]) == ("ConflictException", "s-1")


def test_calls_for_effects_are_noted_with_their_request_ids_and_told_once(wire):
    one = cell(cell="pay.us-west-2")
    stamp = {"date": "Sun, 01 Mar 2026 08:00:00 GMT"}
    wire.answers = [
        (200, {"items": []}, {"x-amzn-requestid": "read"}),
        (202, {"job": {"jobID": "drsjob-1"}}, {"x-amzn-requestid": "id-1", **stamp}),
        (409, {"message": "busy"}, {"x-amzn-requestid": "id-2", "x-amzn-errortype": "ConflictException", **stamp}),
    ]
    read(one)
    start(one)
    with pytest.raises(DrsError):
        start(one)
    same = {"cell": "pay.us-west-2", "service": "drs", "operation": "StartRecovery", "at": "2026-03-01T08:00:00Z"}
    assert one.take_sent() == [
        {**same, "request_id": "id-1", "error": None, "job_id": "drsjob-1"},
        {**same, "request_id": "id-2", "error": "ConflictException", "job_id": None},
    ]
    assert one.take_sent() == []
