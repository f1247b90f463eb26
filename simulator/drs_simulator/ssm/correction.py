"""Systems Manager on top of moto: managed nodes, AWS-owned documents, and Run Command and Automation that follow
the virtual clock.

moto has no DescribeInstanceInformation, no ListCommandInvocations, no CancelCommand and no Automation, knows no
document of AWS, and its SendCommand succeeds at once on every instance of the Region.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ..moto_fixes import registry
from . import api, automation, documents, nodes


@registry.corrects("ssm")
def correct() -> None:
    """Put this package's Run Command and managed nodes into moto's SSM."""
    from moto.core.responses import ActionResult, EmptyResult
    from moto.ssm.models import Document, SimpleSystemManagerBackend
    from moto.ssm.responses import SimpleSystemManagerResponse

    documents_of_moto = SimpleSystemManagerBackend._get_documents
    made_by_moto = Document.__init__

    def get_documents(self: Any, name: str) -> Any:
        known = self.__dict__.setdefault("_documents_of_aws", {})
        short = documents.short_name(name)
        if short not in self._documents and short not in known:
            known[short] = documents.owned_by_aws(self.region_name, short)
        return known.get(short) or documents_of_moto(self, short)

    def make(self: Any, *arguments: Any, **named: Any) -> None:
        made_by_moto(self, *arguments, **named)
        self.platform_types = documents.platforms(self.content_json)

    def replace(name: str, answer: Any) -> None:
        def operation(self: Any) -> Any:
            found = answer(self.current_account, self.region, api.body_of(self))
            return EmptyResult() if found is None else ActionResult(found)

        setattr(SimpleSystemManagerResponse, name, operation)

    tags_of_moto = SimpleSystemManagerResponse.list_tags_for_resource

    def list_tags(self: Any) -> Any:
        body = api.body_of(self)
        if body.get("ResourceType") == "ManagedInstance":
            node_id = str(body.get("ResourceId"))
            return ActionResult({"TagList": nodes.tags_of(self.current_account, self.region, node_id)})
        if body.get("ResourceType") != "Automation":
            return tags_of_moto(self)
        identity = str(body.get("ResourceId"))
        return ActionResult({"TagList": automation.tags_of(self.current_account, self.region, identity)})

    Document.__init__ = make
    SimpleSystemManagerBackend._get_documents = get_documents
    replace("describe_instance_information", nodes.describe)
    replace("send_command", api.send_command)
    replace("list_commands", api.list_commands)
    replace("list_command_invocations", api.list_command_invocations)
    replace("get_command_invocation", api.get_command_invocation)
    replace("cancel_command", api.cancel_command)
    replace("start_automation_execution", automation.start)
    replace("get_automation_execution", automation.get)
    replace("describe_automation_executions", automation.describe)
    SimpleSystemManagerResponse.list_tags_for_resource = list_tags
