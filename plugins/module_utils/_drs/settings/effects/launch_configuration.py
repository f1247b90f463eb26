"""Apply declared launch settings to source servers, all servers of one cell in one call.

A change of one server is a new version of its EC2 launch template, made default, and an update of DRS's own settings.
The description of the version says which change made it, what it was made from, and what DRS's settings were, so that
the change can be taken back by anybody, from anywhere. Nothing of this belongs into the minutes of a failover.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import launch_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import launch_template
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import addresses
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import settings_csv
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects.keeping import (
    READ,
    RESTORED,
    Keeping,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import once
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Filter, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import (
    LaunchSettings,
    Network,
    OwnTemplate,
    TemplateVersion,
)

_SPEC = declared.option_spec(launch_settings.SETTING_SPEC)
CONFIGURATION_SPEC = {
    **_SPEC,
    "state": {**_SPEC["state"], "choices": ["present", RESTORED, READ]},
    "csv": {"type": "str"},
}
# What an instance that is launched into may be: DRS wants it stopped, and it may be on its way there.
_STANDING = ["pending", "running", "stopping", "stopped"]


def perform(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Do what the options of drs_launch_configuration ask for; see Settings."""
    return Settings(cell, params, check_mode).run()


class Settings(Keeping):
    """The launch settings of a cell: those that are declared, or those before a change."""

    kind = "launch settings"
    prefix = "settings"

    def __init__(self, cell: Cell, params: Given, check_mode: bool) -> None:
        listed = settings_csv.servers_in(params["csv"], launch_settings.SETTING_SPEC) if params.get("csv") else []
        super().__init__(cell, {**params, "servers": [*params["servers"], *listed]}, check_mode)
        self.versions: list[dict] = []
        self.csv: str | None = None
        self._underivable: dict[str, DrsError] = {}

    def more(self) -> Result:
        """The template versions."""
        return {"versions": self.versions, "csv": self.csv}

    def check_input(self) -> None:
        """Refuse what is wrong by itself, or what botocore does not know."""
        if self.params["state"] == READ and (self.params["groups"] or self.params["servers"]):
            raise DrsError(
                "invalid_option", "read shows the settings of all servers; it takes no groups and no servers"
            )
        launch_settings.check(self.params["groups"], self.params["servers"])
        declared.check_change(self.params, self.params["state"] == RESTORED)
        given = [*self.params["groups"], *self.params["servers"]]
        members = {key for one in given for key in launch_settings.drs_members(one["settings"])}
        missing = sorted(members - drs.launch_configuration_members(self.cell))
        if missing:
            raise DrsError("setting_unsupported", f"{', '.join(missing)}: not known to UpdateLaunchConfiguration")

    # -- keeping -----------------------------------------------------------------------------------------------------
    def keep(self, servers: list[Server], desired: dict[str, LaunchSettings]) -> None:
        """Read all first: an address may be that of a server which comes later."""
        if not servers:
            return
        templates = ec2.default_template_versions(self.cell)
        read = [one for one in (self._read(server, templates) for server in servers) if one is not None]
        desired = self._derived(read, desired)
        place = self._place(read, desired, templates)
        for server, template, now in read:
            self._keep_one(server, template, now, desired[server["source_server_id"]], place)

    def _read(
        self, server: Server, templates: dict[str, TemplateVersion]
    ) -> tuple[Server, OwnTemplate, LaunchSettings] | None:
        """A server with its template {id, version, data} and its settings; None, and told, when they are not there."""
        try:
            configuration = drs.launch_configuration(self.cell, server["source_server_id"])
            template_id = str(configuration.get("ec2LaunchTemplateID") or "")
            template = templates.get(template_id)
            if template is None and template_id:
                # made after the templates were read, as when DRS is asked for the settings for the first time
                template = next((one for one in self._versions(template_id) if one["is_default"]), None)
            if template is None:
                text = f"{server['name']}: launch template {template_id or 'unknown'} is not there"
                raise DrsError("launch_template_missing", text)
        except DrsError as exc:
            self.put(outcomes.FAILED, server, error=exc)
            return None
        own: OwnTemplate = {"id": template_id, **template}
        return server, own, launch_settings.current(configuration, template["data"])

    def _versions(self, template_id: str) -> list[TemplateVersion]:
        try:
            return ec2.template_versions(self.cell, template_id)
        except DrsError as exc:
            if exc.code.startswith("InvalidLaunchTemplateId"):
                return []
            raise

    def _derived(
        self, read: list[tuple[Server, OwnTemplate, LaunchSettings]], desired: dict[str, LaunchSettings]
    ) -> dict[str, LaunchSettings]:
        """The settings, with the addresses and the instances that their rules mean; nothing is read without a rule."""
        servers = {server["source_server_id"]: (server, now) for server, _template, now in read}
        asked = {one: dict(desired[one]) for one in servers}
        octets = [one for one, own in asked.items() if own.pop("keep_last_octet", None) and not own.get("private_ip")]
        subnet_of = {one: {**servers[one][1], **asked[one]}.get("subnet_id") or "" for one in octets}
        subnets = ec2.subnets(self.cell, set(subnet_of.values()) - {""})
        for one in octets:
            server, subnet = servers[one][0], subnets.get(subnet_of[one])
            if subnet is None or not addresses.valid(server["private_ip"]):
                lacks = "the address of its source" if subnet else "the subnet that it launches into"
                text = f"{server['name']}: keep_last_octet: {lacks} is not known"
                self._underivable[one] = DrsError("address_underivable", text)
            else:
                asked[one]["private_ip"] = addresses.with_last_octet(str(server["private_ip"]), subnet["cidr"])
        self._instances_by_rule(servers, asked)
        return {**desired, **asked}

    def _instances_by_rule(
        self, servers: dict[str, tuple[Server, LaunchSettings]], asked: dict[str, LaunchSettings]
    ) -> None:
        """Put the instance that a rule names in the place of the rule."""
        rules = {one: own.pop("launch_into_name") for one, own in asked.items() if "launch_into_name" in own}
        names = {
            one: launch_settings.instance_name(rule, servers[one][0])
            for one, rule in rules.items()
            if rule and "launch_into_instance_id" not in asked[one]
        }
        found: dict[str, list[str]] = {}
        for part in quotas.chunk(sorted(set(names.values())), ec2.VALUES_PER_FILTER):
            filters: list[Filter] = [
                {"Name": "tag:Name", "Values": part},
                {"Name": "instance-state-name", "Values": _STANDING},
            ]
            for machine in ec2.instances(self.cell, filters):
                found.setdefault(str(machine["name"]), []).append(machine["instance_id"])
        wanted = Counter(names.values())
        for one, name in names.items():
            ids = found.get(name, [])
            if len(ids) == 1 and wanted[name] == 1:
                asked[one]["launch_into_instance_id"] = ids[0]
                continue
            many = f"{len(ids)} instances have" if len(ids) != 1 else f"{wanted[name]} servers mean"
            text = f"{servers[one][0]['name']}: launch_into_name: {many} the name '{name}'"
            self._underivable[one] = DrsError("launch_into_not_one", text)
        for one, rule in rules.items():
            if not rule:
                asked[one].setdefault("launch_into_instance_id", "")

    def describe(self, servers: list[Server]) -> None:
        """The settings of all servers, as CSV."""
        templates = ec2.default_template_versions(self.cell) if servers else {}
        read = [one for one in (self._read(server, templates) for server in servers) if one is not None]
        for server, _template, _now in read:
            self.put(outcomes.UNCHANGED, server)
        self.csv = settings_csv.text_of(
            [(one["source_server_id"], one["name"], launch_settings.declarable(now)) for one, _own, now in read]
        )

    def _place(
        self,
        read: list[tuple[Server, OwnTemplate, LaunchSettings]],
        desired: dict[str, LaunchSettings],
        templates: dict[str, TemplateVersion],
    ) -> Network:
        """What of the network the wanted settings of all servers touch; nothing is read when they touch nothing."""
        subnets: set[str] = set()
        groups: set[str] = set()
        addresses: set[str] = set()
        asked: Counter[tuple[str, str]] = Counter()
        for server, _template, now in read:
            own = desired[server["source_server_id"]]
            merged = {**now, **own}
            if merged["private_ip"]:
                asked[merged["subnet_id"], merged["private_ip"]] += 1
            if set(own) & {"subnet_id", "security_group_ids", "private_ip"}:
                subnets.add(merged["subnet_id"] or "")
                groups.update(merged["security_group_ids"])
                addresses |= {merged["private_ip"]} - {None, ""}
        held = ec2.holders(self.cell, addresses) if addresses else {}
        mine = {template["id"] for _server, template, _now in read}
        for template_id, one in templates.items():
            contents = launch_template.read(one["data"])
            if contents["private_ip"] and template_id not in mine:
                key = (contents["subnet_id"], contents["private_ip"])
                held.setdefault(key, {"card": f"launch template {template_id}", "instance_id": None})
        return {
            "subnets": ec2.subnets(self.cell, subnets - {""}),
            "groups": ec2.security_groups(self.cell, groups),
            "held": held,
            "twice": asked,
        }

    def _keep_one(
        self, server: Server, template: OwnTemplate, now: LaunchSettings, mine: LaunchSettings, place: Network
    ) -> None:
        own = server["recovery_instance_id"]
        holders = {key: one["card"] for key, one in place["held"].items() if not own or one["instance_id"] != own}
        # a drill instance that has the address goes before the next launch, so it is in nobody's way
        wrong = launch_settings.blocking_findings(mine, now, {**place, "holders": holders})
        changed = launch_settings.differences(now, mine)
        self.report_drift(server, now, changed)
        hint = launch_settings.overwritten(mine, now)
        if hint:
            self.warnings.append(f"right_sizing_overwrites: {server['name']}: {hint}")
        if server["source_server_id"] in self._underivable:
            self.put(outcomes.REFUSED, server, error=self._underivable[server["source_server_id"]])
        elif wrong:
            text = "; ".join(text for _code, text in wrong)
            self.put(outcomes.REFUSED, server, error=DrsError(wrong[0][0], f"{server['name']}: {text}"))
        elif not changed:
            self.put(outcomes.UNCHANGED, server)
        elif self.check_mode:
            self.put(outcomes.PLANNED, server)
        else:
            self._write(server, template, now, changed)

    def _write(self, server: Server, template: OwnTemplate, now: LaunchSettings, changed: LaunchSettings) -> None:
        members = launch_settings.drs_members(changed)
        before = {option: now.get(option) for option in changed if option not in launch_template.OPTIONS}
        description = launch_template.record(str(self.change_id), template["version"], before)
        in_template = {option: changed[option] for option in changed if option in launch_template.OPTIONS}
        data, inherits = launch_template.change(template["data"], in_template)
        source = template["version"] if inherits else None

        def made() -> tuple[int, list[str]] | None:
            versions = [one for one in self._versions(template["id"]) if one["description"] == description]
            return (versions[-1]["version"], []) if versions else None

        try:
            (version, warnings), _was_there = once(
                find=made,
                act=lambda: ec2.create_template_version(self.cell, template["id"], source, data, description),
            )
            # the version first: it holds what the change can be taken back with
            ec2.make_template_default(self.cell, template["id"], version)
            self._report_version(server, template["id"], template["version"], version)
            self.warnings += [f"{server['name']}: {text}" for text in warnings]
            if members:
                drs.update_launch_configuration(self.cell, server["source_server_id"], members)
        except DrsError as exc:
            self.put(outcomes.FAILED, server, error=exc)
        else:
            self.put(outcomes.APPLIED, server, changed=True)

    def _report_version(self, server: Server, template_id: str, before: int, after: int) -> None:
        names = {key: server[key] for key in ("source_server_id", "name")}
        self.versions.append({**names, "launch_template_id": template_id, "before": before, "after": after})

    # -- taking back -------------------------------------------------------------------------------------------------
    def restore(self, servers: list[Server]) -> None:
        """The earlier versions become the defaults again."""
        templates = ec2.default_template_versions(self.cell)
        for server in servers:
            one = self._read(server, templates)
            if one is not None:
                self._restore_one(*one)

    def _restore_one(self, server: Server, template: OwnTemplate, now: LaunchSettings) -> None:
        try:
            versions = self._versions(template["id"])
        except DrsError as exc:
            self.put(outcomes.FAILED, server, error=exc)
            return
        made = [(one, launch_template.recorded(one["description"])) for one in versions]
        mine = [(one, change) for one, change in made if change and change["change_id"] == self.change_id]
        if not mine:
            return
        made_version, change = mine[-1]
        earlier = next((one for one in versions if one["version"] == change["version"]), None)
        since = earlier is None or template["version"] not in (made_version["version"], earlier["version"])
        if earlier is None or (since and not self.params["force"]):
            text = f"{server['name']}: version {template['version']} of {template['id']} is the default now"
            self.put(outcomes.REFUSED, server, error=DrsError("launch_settings_changed_since", text))
            return
        if template["version"] == earlier["version"]:
            # the default goes back last, so all of it has gone back
            self.put(outcomes.UNCHANGED, server)
            return
        # what DRS did not say before is not known now
        before = {key: one for key, one in change["before"].items() if one != "" or key in launch_settings.SINGULAR}
        changed = launch_settings.differences(now, {**before, **launch_template.read(earlier["data"])})
        self.report_drift(server, now, changed)
        if self.check_mode:
            self.put(outcomes.PLANNED, server)
        else:
            self._take_back(server, template, earlier, changed)

    def _take_back(
        self, server: Server, template: OwnTemplate, earlier: TemplateVersion, changed: LaunchSettings
    ) -> None:
        members = launch_settings.drs_members(
            {key: value for key, value in changed.items() if key not in launch_template.OPTIONS}
        )
        try:
            if members:
                drs.update_launch_configuration(self.cell, server["source_server_id"], members)
            ec2.make_template_default(self.cell, template["id"], earlier["version"])
        except DrsError as exc:
            self.put(outcomes.FAILED, server, error=exc)
        else:
            self._report_version(server, template["id"], template["version"], earlier["version"])
            self.put(outcomes.APPLIED, server, changed=True)
