"""Sessions: the only room that makes AWS clients.

A cell is one account in one Region. Its credentials are the caller's own, or those of a role that the caller assumes
in the cell's account; assumed ones renew themselves before they expire, because chained roles live for an hour and a
failback takes longer.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import difflib
import functools
import json
import threading
import typing as t
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from email.utils import parsedate_to_datetime

try:
    import boto3.session
    from botocore.config import Config
    from botocore.credentials import AssumeRoleCredentialFetcher
    from botocore.credentials import DeferredRefreshableCredentials
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:  # AnsibleAWSModule reports the missing library in its own words
    BotoCoreError = ClientError = Exception

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time, second
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import partitions
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import botocore_data
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.assumed import noting
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Given, Spec

VERSION = "1.0.0"
DEFAULT_SESSION_NAME = "resilience-drs"

REACHED_BY = ("region", "profile", "assume_role_arn", "external_id", "role_session_name", "source_identity")
"""Those of CELL_OPTIONS that lead into another account, and of them ``region``."""
CELL_OPTIONS = (
    "access_key",
    "secret_key",
    "session_token",
    "profile",
    "region",
    "endpoint_url",
    "validate_certs",
    "aws_ca_bundle",
    "aws_config",
    "debug_botocore_endpoint_logs",
    "cell",
    "assume_role_arn",
    "external_id",
    "role_session_name",
    "source_identity",
)
"""The options that say how a cell is reached: the common ones of amazon.aws and those of the C(cell) fragment."""

# botocore repeats what DRS throttles or fails at; the codes that DRS really raises are among those it knows.
READ_CONFIG = {"retries": {"mode": "adaptive", "total_max_attempts": 12}, "connect_timeout": 10, "read_timeout": 60}
# A repeated StartRecovery whose first answer was lost would launch again and wipe what the first one launched, so
# nothing below us may repeat an effect: the caller looks for the effect first.
EFFECT_CONFIG = {"retries": {"mode": "standard", "total_max_attempts": 1}, "connect_timeout": 10, "read_timeout": 60}
# What only tells about a run, or only adds to what DRS says, must not hold it up: a service that does not answer is
# given up soon.
BRIEF_CONFIG = {"connect_timeout": 4, "read_timeout": 10}
BRIEF_READ_CONFIG = {"retries": {"mode": "adaptive", "total_max_attempts": 4}, "connect_timeout": 4, "read_timeout": 20}


def cell_argument_spec() -> Spec:
    """The argument specification of the C(cell) documentation fragment: {option: {type, default, ...}}."""
    return {
        "cell": {"type": "str"},
        "assume_role_arn": {"type": "str"},
        "external_id": {"type": "str", "no_log": True},
        "role_session_name": {"type": "str", "default": DEFAULT_SESSION_NAME},
        "source_identity": {"type": "str"},
    }


def as_drs_error(exc: Exception, operation: str, secrets: t.Sequence[str | None] = ()) -> errors.DrsError:
    """Map an exception of botocore to the one error of this collection, through the catalogue."""
    if isinstance(exc, ClientError) and hasattr(exc, "response"):
        error = exc.response.get("Error", {})
        # REST-JSON puts the modelled message in a lower-case member
        message = error.get("Message") or exc.response.get("message") or str(exc)
        code = error.get("Code") or type(exc).__name__
        # any call may fail in the AssumeRole that it made first
        operation = exc.operation_name
        resource = exc.response.get("resourceId")
    else:
        code, message, resource = type(exc).__name__, str(exc), None
    details = {"operation": operation, **({"resource_id": str(resource)} if resource else {})}
    return errors.DrsError(code, message, operation=operation, details=details, secrets=secrets)


@contextlib.contextmanager
def aws_errors(operation: str, secrets: t.Sequence[str | None] = ()) -> t.Iterator[None]:
    """Turn every error of botocore inside the block into a DrsError that names ``operation``.

    The chain to botocore's exception is cut: its text is not scrubbed, and a traceback would print it.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as exc:
        raise as_drs_error(exc, operation, secrets) from None


# Plain answers, not doubtful ones: nothing was done, and what stands in the way takes minutes, not seconds, to go.
REFUSALS = (
    *("ConflictException", "ServiceQuotaExceededException"),
    *("ValidationException", "ResourceNotFoundException"),
)


class EffectRetry(AWSRetry):
    """AWSRetry for our own errors, so that an effect is looked for before it is tried again.

    ``AWSRetry`` knows neither ``ThrottlingException`` nor ``InternalServerException``, the codes that DRS raises, nor
    a connection that broke; the catalogue says of each whether it may pass.
    """

    base_class = errors.DrsError

    @staticmethod
    def status_code_from_exception(error: errors.DrsError) -> bool:
        return error.retryable and error.code not in REFUSALS

    @staticmethod
    def found(response_code: bool, catch_extra_error_codes: object = None) -> bool:
        return response_code


T = t.TypeVar("T")


