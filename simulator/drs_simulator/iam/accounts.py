"""Identify the caller: access keys, roles and the rules of AssumeRole (AWS STS API reference, AssumeRole).

moto accepts any key and any role. Here a key belongs to one principal, a role must exist and trust its caller, and the
external id must match, because wrong answers to these questions are what multi-account automation fails on.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import datetime
import hmac
import random
import re
import string
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..protocol.refused import Refused
from ..scenario.scenario import Role, Scenario
from . import rules

_ARN = re.compile(r"^arn:(aws[a-z-]*):iam::(\d{12}):role/(.+)$")
_SESSION_NAME = re.compile(r"^[\w+=,.@-]{2,64}$", re.ASCII)
_ALPHABET = string.ascii_uppercase + "234567"
# A role chained from another role's credentials lasts one hour at most, whatever its own maximum says.
_CHAINED_MAXIMUM = 3600


@dataclass(frozen=True)
class Principal:
    """The caller of one request. user_id and arn are what GetCallerIdentity answers."""

    account: str
    arn: str
    user_id: str
    kind: str
    access_key_id: str
    source_identity: str | None = None
    role: str | None = None
    expires: datetime.datetime | None = None


def _real_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def _trust_policy_allows(policy: str, caller: Principal, external_id: str | None, identity: str | None) -> bool:
    """Whether a trust policy made with IAM lets a caller in; a source identity needs an action of its own."""
    named: list[str] = []
    for statement in rules.statements(policy):
        principal = statement.get("Principal", {})
        entries = principal if isinstance(principal, str) else principal.get("AWS", [])
        named += [entry for entry in rules.texts(entries) if _trusts(entry, caller)]
    values = rules.context(
        sts__ExternalId=external_id,
        sts__SourceIdentity=identity,
        aws__SourceIdentity=caller.source_identity,
        aws__PrincipalAccount=caller.account,
        aws__PrincipalArn=caller.arn if not caller.role else f"arn:aws:iam::{caller.account}:role/{caller.role}",
    )
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity"] if identity else ["sts:AssumeRole"]
    return all(rules.decide_for(policy, {"AWS": named}, action, values=values) == rules.ALLOW for action in actions)


def _trusts(entry: str, caller: Principal) -> bool:
    """Whether one trusted principal (account id, account root or exact ARN, or *) is the caller."""
    if entry in ("*", caller.account, caller.arn):
        return True
    match = re.match(r"^arn:aws[a-z-]*:iam::(\d{12}):(.+)$", entry)
    if not match or match.group(1) != caller.account:
        return False
    resource = match.group(2)
    return resource == "root" or (resource.startswith("role/") and resource.split("/")[-1] == caller.role)


class Accounts:
    """Keys, roles and sessions of all accounts."""

    def __init__(self, scenario: Scenario, now: Callable[[], datetime.datetime] = _real_now) -> None:
        # Credentials end by the real clock: clients decide by their own clock when to refresh, and that one is real.
        self._now = now
        self._lock = threading.Lock()
        self._rng = random.Random(f"{scenario.seed}/credentials")
        self._principals: dict[str, Principal] = {}
        self._roles: dict[tuple[str, str], Role] = {}
        self.ids = scenario.account_ids
        self._add_user(scenario.hub_account, "hub", scenario.hub_access_key)
        for account in scenario.accounts:
            if account.access_key_id:
                self._add_user(account.id, "admin", account.access_key_id)
            for role in account.roles:
                self._roles[(account.id, role.name)] = role

    def _add_user(self, account: str, name: str, key: str) -> None:
        arn = f"arn:aws:iam::{account}:user/{name}"
        self._principals[key] = Principal(account, arn, f"AIDA{account}USER", "user", key)

    def _text(self, length: int) -> str:
        return "".join(self._rng.choice(_ALPHABET) for _n in range(length))

    def resolve(self, access_key_id: str | None) -> Principal:
        """The principal of a key. Raises Refused for a missing, unknown or expired one."""
        if not access_key_id:
            raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        with self._lock:
            found = self._principals.get(access_key_id)
        found = found or self._moto_user(access_key_id)
        if found is None:
            raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        if found.expires is not None and self._now() >= found.expires:
            raise Refused("ExpiredToken", "The security token included in the request is expired", 403)
        return found

    @staticmethod
    def _moto_user(access_key_id: str) -> Principal | None:
        """A key that somebody made with iam:CreateAccessKey inside the simulation."""
        iam = sys.modules.get("moto.iam.models")
        if iam is None:
            return None
        for account, partitions in list(iam.iam_backends.items()):
            for backend in list(partitions.values()):
                if access_key_id in backend.access_keys:
                    user = backend.get_user_from_access_key_id(access_key_id)
                    if user:
                        return Principal(account, user.arn, user.id, "user", access_key_id)
        return None

    def _role(self, account: str, name: str) -> tuple[Role | None, str | None]:
        """The scenario's role, or the trust policy of one made with iam:CreateRole inside the simulation."""
        role = self._roles.get((account, name)) or self._roles.get((account, name.split("/")[-1]))
        if role is not None:
            return role, None
        iam = sys.modules.get("moto.iam.models")
        if iam is not None and account in iam.iam_backends:
            for found in list(iam.iam_backends[account]["aws"].roles.values()):
                if found.name == name.split("/")[-1]:
                    return None, found.assume_role_policy_document
        return None, None

    def _may_assume(
        self, caller: Principal, account: str, name: str, external_id: str | None, identity: str | None
    ) -> bool:
        role, policy = self._role(account, name)
        if role is not None:
            if role.deny or not any(_trusts(entry, caller) for entry in role.trusts):
                return False
            # A trust policy without the condition accepts any external id, as AWS does.
            return role.external_id is None or hmac.compare_digest(role.external_id, external_id or "")
        if policy:
            return _trust_policy_allows(policy, caller, external_id, identity)
        return False

    def assume(
        self,
        caller: Principal,
        role_arn: str,
        session_name: str,
        external_id: str | None = None,
        source_identity: str | None = None,
        duration: int = 3600,
    ) -> dict[str, Any]:
        """AssumeRole. Returns the answer of STS as data. Raises Refused (AccessDenied, ValidationError)."""
        match = _ARN.match(role_arn or "")
        if not match:
            raise Refused("ValidationError", f"{role_arn} is invalid", 400)
        if not _SESSION_NAME.match(session_name or ""):
            raise Refused(
                "ValidationError",
                f"1 validation error detected: Value '{session_name}' at 'roleSessionName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*, length 2 to 64",
                400,
            )
        if not 900 <= duration <= 43200:
            raise Refused(
                "ValidationError",
                f"1 validation error detected: Value '{duration}' at 'durationSeconds' failed to satisfy constraint: "
                "Member must have value between 900 and 43200",
                400,
            )
        if caller.kind == "role" and duration > _CHAINED_MAXIMUM:
            raise Refused(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
                400,
            )
        partition, account, name = match.groups()
        if not self._may_assume(caller, account, name, external_id, caller.source_identity or source_identity):
            raise Refused(
                "AccessDenied",
                f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
                403,
            )
        short = name.split("/")[-1]
        with self._lock:
            key = "ASIA" + self._text(16)
            user_id = f"AROA{self._text(17)}:{session_name}"
            token = self._text(200)
            secret = self._text(40)
            principal = Principal(
                account=account,
                arn=f"arn:{partition}:sts::{account}:assumed-role/{short}/{session_name}",
                user_id=user_id,
                kind="role",
                access_key_id=key,
                # A source identity set once stays for the whole chain and cannot be changed.
                source_identity=caller.source_identity or source_identity,
                role=short,
                expires=self._now() + datetime.timedelta(seconds=duration),
            )
            self._principals[key] = principal
        answer: dict[str, Any] = {
            "Credentials": {
                "AccessKeyId": key,
                "SecretAccessKey": secret,
                "SessionToken": token,
                "Expiration": principal.expires,
            },
            "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": principal.arn},
            "PackedPolicySize": 6,
        }
        if principal.source_identity:
            answer["SourceIdentity"] = principal.source_identity
        return answer

    def set_role(self, account: str, name: str | None, **changes: Any) -> list[str]:
        """Change deny, external_id or trusts of one role (all roles of the account when no name). Returns the names."""
        with self._lock:
            names = [role for owner, role in self._roles if owner == account and name in (None, role)]
            for role in names:
                old = self._roles[(account, role)]
                self._roles[(account, role)] = dataclasses.replace(
                    old,
                    external_id=changes.get("external_id", old.external_id),
                    deny=bool(changes.get("deny", old.deny)),
                    trusts=tuple(changes.get("trusts", old.trusts)),
                )
        return names

    def expire_sessions(self, account: str | None = None) -> int:
        """End all role sessions (of one account) now, as if their time had come. Returns how many."""
        with self._lock:
            ended = 0
            for key, principal in list(self._principals.items()):
                if principal.kind == "role" and account in (None, principal.account):
                    fields = {**principal.__dict__, "expires": self._now()}
                    self._principals[key] = Principal(**fields)
                    ended += 1
        return ended
