"""The default EBS key of EC2: set, read and reset.

moto knows only the choosing. EC2 API reference, GetEbsDefaultKmsKeyId and ResetEbsDefaultKmsKeyId: until somebody
chooses one it is the key that AWS manages, told by its alias.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from typing import Any

from . import registry

DEFAULT = "alias/aws/ebs"
_CHOSEN = "chosen_default_key"


def chosen(account: str, region: str) -> str | None:
    """ARN of the key that somebody chose in an account and Region; None while it is the one that AWS manages."""
    ec2 = sys.modules.get("moto.ec2.models")
    return getattr(ec2.ec2_backends[account][region], _CHOSEN, None) if ec2 else None


@registry.corrects("ec2")
def correct() -> None:
    """Correct moto's EBS settings; called once."""
    from moto.core.responses import ActionResult
    from moto.ec2.models import EC2Backend
    from moto.ec2.responses.elastic_block_store import ElasticBlockStore

    choose = EC2Backend.modify_ebs_default_kms_key_id

    def modify(self: Any, kms_key_id: str) -> str:
        arn = str(choose(self, kms_key_id))
        setattr(self, _CHOSEN, arn)
        return arn

    def reset(self: Any) -> Any:
        setattr(self.ec2_backend, _CHOSEN, None)
        return ActionResult({"KmsKeyId": DEFAULT})

    def get(self: Any) -> Any:
        found = chosen(self.ec2_backend.account_id, self.ec2_backend.region_name)
        return ActionResult({"KmsKeyId": found or DEFAULT})

    EC2Backend.modify_ebs_default_kms_key_id = modify
    ElasticBlockStore.reset_ebs_default_kms_key_id = reset
    ElasticBlockStore.get_ebs_default_kms_key_id = get