def once(find: t.Callable[[], T | None], act: t.Callable[[], T], tries: int = 6) -> tuple[T, bool]:
    """Bring about an effect at most once; return (its record, whether it was found rather than made).

    :param find: looks for the effect; None when it is not there.
    :param act: makes the effect, in one call that nothing below repeats.

    After any doubtful answer (throttled, failed inside, connection lost) the effect is looked for before the next try.
    A ConflictException may be the service's answer to a repeat of our own lost call, so it, too, is a reason to look.
    :raises DrsError: what ``act`` or ``find`` raised, after the last try or when trying again cannot cure it.
    """
    attempts = 0

    @EffectRetry.jittered_backoff(retries=tries, delay=1, backoff=2, max_delay=20)
    def attempt() -> tuple[T, bool]:
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            value = find()
            if value is not None:
                return value, True
        try:
            return act(), False
        except errors.DrsError as exc:
            if exc.code != "ConflictException":
                raise
            value = find()
            if value is not None:
                return value, True
            raise

    return attempt()


# Pages of 200 servers, each with disks, cards and steps: botocore walks through them value by value, in Python.
LARGE_ANSWERS = ("DescribeSourceServers", "DescribeRecoveryInstances")


def _take_json(
    operation_model: t.Any,
    response_dict: dict[str, t.Any],
    customized_response_dict: dict[str, t.Any],
    **_kwargs: object,
) -> None:
    """An event handler: takes a large answer as the JSON that it is, where botocore would make nothing else of it."""
    kind = response_dict["headers"].get("content-type") or ""
    if response_dict["status_code"] != 200 or "json" not in kind or not botocore_data.is_plain_json(operation_model):
        return
    try:
        body = json.loads(response_dict["body"])
    except ValueError:
        return  # botocore says what is wrong with it
    if isinstance(body, dict):
        customized_response_dict.update(body)
        response_dict["body"] = b"{}"


class _Options:
    """What amazon.aws needs to see of a module, for callers that are not one (action and inventory plugins)."""

    def __init__(self, params: Given) -> None:
        self.params = params

    def fail_json(self, msg: str, **_kwargs: object) -> t.NoReturn:
        raise errors.DrsError("invalid_connection_options", msg)


