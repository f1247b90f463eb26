"""Manage the templates from which DRS takes the settings of new source servers: one of each kind in a cell.

DRS allows several replication configuration templates and has no name for them. Without an id the only one is meant;
with several it is an error, because a guess would change the settings of somebody else's servers.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import compare
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import replication_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import once
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Given, Result

_COMMON = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "template_id": {"type": "str"},
    "tags": {"type": "dict"},
}
REPLICATION_SPEC = {
    **_COMMON,
    **replication_settings.TEMPLATE_SPEC,
}
LAUNCH_SPEC = {
    **_COMMON,
    "launch_disposition": {"type": "str", "choices": ["STARTED", "STOPPED"]},
    "right_sizing": {"type": "str", "choices": ["NONE", "BASIC", "IN_AWS"]},
    "copy_private_ip": {"type": "bool"},
    "copy_tags": {"type": "bool"},
    "os_byol": {"type": "bool"},
    "post_launch_enabled": {"type": "bool"},
    "launch_into_source_instance": {"type": "bool"},
    "export_bucket_arn": {"type": "str"},
    "recovery_mode": {"type": "str", "choices": ["FAST", "OPTIMAL"]},
}


def replication(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Keep the replication configuration template of a cell as the options say."""
    days = params.get("pit_retention_days")
    if days is not None and not 1 <= days <= 365:
        raise DrsError("invalid_option", f"pit_retention_days: {days} is not from 1 to 365")
    desired = compare.replication_wanted(params)
    if desired.get("ebsEncryption") == "CUSTOM" and not desired.get("ebsEncryptionKeyArn"):
        raise DrsError("invalid_option", "ebs_encryption_key_arn: CUSTOM needs the key that it is to use")
    if desired.get("ebsEncryptionKeyArn") and desired.get("ebsEncryption") in ("DEFAULT", "NONE"):
        raise DrsError("invalid_option", "ebs_encryption_key_arn: only ebs_encryption CUSTOM uses a key")
    needed = ("stagingAreaSubnetId",)
    defaults = {**compare.REPLICATION_DEFAULTS, "pitPolicy": compare.pit_policy(compare.DEFAULT_RETENTION_DAYS)}
    return Template(cell, drs_settings.REPLICATION, desired, defaults, needed, check_mode).run(params)


def launch(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Keep the launch configuration template of a cell as the options say."""
    return Template(cell, drs_settings.LAUNCH, compare.launch_wanted(params), {}, (), check_mode).run(params)


class Template:
    """One template of a cell.

    :param kind: ``drs_settings.REPLICATION`` or ``drs_settings.LAUNCH``.
    :param desired: the members that were asked for.
    :param defaults: the members that a new template has besides.
    :param needed: the members that a new template cannot do without.
    """

    def __init__(
        self, cell: Cell, kind: str, desired: Given, defaults: Given, needed: t.Sequence[str], check_mode: bool
    ) -> None:
        self.cell, self.kind, self.check_mode = cell, kind, check_mode
        self.desired, self.defaults, self.needed = desired, defaults, needed
        self.id_member = drs_settings.id_member(kind)

    def run(self, params: Given) -> Result:
        """Returns {template, template_id, diff, cell, changed}."""
        self._check_supported(f"Create{drs_settings.camel(self.kind)}")
        there = drs_settings.templates(self.cell, self.kind)
        if there is None and not (self.check_mode and params["state"] == "present"):
            raise DrsError("not_initialised", f"DRS is not initialised in {self.cell.name}")
        current = self._choose(there or [], params.get("template_id"))
        if params["state"] == "absent":
            return self._absent(current)
        if current is None:
            return self._create(params)
        return self._update(current, params)

    def _check_supported(self, operation: str) -> None:
        unknown = sorted(set(self.desired) - drs_settings.supported(self.cell, operation))
        if unknown:
            raise DrsError("setting_unsupported", f"{', '.join(unknown)}: not known to {operation}")

    def _choose(self, there: list[AwsData], template_id: str | None) -> AwsData | None:
        if template_id:
            matching = [one for one in there if one[self.id_member] == template_id]
            if not matching:
                raise DrsError("unknown_id", f"{template_id} not found in {self.cell.name}")
            return matching[0]
        if len(there) > 1:
            ids = ", ".join(one[self.id_member] for one in there)
            raise DrsError("template_ambiguous", f"{self.cell.name} has {len(there)} templates: {ids}")
        return there[0] if there else None

    def _result(self, template: AwsData | None, changed: bool, diff: AwsData) -> Result:
        return {
            "template": compare.as_options(template) if template else None,
            "template_id": (template or {}).get(self.id_member),
            "diff": diff,
            "cell": self.cell.name,
            "changed": changed,
        }

    def _absent(self, current: AwsData | None) -> Result:
        if current is not None and not self.check_mode:
            drs_settings.delete_template(self.cell, self.kind, current[self.id_member])
        return self._result(None, current is not None, {"before": compare.as_options(current or {}), "after": {}})

    def _create(self, params: Given) -> Result:
        missing = [member for member in self.needed if member not in self.desired]
        if missing:
            options = {member: option for option, member in compare.REPLICATION_MEMBERS.items()}
            names = ", ".join(options[member] for member in missing)
            raise DrsError("template_incomplete", f"{names}: needed, for {self.cell.name} has no template yet")
        members = {**self.defaults, **self.desired}
        tags = {key: str(value) for key, value in (params.get("tags") or {}).items()}
        if tags:
            members["tags"] = tags
        template = None
        if not self.check_mode:
            # whatever stands there after a lost answer is ours: before it there was none
            template, _was_there = once(
                find=lambda: next(iter(drs_settings.templates(self.cell, self.kind) or []), None),
                act=lambda: drs_settings.create_template(self.cell, self.kind, members),
            )
        return self._result(template, True, compare.diff(self.kind, {}, members))

    def _update(self, current: AwsData, params: Given) -> Result:
        changed = compare.changes(current, self.desired)
        tags = compare.missing_tags(current.get("tags"), params.get("tags"))
        template = current
        if not self.check_mode:
            if changed:
                template = drs_settings.update_template(self.cell, self.kind, current[self.id_member], changed)
            if tags:
                drs.tag_resource(self.cell, current["arn"], tags)
                template = {**template, "tags": {**(current.get("tags") or {}), **tags}}
        diff = compare.diff(current[self.id_member], current, changed, tags)
        return self._result(template, bool(changed or tags), diff)
