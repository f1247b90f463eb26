"""Systems Manager documents: those that AWS owns, validation of parameters, and the steps for a node.

AWSDisasterRecovery-InstallDRAgentOnInstance: two parameters (Region, Tags) and two steps with a precondition on the
platform, each limited to an hour. Its script here only says what the original does; the list of Regions lacks the
newest ones, as that of the original did, so the live list has to be read with GetDocument.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..protocol import wire
from ..protocol.refused import Refused

DRS_DOCUMENT = "AWSDisasterRecovery-InstallDRAgentOnInstance"
_LINUX, _WINDOWS = "InstallLinuxAgent", "InstallWindowsAgent"
_NEWEST_REGIONS = ("ca-west-1", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ap-east-2", "mx-central-1")
_TAG = r"[a-zA-Z_0-9.:+/@\-]{1,50}=[a-zA-Z_0-9.:+/@ \-]{1,50}"
_TAGS_PATTERN = rf"^(({_TAG})(,{_TAG}){{0,20}})?$"
_PLACEHOLDER = re.compile(r"\{\{\s*([\w:.-]+)\s*\}\}")
_OWN_PLATFORMS = {"aws:runShellScript": ["Linux", "MacOS"], "aws:runPowerShellScript": ["Windows"]}


def _precondition(platform: str) -> dict[str, Any]:
    return {"StringEquals": ["platformType", platform]}


def _drs_document() -> dict[str, Any]:
    regions = [
        r for r in sorted(wire.regions("drs")) if r not in _NEWEST_REGIONS and "-gov-" not in r and "cn-" not in r
    ]
    bucket = "https://aws-elastic-disaster-recovery-{{ Region }}.s3.dualstack.{{ Region }}.amazonaws.com/latest"

    def step(name: str, action: str, platform: str, lines: list[str]) -> dict[str, Any]:
        inputs = {"timeoutSeconds": "3600", "runCommand": lines}
        return {"action": action, "name": name, "precondition": _precondition(platform), "inputs": inputs}

    return {
        "schemaVersion": "2.2",
        "description": "Install the AWS Replication Agent of AWS Elastic Disaster Recovery on an EC2 instance.",
        "parameters": {
            "Region": {
                "type": "String",
                "description": "(Required) AWS Region into which you are replicating.",
                "allowedValues": regions,
            },
            "Tags": {
                "type": "String",
                "description": "(Optional) Tags of the source server: KEY=VALUE,KEY=VALUE",
                "default": "",
                "allowedPattern": _TAGS_PATTERN,
            },
        },
        "mainSteps": [
            step(
                _WINDOWS,
                "aws:runPowerShellScript",
                "Windows",
                [f"# downloads {bucket}/windows/AwsReplicationWindowsInstaller.exe, compares its SHA-512 and runs it"],
            ),
            step(
                _LINUX,
                "aws:runShellScript",
                "Linux",
                [f"# downloads {bucket}/linux/aws-replication-installer-init, compares its SHA-512 and runs it"],
            ),
        ],
    }


def _script_document(action: str, what: str) -> dict[str, Any]:
    properties = {
        "id": f"0.{action}",
        "runCommand": "{{ commands }}",
        "workingDirectory": "{{ workingDirectory }}",
        "timeoutSeconds": "{{ executionTimeout }}",
    }
    return {
        "schemaVersion": "1.2",
        "description": f"Run a {what} script or specify the commands to run.",
        "parameters": {
            "commands": {"type": "StringList", "description": "(Required) The commands to run.", "minItems": 1},
            "workingDirectory": {"type": "String", "default": "", "maxChars": 4096},
            "executionTimeout": {
                "type": "String",
                "default": "3600",
                "description": "(Optional) Seconds for a command to complete, 1 to 172800.",
                "allowedPattern": r"^([1-9][0-9]{0,4}|1[0-6][0-9]{4}|17[0-1][0-9]{3}|172[0-7][0-9]{2}|172800)$",
            },
        },
        "runtimeConfig": {action: {"properties": [properties]}},
    }


#: Name -> (content maker, platforms).
_OWNED_BY_AWS: dict[str, tuple[Any, list[str]]] = {
    DRS_DOCUMENT: (_drs_document, ["Windows", "Linux"]),
    "AWS-RunShellScript": (lambda: _script_document("aws:runShellScript", "shell"), ["Linux", "MacOS"]),
    "AWS-RunPowerShellScript": (
        lambda: _script_document("aws:runPowerShellScript", "PowerShell"),
        ["Windows", "Linux", "MacOS"],
    ),
}


def short_name(name: str) -> str:
    """The name of a document given by name or ARN."""
    return name.rpartition(":document/")[2] if ":document/" in name else name


def platforms(content: Mapping[str, Any]) -> list[str]:
    """The platforms that a document of somebody's own is for, from its steps."""
    found: list[str] = []
    for step in content.get("mainSteps") or []:
        wanted = (step.get("precondition") or {}).get("StringEquals") or []
        only = [p for p in wanted if p != "platformType"]
        found += only or _OWN_PLATFORMS.get(step.get("action", ""), [])
    return [p for p in ("Windows", "Linux", "MacOS") if p in found] or ["Windows", "Linux", "MacOS"]


