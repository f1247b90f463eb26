"""What moto's IAM lacks: AWS managed policies, and what CloudFormation does with roles and policies."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from . import registry

_PREFIX = ":iam::aws:policy/"


@functools.lru_cache(maxsize=1)
def _aws_policies() -> dict[str, dict[str, Any]]:
    """The managed policies of AWS by ARN path and name, from the data that moto carries."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found = json.loads(aws_managed_policies_data)
    return {f"{data['Path'].lstrip('/')}{name}": {**data, "name": name} for name, data in found.items()}


def document(policy: Any) -> str:
    """The default version of moto's managed policy, as JSON text."""
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions[policy.default_version_id])


def documents(role: Any) -> list[str | dict[str, Any]]:
    """The policies of moto's role, inline and attached."""
    return [*role.policies.values(), *map(document, role.managed_policies.values())]


def _provide(backend: Any, arn: str) -> None:
    """Put a managed policy of AWS into an account that first names it; all 1,500 in each account would cost seconds."""
    from moto.iam.models import AWSManagedPolicy

    if _PREFIX in arn and arn not in backend.managed_policies:
        data = _aws_policies().get(arn.split(_PREFIX, 1)[1])
        if data is not None:
            policy = AWSManagedPolicy.from_data(data["name"], backend.account_id, backend.region_name, data)
            backend.managed_policies[arn] = policy


def _providing(original: Callable[..., Any]) -> Callable[..., Any]:
    """A backend's method that finds the managed policies of AWS, too."""

    @functools.wraps(original)
    def method(self: Any, policy_arn: str, *more: Any, **named: Any) -> Any:
        _provide(self, policy_arn)
        return original(self, policy_arn, *more, **named)

    return method


def _set_policies(role: Any, backend: Any, properties: dict[str, Any]) -> None:
    """Give a role exactly the policies of its CloudFormation properties."""
    wanted = properties.get("ManagedPolicyArns", [])
    for arn in [arn for arn in role.managed_policies if arn not in wanted]:
        backend.detach_role_policy(arn, role.name)
    for arn in wanted:
        if arn not in role.managed_policies:
            backend.attach_role_policy(arn, role.name)


@registry.corrects("iam")
def correct() -> None:
    """Correct moto's IAM; called once."""
    from moto.iam.models import IAMBackend, ManagedPolicy, Role, iam_backends

    for name in ("attach_role_policy", "attach_user_policy", "attach_group_policy", "get_policy", "get_policy_version"):
        setattr(IAMBackend, name, _providing(getattr(IAMBackend, name)))

    original = Role.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def create(cls: Any, name: str, document: dict[str, Any], account: str, region: str, **more: Any) -> Any:
        """moto makes the role and forgets ManagedPolicyArns."""
        role = original(cls, name, document, account, region, **more)
        _set_policies(role, iam_backends[account]["aws"], document["Properties"])
        return role

    update_original = Role.update_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def update(cls: Any, **given: Any) -> Any:
        """moto changes the description only; AWS changes trust and policies."""
        update_original(cls, **given)
        properties, backend = given["cloudformation_json"]["Properties"], iam_backends[given["account_id"]]["aws"]
        role = backend.get_role(properties.get("RoleName", given["original_resource"].name))
        trust = properties["AssumeRolePolicyDocument"]
        role.assume_role_policy_document = trust if isinstance(trust, str) else json.dumps(trust, default=str)
        inline = {item["PolicyName"]: item["PolicyDocument"] for item in properties.get("Policies", [])}
        for name in [name for name in role.policies if name not in inline]:
            role.delete_policy(name)
        for name, text in inline.items():
            role.put_policy(name, text)
        _set_policies(role, backend, properties)
        return role

    def delete_policy(cls: Any, name: str, document: dict[str, Any], account: str, region: str) -> None:
        """moto keeps the managed policies of a deleted stack, attached; AWS detaches and deletes them."""
        backend = iam_backends[account]["aws"]
        for role in backend.roles.values():
            if name in role.managed_policies:
                backend.detach_role_policy(name, role.name)
        backend.managed_policies.pop(name, None)

    ManagedPolicy.delete_from_cloudformation_json = classmethod(delete_policy)
    Role.create_from_cloudformation_json = classmethod(create)
    Role.update_from_cloudformation_json = classmethod(update)