class Cell:
    """One account in one Region, and the clients for it.

    :param params: the cell options (see ``CELL_OPTIONS``), as a module or an action plugin got them.
    """

    def __init__(self, params: Given) -> None:
        region, self._endpoint_url, connection = get_aws_connection_info(t.cast(t.Any, _Options(params)))
        self.region = self._check_region(region)
        self.name = params.get("cell") or self.region
        # written once for accounts of several partitions, an ARN says aws
        self.role_arn = partitions.arn_in(self.region, params.get("assume_role_arn") or "") or None
        self._params = params
        self.has_external_id = bool(params.get("external_id"))
        self.empty_external_id = ""
        """The name of the variable that should hold the external id and is empty, where the caller knows it."""
        verify = connection.pop("verify", None)
        # a plain yes would keep botocore from the CA bundle of the environment or the profile
        self._verify = None if verify is True else verify
        self._user_config = connection.pop("aws_config", None)
        self._connection = connection
        self._session: t.Any = None
        self._clients: dict[tuple[str, bool, bool], t.Any] = {}
        self._making = threading.Lock()
        self.server_time: datetime | None = None
        """The service's clock as of its last answer, None before there was one."""
        self._answered = clock.ticks()
        self._sent: list[dict[str, t.Any]] = []
        self.assumed: dict[str, t.Any] = {}
        """What STS told of the session of the role, {arn, source_identity}; empty before there is one."""

    @staticmethod
    def _check_region(region: str | None) -> str:
        if not region:
            raise errors.DrsError("missing_region", "region: no Region was given")
        if region not in botocore_data.known_regions():
            near = difflib.get_close_matches(region, sorted(botocore_data.known_regions()), 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise errors.DrsError("unknown_region", f"region: '{region}' is not an AWS Region{hint}")
        return region

    # -- credentials ---------------------------------------------------------------------------------------------
    def _new_session(self, **kwargs: t.Any) -> tuple[t.Any, t.Any]:
        core = botocore_data.fresh_session()
        # the global STS endpoint lives in one Region, which may be the one that failed
        core.set_config_variable("sts_regional_endpoints", "regional")
        return boto3.session.Session(botocore_session=core, region_name=self.region, **kwargs), core

    def _open(self) -> t.Any:
        base, _core = self._new_session(**{key: value for key, value in self._connection.items() if value})
        if not self.role_arn:
            return base
        source = base.get_credentials()
        if source is None:
            raise errors.DrsError("NoCredentialsError", f"no AWS credentials were found to assume {self.role_arn}")
        extra = {
            "RoleSessionName": self._params.get("role_session_name") or DEFAULT_SESSION_NAME,
            "ExternalId": self._params.get("external_id"),
            "SourceIdentity": self._params.get("source_identity"),
        }
        # an endpoint that serves DRS and EC2 both is the whole of AWS to us: a simulator, or a gateway to it
        make = functools.partial(
            base.client, config=Config(**READ_CONFIG), endpoint_url=self._endpoint_url, verify=self._verify
        )
        fetcher = AssumeRoleCredentialFetcher(
            noting(make, self.assumed, extra),
            source,
            self.role_arn,
            extra_args={key: value for key, value in extra.items() if value},
        )
        session, core = self._new_session()
        core._credentials = DeferredRefreshableCredentials(  # pylint: disable=protected-access
            method="sts-assume-role", refresh_using=fetcher.fetch_credentials
        )
        return session

    @contextlib.contextmanager
    def errors(self, operation: str) -> t.Iterator[None]:
        """``aws_errors`` that also removes this cell's external id from whatever AWS says.

        A role that refuses because nobody has set the variable of the external id names that variable in its remedy.

        :raises DrsError: with the code of AWS, such as ``AccessDenied``.
        """
        try:
            with aws_errors(operation, (self._params.get("external_id"),)):
                yield
        except errors.DrsError as exc:
            name = self.empty_external_id
            if name and exc.details.get("operation") == "AssumeRole" and name not in exc.remedy:
                exc.remedy = f"Set the variable {name}: it should hold the external id, and it is empty. {exc.remedy}"
            raise

    # -- clients -------------------------------------------------------------------------------------------------
    def client(self, service: str, effect: bool = False, brief: bool = False) -> t.Any:
        """Return the client of ``service``; with ``effect`` one that repeats nothing by itself, with ``brief`` one that
        gives up soon.

        :raises DrsError: ``NoCredentialsError``, ``AccessDenied`` of AssumeRole, or another reason why there is no
            session.
        """
        key = (service, effect, brief)
        with self._making:  # threads that share a cell share its clients, and a session makes one client at a time
            if key not in self._clients:
                self._clients[key] = self._make(service, effect, brief)
        return self._clients[key]

    def _make(self, service: str, effect: bool, brief: bool) -> t.Any:
        with self.errors(f"connect to {service}"):
            if self._session is None:
                self._session = self._open()
            config = Config(user_agent_extra=f"resilience.drs/{VERSION}")
            if self._user_config:
                config = config.merge(self._user_config)
            patience = {**EFFECT_CONFIG, **(BRIEF_CONFIG if brief else {})} if effect else READ_CONFIG
            config = config.merge(Config(**(BRIEF_READ_CONFIG if brief and not effect else patience)))
            client = self._session.client(service, config=config, endpoint_url=self._endpoint_url, verify=self._verify)
        client.meta.events.register("after-call", self._note_time)
        if effect:
            client.meta.events.register("after-call", self._note_sent)
        for operation in LARGE_ANSWERS if service == "drs" else ():
            client.meta.events.register(f"before-parse.drs.{operation}", _take_json)
        return client

    def members(self, service: str, operation: str) -> set[str]:
        """The members that the installed botocore knows for the request of an operation.

        :raises DrsError: why there is no client, see ``client``.
        """
        return set(self.client(service).meta.service_model.operation_model(operation).input_shape.members)

    def twin(self) -> Cell:
        """The same cell with a session and clients of its own, for work beside what uses this one."""
        return type(self)(self._params)

    def renew(self) -> None:
        """Forget sessions and clients, so that the next call reads the caller's credentials again."""
        self._session = None
        self._clients = {}

    def _note_time(self, parsed: AwsData, **_kwargs: object) -> None:
        stamp = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if stamp:
            with contextlib.suppress(ValueError, TypeError):
                self.server_time = parse_time(parsedate_to_datetime(stamp))  # of a proxy it may come without a zone
                self._answered = clock.ticks()

    def _note_sent(self, parsed: AwsData, model: t.Any, **_kwargs: object) -> None:
        metadata = parsed.get("ResponseMetadata", {})
        job = parsed.get("job")
        self._sent.append(
            {
                "cell": self.name,
                "service": model.service_model.service_name,
                "operation": model.name,
                "request_id": metadata.get("RequestId"),
                "at": second(self.now),
                "error": parsed.get("Error", {}).get("Code"),
                "job_id": job.get("jobID") if isinstance(job, dict) else None,
            }
        )

    def take_sent(self) -> list[dict[str, t.Any]]:
        """What clients for effects have sent and were answered since this was last asked, oldest first.

        :returns: ``[{cell, service, operation, request_id, at, error, job_id}]``; AWS finds a call by its request id.
            ``error`` is the code of a refusal. A call whose answer was lost is not among them.
        """
        sent, self._sent = self._sent, []
        return sent

    def service_time(self) -> datetime | None:
        """The service's clock now, that is as of its last answer and what has passed here since; None before there was
        an answer. Unlike ``now`` it tells how old an answer has become."""
        if self.server_time is None:
            return None
        return self.server_time + timedelta(seconds=clock.ticks() - self._answered)

    @property
    def now(self) -> datetime:
        """The time by the service's clock as of its last answer; the controller's before there was one.

        Ages and durations are compared with times that AWS wrote, so they are measured by AWS's clock.
        """
        return self.server_time or datetime.now(timezone.utc)