def owned_by_aws(region: str, name: str) -> Any:
    """moto's documents object of a document that every account sees; None when AWS has none of the name."""
    if name not in _OWNED_BY_AWS:
        return None
    from moto.ssm.models import Document, Documents

    make, known = _OWNED_BY_AWS[name]
    document = Document("Amazon", name, "", json.dumps(make(), indent=2), "Command", "JSON", [], [], "", "1")
    document.platform_types = known
    return Documents(document)


@dataclass(frozen=True)
class Step:
    """One step as a node runs it. platform: the only one it is for, None for any; lines: the script."""

    name: str
    action: str
    platform: str | None
    lines: tuple[str, ...]
    timeout: float


def _check_value(name: str, spec: Mapping[str, Any], values: Sequence[str]) -> None:
    def refuse(problem: str) -> Refused:
        return Refused("InvalidParameters", f"Parameter {name!r}: {problem}", 400)

    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise refuse("is not a list of strings")
    if spec.get("type", "String") == "String" and len(values) != 1:
        raise refuse(f"takes one value, not {len(values)}")
    if len(values) < int(spec.get("minItems", 0)):
        raise refuse(f"takes at least {spec['minItems']} values")
    allowed, pattern = spec.get("allowedValues"), spec.get("allowedPattern")
    for value in values:
        if allowed and value not in allowed:
            raise refuse(f"value {value!r} is not in the allowed values [{', '.join(map(str, allowed))}]")
        if pattern and not re.search(pattern, value):
            raise refuse(f"value {value!r} does not match the allowed pattern {pattern}")
        if len(value) > int(spec.get("maxChars", 10**6)):
            raise refuse(f"is longer than {spec['maxChars']} characters")


def fill(content: Mapping[str, Any], given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The values of all parameters, defaults put in. Raises Refused (InvalidParameters)."""
    specs = content.get("parameters") or {}
    for name in given:
        if name not in specs:
            known = ", ".join(specs) or "none"
            raise Refused(
                "InvalidParameters", f"Parameter {name!r} is not defined in the document; it has {known}", 400
            )
    values: dict[str, list[str]] = {}
    for name, spec in specs.items():
        if name in given:
            _check_value(name, spec, given[name])
            values[name] = list(given[name])
        elif "default" in spec:
            default = spec["default"]
            values[name] = [str(v) for v in default] if isinstance(default, list) else [str(default)]
        else:
            raise Refused("InvalidParameters", f"Parameter {name!r} is required and was not given", 400)
    return values


def _filled(text: str, values: Mapping[str, list[str]]) -> str:
    return _PLACEHOLDER.sub(lambda m: ",".join(values.get(m.group(1), [m.group(0)])), text)


def _script(raw: Any, values: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The lines of a step: a list, or one placeholder that stands for a whole list."""
    if isinstance(raw, str):
        whole = _PLACEHOLDER.fullmatch(raw.strip())
        if whole and whole.group(1) in values:
            return tuple(values[whole.group(1)])
        raw = [raw]
    return tuple(_filled(str(line), values) for line in raw or [])


def _step(name: str, action: str, inputs: Mapping[str, Any], values: Mapping[str, list[str]], only: str | None) -> Step:
    timeout = _filled(str(inputs.get("timeoutSeconds", "3600")), values)
    lasts = float(timeout) if timeout.isdigit() else 3600.0
    return Step(name, action, only, _script(inputs.get("runCommand"), values), lasts)


def steps(content: Mapping[str, Any], values: Mapping[str, list[str]]) -> list[Step]:
    """All steps of a document with its parameters put in."""
    found = []
    for action, config in (content.get("runtimeConfig") or {}).items():
        # Documents of schema 1.2 have one step for each plugin, and it is called by the plugin's name.
        found.append(_step(action, action, (config.get("properties") or [{}])[0], values, None))
    for item in content.get("mainSteps") or []:
        wanted = (item.get("precondition") or {}).get("StringEquals") or []
        only = next((p for p in wanted if p != "platformType"), None)
        found.append(_step(item["name"], item["action"], item.get("inputs") or {}, values, only))
    return found
