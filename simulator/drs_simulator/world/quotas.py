"""Service Quotas for DRS, which moto lacks (General Reference, "AWS Elastic Disaster Recovery quotas")."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

from ..moto_fixes import registry
from ..scenario.scenario import QUOTAS
from .world import world

# short name of the scenario -> (code, name at AWS, adjustable)
DRS_QUOTAS = {
    "replicating_servers": ("L-C1D14A2B", "Max Total replicating source servers Per AWS Account", False),
    "source_servers": ("L-E28BE5E0", "Max Total source servers Per AWS Account", True),
    "concurrent_jobs": ("L-D88FAC3A", "Concurrent jobs in progress", False),
    "servers_per_job": ("L-B827C881", "Max source servers in a single Job", False),
    "servers_in_jobs": ("L-05AFA8C6", "Max source servers in all Jobs", False),
    "jobs_per_server": ("L-DD6D028C", "Max concurrent Jobs per source server", False),
    "launch_actions_per_resource": ("L-0588D03B", "Max number of launch actions per resource", False),
    "launch_configuration_templates": (
        "L-1F3FAE4D",
        "Max number of launch configuration templates per AWS account",
        False,
    ),
    "source_networks": ("L-4B0323BD", "Max number of source networks per AWS account", True),
}
_PAGE = 100


def describe(account: str, region: str, values: dict[str, int]) -> list[dict[str, Any]]:
    """All DRS quotas of one account and Region as Service Quotas shows them."""
    return [
        {
            "ServiceCode": "drs",
            "ServiceName": "AWS Elastic Disaster Recovery",
            "QuotaArn": f"arn:aws:servicequotas:{region}:{account}:drs/{code}",
            "QuotaCode": code,
            "QuotaName": name,
            "Value": float(values[short]),
            "Unit": "None",
            "Adjustable": adjustable,
            "GlobalQuota": False,
        }
        for short, (code, name, adjustable) in DRS_QUOTAS.items()
    ]


@registry.corrects("service-quotas", "servicequotas")
def correct() -> None:
    """Give moto's service-quotas the DRS quotas and the listing it lacks; other services stay as moto has them."""
    from moto.servicequotas import responses
    from moto.servicequotas.exceptions import NoSuchResource

    kind = responses.ServiceQuotasResponse
    moto_get, moto_defaults = kind.get_service_quota, kind.list_aws_default_service_quotas

    def page(found: list[dict[str, Any]], params: dict[str, Any]) -> str:
        start = int(params.get("NextToken") or 0)
        size = int(params.get("MaxResults") or _PAGE)
        answer: dict[str, Any] = {"Quotas": found[start : start + size]}
        if start + size < len(found):
            answer["NextToken"] = str(start + size)
        return json.dumps(answer)

    def list_service_quotas(self: Any) -> str:
        params = json.loads(self.body)
        if params.get("ServiceCode") != "drs":
            return str(moto_defaults(self))
        values = world.quotas(self.current_account, self.region)
        return page(describe(self.current_account, self.region, values), params)

    def list_aws_default_service_quotas(self: Any) -> str:
        params = json.loads(self.body)
        if params.get("ServiceCode") != "drs":
            return str(moto_defaults(self))
        return page(describe(self.current_account, self.region, QUOTAS), params)

    def get_service_quota(self: Any) -> str:
        params = json.loads(self.body)
        if params.get("ServiceCode") != "drs":
            return str(moto_get(self))
        values = world.quotas(self.current_account, self.region)
        for quota in describe(self.current_account, self.region, values):
            if quota["QuotaCode"] == params.get("QuotaCode"):
                return json.dumps({"Quota": quota})
        raise NoSuchResource

    kind.list_service_quotas = list_service_quotas
    kind.list_aws_default_service_quotas = list_aws_default_service_quotas
    kind.get_service_quota = get_service_quota
