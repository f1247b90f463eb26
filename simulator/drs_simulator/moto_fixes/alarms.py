"""CloudWatch alarms in stacks: moto creates alarms by PutMetricAlarm only and ignores AWS::CloudWatch::Alarm.

Source: AWS CloudFormation User Guide, AWS::CloudWatch::Alarm (properties, Ref is the name, Fn::GetAtt Arn).
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from . import registry


@registry.corrects("cloudformation")
def add() -> None:
    """Make AWS::CloudWatch::Alarm a resource of moto's CloudFormation; called once."""
    from moto.cloudwatch import models
    from moto.core.common_models import CloudFormationModel

    def query(found: dict[str, Any]) -> Any:
        stat = found.get("MetricStat")
        metric = stat and models.Metric(
            metric_name=stat["Metric"]["MetricName"],
            namespace=stat["Metric"]["Namespace"],
            dimensions=[models.Dimension(one["Name"], one["Value"]) for one in stat["Metric"].get("Dimensions") or []],
        )
        return models.MetricDataQuery(
            query_id=found["Id"],
            label=found.get("Label"),
            period=found.get("Period"),
            return_data=found.get("ReturnData", True),
            expression=found.get("Expression"),
            metric_stat=models.MetricStat(metric, stat["Period"], stat["Stat"], stat.get("Unit")) if stat else None,
        )

    class StackAlarm(CloudFormationModel):
        """An alarm of a stack, kept as the one that DescribeAlarms shows."""

        def __init__(self, alarm: Any) -> None:
            self.name = alarm.name
            self.arn = alarm.alarm_arn

        @property
        def physical_resource_id(self) -> str:
            return str(self.name)

        @staticmethod
        def cloudformation_name_type() -> str:
            return "AlarmName"

        @staticmethod
        def cloudformation_type() -> str:
            return "AWS::CloudWatch::Alarm"

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:
            return attr == "Arn"

        def get_cfn_attribute(self, attribute_name: str) -> Any:
            return self.arn

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_more: Any
        ) -> Any:
            given = cloudformation_json["Properties"]
            alarm = models.cloudwatch_backends[account_id][region_name].put_metric_alarm(
                name=given.get("AlarmName") or resource_name,
                namespace=given.get("Namespace"),
                metric_name=given.get("MetricName"),
                metric_data_queries=[query(one) for one in given.get("Metrics") or []],
                comparison_operator=given["ComparisonOperator"],
                evaluation_periods=int(given["EvaluationPeriods"]),
                datapoints_to_alarm=given.get("DatapointsToAlarm"),
                period=given.get("Period"),
                threshold=float(given["Threshold"]),
                statistic=given.get("Statistic"),
                description=given.get("AlarmDescription"),
                dimensions=given.get("Dimensions") or [],
                alarm_actions=given.get("AlarmActions") or [],
                ok_actions=given.get("OKActions") or [],
                treat_missing_data=given.get("TreatMissingData"),
            )
            return cls(alarm)

        @classmethod
        def update_from_cloudformation_json(
            cls,
            original_resource: Any,
            new_resource_name: str,
            cloudformation_json: Any,
            account_id: str,
            region_name: str,
        ) -> Any:
            return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)

        @classmethod
        def delete_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
        ) -> None:
            models.cloudwatch_backends[account_id][region_name].alarms.pop(resource_name, None)
