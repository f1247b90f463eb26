"""STS with trust policies: only trusted principals assume a role, and callers learn who they are."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ..moto_fixes import registry
from ..protocol.wire import PRINCIPAL_KEY
from ..world.world import world


@registry.corrects("sts")
def correct() -> None:
    """moto gives any caller any role. AWS asks the role's trust policy, and knows who calls."""
    from moto.core.responses import ActionResult
    from moto.sts.responses import TokenResponse

    def assume_role(self: Any) -> Any:
        return ActionResult(
            world.accounts.assume(
                self.normalized_request.environ[PRINCIPAL_KEY],
                role_arn=self._get_param("RoleArn"),
                session_name=self._get_param("RoleSessionName"),
                external_id=self._get_param("ExternalId"),
                source_identity=self._get_param("SourceIdentity"),
                duration=self._get_int_param("DurationSeconds", 3600),
            )
        )

    def get_caller_identity(self: Any) -> Any:
        who = self.normalized_request.environ[PRINCIPAL_KEY]
        return ActionResult({"UserId": who.user_id, "Account": who.account, "Arn": who.arn})

    def unsupported(self: Any) -> Any:
        raise NotImplementedError

    TokenResponse.assume_role = assume_role
    TokenResponse.get_caller_identity = get_caller_identity
    for name in ("get_session_token", "get_federation_token", "assume_role_with_saml", "assume_role_with_web_identity"):
        # moto answers these with example keys that belong to nobody here.
        setattr(TokenResponse, name, unsupported)
