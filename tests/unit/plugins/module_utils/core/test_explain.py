"""Test that the catalogue explains every code, and contains every code that is used."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
from pathlib import Path

import botocore.exceptions
import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import explain as explaining
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import (
    CATALOGUE,
    PARTS,
    explain,
    explain_launch_failure,
    explain_replication,
    lookup,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.redaction import MESSAGE_LIMIT
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.aws import AWS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.launch import EVENT_CODES, LAUNCH
from hypothesis import given
from hypothesis import strategies as st

LIBRARY = Path(explaining.__file__).parents[1]
PLUGINS = LIBRARY.parents[1]
MODEL = botocore.session.get_session().get_service_model("drs")
SHAPE = {"code", "message", "cause", "remedy", "retryable"}

OWN_CODES = """unknown_tag_key no_match duplicate_id malformed_id unknown_id unexpected_count unknown_region
    live_recovery_instance failback_in_progress server_in_active_job not_recoverable lag_too_high no_point_in_time
    not_a_drill not_launched_by_us source_instance confirmation_mismatch launch_failed launch_timeout wait_timeout
    cell_unreadable quota_full extended_copy_in_target staging_account not_selected not_enabled""".split()

AWS_CODES = """AccessDenied AccessDeniedException UnauthorizedOperation AuthFailure OptInRequired ExpiredToken
    ExpiredTokenException RequestExpired InvalidClientTokenId UnrecognizedClientException SignatureDoesNotMatch
    InvalidSignatureException Throttling ThrottlingException ThrottledException RequestLimitExceeded RequestThrottled
    TooManyRequestsException SlowDown InternalError InternalFailure ServiceUnavailable EndpointConnectionError
    ConnectTimeoutError ReadTimeoutError ConnectionClosedError NoCredentialsError PartialCredentialsError
    ProfileNotFound NoRegionError InvalidRegionError ParamValidationError SSLError ProxyConnectionError""".split()


def enum(name: str) -> list[str]:
    return MODEL.shape_for(name).enum


def modelled_errors() -> list[str]:
    shapes = (MODEL.shape_for(name) for name in MODEL.shape_names)
    return [shape.name for shape in shapes if shape.type_name == "structure" and shape.metadata.get("exception")]


def known(code: str) -> bool:
    return lookup(code) is not CATALOGUE["unknown_error"]


@pytest.mark.parametrize("code", OWN_CODES + AWS_CODES + modelled_errors())
def test_the_code_is_known(code):
    assert known(code)
    assert set(explain(code)) == SHAPE


@pytest.mark.parametrize("name", [name for name in AWS_CODES if name.endswith("Error") or name == "ProfileNotFound"])
def test_the_names_of_botocore_errors_are_spelled_as_botocore_does(name):
    if name != "InternalError":
        assert hasattr(botocore.exceptions, name)


@pytest.mark.parametrize(("code", "entry"), CATALOGUE.items())
def test_every_entry_says_why_and_what_to_do(code, entry):
    assert re.match(r"[A-Z]", entry.cause)
    assert entry.cause.endswith((".", "?"))
    assert entry.remedy.endswith((".", ")", "?"))
    assert not re.search(r"  |\bTODO\b|\.\.$", entry.cause + entry.remedy)
    assert isinstance(entry.retryable, bool)


def test_entries_stand_in_one_part_of_the_catalogue_only():
    assert len(CATALOGUE) == sum(len(part) for part in PARTS)


def literals(node: ast.AST) -> set[str]:
    """The texts an argument may be: itself, or either branch of a choice."""
    if isinstance(node, ast.IfExp):
        return literals(node.body) | literals(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def codes_used() -> set[str]:
    """The literal codes that plugins give to DrsError, finding and their like."""
    position = {"DrsError": 0, "explain": 0, "finding": 1, "excluded_entry": 1, "_refuse": 1}
    found = set()
    for path in PLUGINS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in position and len(node.args) > position[name]:
                    found |= literals(node.args[position[name]])
    return found


def test_every_code_the_collection_uses_is_in_the_catalogue():
    used = codes_used()
    assert {"unknown_tag_key", "invalid_limit"} <= used
    assert sorted(code for code in used if code not in CATALOGUE) == []


def test_an_unknown_code_gets_a_generic_remedy():
    told = explain("BrandNewException", "something new")
    assert (told["code"], told["message"], told["retryable"]) == ("BrandNewException", "something new", False)
    assert told["remedy"] == CATALOGUE["unknown_error"].remedy


@pytest.mark.parametrize(("code", "retryable"), [("503", True), ("500", True), ("404", False)])
def test_a_bare_http_status_is_understood(code, retryable):
    assert explain(code)["retryable"] is retryable


def test_without_a_message_the_cause_stands_in():
    told = explain("no_match")
    assert told["message"] == told["cause"]


def test_a_role_that_cannot_be_assumed_hints_at_the_external_id():
    told = explain("AccessDenied", "not authorized to perform: sts:AssumeRole", "AssumeRole")
    assert "external_id" in told["remedy"]
    assert "trust policy" in told["remedy"]
    assert "assume_role_arn" in told["remedy"]
    assert "external_id" not in explain("AccessDenied", "", "DescribeSourceServers")["remedy"]


def test_an_operation_can_give_a_code_its_own_meaning():
    assert explain("ServiceQuotaExceededException", "", "StartRecovery")["retryable"] is True
    assert explain("ServiceQuotaExceededException", "", "CreateExtendedSourceServer")["retryable"] is False
    operations = set(MODEL.operation_names) | {"AssumeRole"}
    assert {key.split(":")[0] for key in AWS if ":" in key} <= operations


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("ThrottlingException", True),
        ("InternalServerException", True),
        ("ReadTimeoutError", True),
        ("ConnectionClosedError", True),
        ("ExpiredToken", False),
        ("AccessDeniedException", False),
        ("UninitializedAccountException", False),
        ("SSLError", False),
        ("duplicate_id", False),
        ("quota_full", True),
    ],
)
def test_retryable_means_that_waiting_may_cure_it(code, retryable):
    assert explain(code)["retryable"] is retryable


# -- replication ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", sorted({*enum("DataReplicationErrorString"), *enum("FailbackReplicationError")}))
def test_every_replication_error_of_the_model_is_explained(code):
    told = explain_replication(code, "raw text")
    assert (set(told), told["code"], told["message"]) == (SHAPE, code, "raw text")
    assert told["remedy"] != CATALOGUE["replication_error"].remedy


@pytest.mark.parametrize("code", [None, "", "BRAND_NEW"])
def test_a_new_replication_error_is_explained_too(code):
    told = explain_replication(code, None)
    assert told["code"] == (code or "replication_error")
    assert told["message"] and told["remedy"]


# -- launches ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("An error occurred (InsufficientInstanceCapacity) when calling RunInstances: no capacity", "launch_capacity"),
        ("VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit", "launch_vcpu_limit"),
        ("InstanceLimitExceeded: Your quota allows for 0 more running instance(s)", "launch_quota"),
        ("VPCIdNotSpecified: No default VPC for this user", "launch_no_subnet"),
        ("MissingInput: No default subnet for availability zone: 'us-west-2d'", "launch_no_subnet"),
        ("InvalidSubnetID.NotFound: The subnet ID 'subnet-1' does not exist", "launch_subnet_invalid"),
        ("InvalidSubnet.Conflict: subnet", "launch_subnet_invalid"),
        ("InsufficientFreeAddressesInSubnet: not enough free addresses in subnet 'subnet-1'", "launch_subnet_full"),
        ("InvalidIPAddress.InUse: Address 10.0.0.1 is in use", "launch_address_in_use"),
        ("InvalidGroup.NotFound: The security group 'sg-1' does not exist", "launch_security_group"),
        (
            "An error occurred (AuthFailure) when calling the ModifySnapshotAttribute operation: Not authorized to use "
            "key arn:aws:kms:us-west-2:111111111111:key/1",
            "launch_kms_share",
        ),
        ("AccessDeniedException: kms:CreateGrant on resource", "launch_kms"),
        ("Client.InternalError: Client error on launch", "launch_kms"),
        ("UnauthorizedOperation: is not authorized to perform: iam:PassRole on resource: role/x", "launch_pass_role"),
        ("Invalid IAM Instance Profile name (iamInstanceProfile.name)", "launch_profile"),
        ("UnauthorizedOperation: You are not authorized to use launch template lt-1", "launch_denied"),
        ("ec2:RunInstances with an explicit deny in a service control policy", "launch_denied"),
        ("BYOL requires a Dedicated Host", "launch_licence"),
        ("OptInRequired: In order to use this AWS Marketplace product you need to accept terms", "launch_marketplace"),
        ("boot mode UEFI is not supported with instance type t2.micro", "launch_boot_mode"),
        ("InvalidLaunchTemplateId.NotFound", "launch_template"),
        ("Unsupported: Your requested instance type (x1) is not supported", "launch_instance_type"),
        ("RequestLimitExceeded: Request limit exceeded.", "launch_throttled"),
        ("An internal error has occurred (InternalError)", "launch_service_fault"),
        ("Instance lacks tag AWSDRS=AllowLaunchingIntoThisInstance", "launch_into"),
        ("Post-launch action HealthCheck failed", "launch_post_action"),
        ("weather", "launch_failed"),
    ],
)
def test_a_raw_error_tells_why_the_launch_failed(raw, code):
    told = explain_launch_failure("LAUNCH_FAILED", raw)
    assert (told["code"], told["message"]) == (code, raw)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("SNAPSHOT_FAIL", "launch_snapshot"),
        ("USING_PREVIOUS_SNAPSHOT_FAILED", "launch_no_previous_snapshot"),
        ("CONVERSION_FAIL", "launch_conversion"),
        ("LAUNCH_FAILED", "launch_failed"),
        ("CLEANUP_FAIL", "launch_cleanup"),
        ("SERVER_SKIPPED", "launch_skipped"),
        ("JOB_CANCEL", "launch_cancelled"),
        ("JOB_END", "launch_failed"),
        (None, "launch_failed"),
    ],
)
@pytest.mark.parametrize("raw", ["", None])
def test_without_a_raw_error_the_event_tells(event, code, raw):
    told = explain_launch_failure(event, raw)
    assert told["code"] == code
    assert told["message"] == told["cause"]


def test_every_failing_event_of_the_model_is_known():
    failing = {event for event in enum("JobLogEvent") if re.search(r"FAIL|SKIPPED|CANCEL", event)}
    assert failing == set(EVENT_CODES)
    assert set(EVENT_CODES.values()) <= {*LAUNCH, "launch_failed"}


@given(st.text(), st.one_of(st.none(), st.text(), st.integers()), st.text())
def test_explaining_never_fails(code, message, operation):
    for told in (
        explain(code, message, operation),
        explain_launch_failure(code, message),
        explain_replication(code, message),
    ):
        assert set(told) == SHAPE
        assert told["code"] and told["cause"] and told["remedy"]
        assert len(told["message"]) <= MESSAGE_LIMIT


_REFUSED = "User: arn:aws:sts::111111111111:assumed-role/R/s is not authorized to perform: "


_TERMINATE, _DENY = "TerminateRecoveryInstances", "on resource: * with an explicit deny in "


@pytest.mark.parametrize(
    ("code", "operation", "said", "word"),
    [
        (
            "AccessDeniedException",
            _TERMINATE,
            "drs:%s %san identity-based policy",
            "-e drs_clean_up_role_name=DRSCleanUp",
        ),
        ("AccessDeniedException", "", "drs:%s %san identity-based policy: arn:x", "the end of a failback"),
        ("AccessDeniedException", _TERMINATE, "drs:%s %sa service control policy", "service control policy"),
        ("UnauthorizedOperation", "RunInstances", "ec2:%s %sa permissions boundary", "permissions boundary"),
        ("AccessDenied", "AssumeRole", "sts:%s %sa service control policy", "take the action out of its Deny"),
    ],
)
def test_an_explicit_deny_is_lifted_by_no_policy_that_allows(code, operation, said, word):
    told = explain(code, _REFUSED + said % (operation or _TERMINATE, _DENY), operation)
    assert told["code"] == code and word in told["remedy"] and "Add the action" not in told["remedy"]
    wanting = explain(code, _REFUSED + "drs:X on resource: * because no identity-based policy allows the drs:X action")
    assert "Add the action" in wanting["remedy"]


def test_a_role_that_is_not_there_yet_and_a_wrong_region_lead_to_set_up_with_care():
    assert "resilience.drs.setup" in explain("AccessDenied", "", "AssumeRole")["remedy"]
    bare = explain("UninitializedAccountException", "", "DescribeSourceServers")["remedy"]
    assert bare.index("Region is meant") < bare.index("resilience.drs.setup")


@pytest.mark.parametrize(
    ("code", "message", "word"),
    [
        ("ValidationError", "DurationSeconds exceeds the limit for roles assumed by role chaining", "one hour"),
        ("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration.", "longer"),
        ("AccessDenied", "x is not authorized to perform: sts:SetSourceIdentity on resource: y", "source identity"),
        ("AccessDenied", "User: x is not authorized to perform: sts:TagSession on resource: y", "session tags"),
    ],
)  # fmt: skip
def test_what_sts_refuses_is_named_for_what_it_is(code, message, word):
    told = explain(code, message, "AssumeRole")
    assert told["code"] == code and word in told["cause"]


@pytest.mark.parametrize(
    "name",
    """InvalidConfigError ConfigParseError InvalidRetryConfigurationError InvalidRetryModeError
    InvalidProxiesConfigError InvalidMaxRetryAttemptsError MetadataRetrievalError
    InvalidIMDSEndpointError RefreshWithMFAUnsupportedError EndpointVariantError UnknownRegionError
    MissingDependencyException""".split(),
)
def test_a_configuration_that_botocore_refuses_is_named_for_what_it_is(name):
    assert issubclass(getattr(botocore.exceptions, name), botocore.exceptions.BotoCoreError) and known(name)
