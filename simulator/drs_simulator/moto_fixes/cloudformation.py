"""CloudFormation parameters as AWS handles them.

moto looks for hidden parameters (NoEcho) among the values instead of the names, shows lists as Python writes them, and
takes a list or an unnamed default for a difference when it decides whether a stack is to be updated. Policies of keys
that stacks make are kept as data, which KMS itself then cannot read.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

from . import registry

_HIDDEN = "****"


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


@registry.corrects("cloudformation")
def correct() -> None:
    """Correct moto's CloudFormation; called once."""
    # Stacks make roles without any call of IAM; the corrections of IAM must hold for them as well.
    registry.apply("iam")
    from moto.cloudformation.exceptions import ValidationError
    from moto.cloudformation.models import Stack
    from moto.cloudformation.responses import CloudFormationResponse

    def shown(self: Any) -> list[dict[str, Any]]:
        hidden = self.resource_map.no_echo_parameter_keys
        return [
            {"ParameterKey": key, "ParameterValue": _HIDDEN if key in hidden else _text(value)}
            for key, value in self.resource_map.resolved_parameters.items()
        ]

    def refuse_the_same(self: Any, incoming: Any, body: str, stack: Any) -> None:
        there = {key: _text(value) for key, value in stack.stack_parameters.items()}
        given = {key: _text(value) for key, value in self._get_param_values(incoming or [], there).items()}
        if body == stack.template and all(there.get(key) == value for key, value in given.items()):
            raise ValidationError(stack.name, message="No updates are to be performed.")

    from moto.kms.models import KmsBackend

    create_key = KmsBackend.create_key

    def create(self: Any, policy: Any, *more: Any, **named: Any) -> Any:
        return create_key(self, json.dumps(policy) if isinstance(policy, dict) else policy, *more, **named)

    KmsBackend.create_key = create
    Stack.parameter_list = property(shown)
    CloudFormationResponse._validate_different_update = refuse_the_same
