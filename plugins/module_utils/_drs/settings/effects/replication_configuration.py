"""Apply declared replication settings to the template of a cell and to its source servers, all in one call.

What was there before a change is written into the tags of what is changed, before it is changed, so that the change can
be taken back by anybody, from anywhere. A change for which DRS may copy all disks of a server again is made only for
servers that are named for it: until the copy is done there is no new point in time to recover to.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Entry, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server, Subnet
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import ReplicationSettings
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import change_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import replication_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects.keeping import RESTORED, Keeping

CONFIGURATION_SPEC = {
    **declared.option_spec(replication_settings.SETTING_SPEC),
    "account": {"type": "dict", "options": replication_settings.TEMPLATE_SPEC},
    "confirm_resync": {"type": "list", "elements": "str", "default": []},
}
TEMPLATE_NAME = "replication template"


def perform(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Do what the options of drs_replication_configuration ask for; see ReplicationSettingsOfCell."""
    return ReplicationSettingsOfCell(cell, params, check_mode).run()


class _Holder(t.NamedTuple):
    """Something that has replication settings: a server, or the template of a cell."""

    named: t.Mapping[str, t.Any]  # source_server_id (or the id of the template), arn, name, account_id, region, tags
    configuration: AwsData
    now: ReplicationSettings
    template_id: str | None = None


class ReplicationSettingsOfCell(Keeping):
    """The replication settings of a cell: those that are declared, or those before a change."""

    kind = "replication settings"
    prefix = "replication"

    def __init__(self, cell: Cell, params: Given, check_mode: bool) -> None:
        super().__init__(cell, params, check_mode)
        self.account = declared.given(params.get("account"))
        self.templates: list[Entry] = []
        self.resync: list[dict[str, t.Any]] = []
        self.extended: list[str] = []

    def more(self) -> Result:
        """The template, the servers that would be copied again, and those whose settings are elsewhere."""
        changed = [*self.entries, *self.templates]
        return {
            "templates": self.templates,
            "resync": self.resync,
            "extended": self.extended,
            "changed": any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in changed),
        }

    def check_input(self) -> None:
        """Refuse what is wrong by itself, or what botocore does not know."""
        restores = self.params["state"] == RESTORED
        replication_settings.check(self.account, self.params["groups"], self.params["servers"])
        declared.check_change(self.params, restores)
        if restores and self.account:
            raise DrsError("invalid_option", "restored takes a whole change back; it takes no account")
        given = [self.account, *(one["settings"] for one in (*self.params["groups"], *self.params["servers"]))]
        asked = {key for one in given for key in replication_settings.sent_names(declared.given(one))}
        missing = sorted(asked - drs_settings.supported(self.cell, "UpdateReplicationConfiguration"))
        if missing:
            raise DrsError("setting_unsupported", f"{', '.join(missing)}: not known to UpdateReplicationConfiguration")
        if self.account:
            # what holds for the account holds for its servers, beneath all that is said of them
            self.params = {**self.params, "groups": [{"settings": self.account}, *self.params["groups"]]}

    # -- keeping -----------------------------------------------------------------------------------------------------
    def keep(self, servers: list[Server], desired: dict[str, ReplicationSettings]) -> None:
        """The template first: servers that come meanwhile take theirs from it."""
        wanted: list[tuple[_Holder, ReplicationSettings]] = []
        if self.account:
            template = self._template()
            wanted += [(template, self.account)] if template else []
        for server in servers:
            holder = self._server(server)
            if holder is not None:
                wanted.append((holder, desired[server["source_server_id"]]))
        subnets, groups = self._network(wanted)
        for holder, mine in wanted:
            self._keep_one(holder, mine, subnets, groups)

    def _template(self) -> _Holder | None:
        """The template of the cell; None, and told, when there is not exactly one."""
        there = drs_settings.templates(self.cell, drs_settings.REPLICATION)
        if there is not None and len(there) == 1:
            return self._holder_of(there[0])
        if there is None:
            wrong = DrsError("not_initialised", f"DRS is not initialised in {self.cell.name}")
        elif there:
            ids = ", ".join(one[drs_settings.id_member(drs_settings.REPLICATION)] for one in there)
            wrong = DrsError("template_ambiguous", f"{self.cell.name} has {len(there)} templates: {ids}")
        else:
            wrong = DrsError("template_missing", f"{self.cell.name} has no replication configuration template")
        self._told(outcomes.FAILED, _Holder(self._template_names({}), {}, {}, ""), error=wrong)
        return None

    def _template_names(self, template: AwsData) -> dict[str, t.Any]:
        return {
            "source_server_id": template.get(drs_settings.id_member(drs_settings.REPLICATION)),
            "arn": template.get("arn"),
            "name": TEMPLATE_NAME,
            "account_id": str(template.get("arn") or "::::").split(":")[4] or None,
            "region": self.cell.region,
            "tags": template.get("tags") or {},
        }

    def _holder_of(self, template: AwsData) -> _Holder:
        now: ReplicationSettings = dict.fromkeys(replication_settings.TEMPLATE_SPEC)
        now.update(replication_settings.current(template))
        names = self._template_names(template)
        return _Holder(names, template, now, names["source_server_id"])

    def _server(self, server: Server) -> _Holder | None:
        """A server with its settings; None, and told, when it has none that could be changed here."""
        if server["extended"]:
            named = {one.get(key) for one in self.params["servers"] for key in ("source_server_id", "name")}
            if named & {server["source_server_id"], server["name"]}:
                area = server["staging_area"]
                place = area["staging_account_id"] if area else None
                text = f"{server['name']} replicates into account {place or 'unknown'}"
                self.put(outcomes.REFUSED, server, error=DrsError("replicates_elsewhere", text))
            else:
                self.extended.append(server["source_server_id"])
            return None
        try:
            configuration = drs_settings.replication_configuration(self.cell, server["source_server_id"])
        except DrsError as exc:
            self.put(outcomes.FAILED, server, error=exc)
            return None
        return _Holder(server, configuration, replication_settings.current(configuration))

    def _network(self, wanted: list[tuple[_Holder, ReplicationSettings]]) -> tuple[dict[str, Subnet], dict[str, str]]:
        """What of the network is touched; nothing is read when nothing is."""
        subnets: set[str] = set()
        groups: set[str] = set()
        for holder, mine in wanted:
            if {"staging_area_subnet_id", "replication_servers_security_groups_ids"} & set(mine):
                merged = {**holder.now, **mine}
                subnets.add(merged["staging_area_subnet_id"] or "")
                groups.update(merged["replication_servers_security_groups_ids"] or [])
        return ec2.subnets(self.cell, subnets - {""}), ec2.security_groups(self.cell, groups)

    def _keep_one(
        self, holder: _Holder, mine: ReplicationSettings, subnets: dict[str, Subnet], groups: dict[str, str]
    ) -> None:
        name = holder.named["name"]
        wrong = replication_settings.blocking_findings(mine, holder.now, subnets, groups)
        changed = replication_settings.differences(holder.now, mine)
        self._report(holder, changed)
        self.warnings += [f"{name}: {text}" for text in replication_settings.warnings(mine, holder.now)]
        if wrong:
            text = "; ".join(text for _code, text in wrong)
            self._told(outcomes.REFUSED, holder, error=DrsError(wrong[0][0], f"{name}: {text}"))
        elif not changed:
            self._told(outcomes.UNCHANGED, holder)
        elif self._confirmed(holder, changed):
            self._write(holder, changed)

    def _report(self, holder: _Holder, changed: ReplicationSettings) -> None:
        def more(option: str) -> dict[str, t.Any]:
            # new servers take the template; no server that replicates is touched by it
            impact = replication_settings.NO_IMPACT if holder.template_id else replication_settings.impact(option)
            return {"impact": impact}

        self.report_drift(holder.named, replication_settings.before(holder.now, changed), changed, more)

    def _confirmed(self, holder: _Holder, changed: ReplicationSettings) -> bool:
        """Whether the change may be made: it copies no disks again, or somebody accepted that by name."""
        options = [] if holder.template_id else replication_settings.resyncs(changed)
        if not options:
            return True
        names = {key: holder.named[key] for key in ("source_server_id", "name")}
        self.resync.append({**names, "settings": options})
        if set(names.values()) & set(self.params["confirm_resync"]):
            return True
        text = f"{names['name']}: {', '.join(options)}: DRS may copy all its disks again"
        self._told(outcomes.REFUSED, holder, error=DrsError("resync_unconfirmed", text))
        return False

    def _write(self, holder: _Holder, changed: ReplicationSettings) -> None:
        if self.check_mode:
            self._told(outcomes.PLANNED, holder)
            return
        was = replication_settings.before(holder.now, changed)
        tags = dict(holder.named["tags"])
        earlier = change_record.record_in(tags)
        after = dict(changed)
        if earlier and earlier["change_id"] == self.change_id:
            # a second half of the same change: what was there before its first half is what it is taken back to
            was, after = {**was, **earlier["before"]}, {**earlier["after"], **after}
        try:
            record = change_record.tags_of(str(self.change_id), was, after)
            members = replication_settings.members(changed, holder.now, holder.configuration)
            # the record first: without it the change could not be taken back
            drs.tag_resource(self.cell, str(holder.named["arn"]), record)
            self._update(holder, members)
            self._forget(holder, [key for key in change_record.keys_in(tags) if key not in record])
        except DrsError as exc:
            self._told(outcomes.FAILED, holder, error=exc)
        else:
            self._told(outcomes.APPLIED, holder, changed=True)

    def _update(self, holder: _Holder, members: AwsData) -> None:
        if holder.template_id:
            drs_settings.update_template(self.cell, drs_settings.REPLICATION, holder.template_id, members)
        else:
            drs_settings.update_replication_configuration(self.cell, holder.named["source_server_id"], members)

    def _forget(self, holder: _Holder, keys: list[str]) -> None:
        if keys:
            drs.untag_resource(self.cell, str(holder.named["arn"]), keys)

    # -- taking back -------------------------------------------------------------------------------------------------
    def restore(self, servers: list[Server]) -> None:
        """What has the record of the change gets what the record says."""
        templates = drs_settings.templates(self.cell, drs_settings.REPLICATION) or []
        for holder in map(self._holder_of, templates):
            self._restore_one(holder)
        for server in servers:
            # the record is in the tags, which are read with the servers
            if self._record(server["tags"]):
                one = self._server(server)
                if one is not None:
                    self._restore_one(one)

    def _record(self, tags: t.Mapping[str, t.Any]) -> change_record.ChangeRecord | None:
        record = change_record.record_in(tags)
        return record if record and record["change_id"] == self.change_id else None

    def _restore_one(self, holder: _Holder) -> None:
        record = self._record(holder.named["tags"])
        if record is None:
            return
        before, after = (replication_settings.restorable(record[key]) for key in ("before", "after"))
        changed = replication_settings.differences(holder.now, before, whole=True)
        since = replication_settings.differences(holder.now, after, whole=True)
        if changed and since and not self.params["force"]:
            text = f"{holder.named['name']}: {', '.join(sorted(since))} is not what the change has set"
            self._told(outcomes.REFUSED, holder, error=DrsError("replication_settings_changed_since", text))
            return
        self._report(holder, changed)
        if not self._confirmed(holder, changed):
            return
        if self.check_mode:
            self._told(outcomes.PLANNED, holder)
            return
        try:
            if changed:
                self._update(holder, replication_settings.members(changed, holder.now, holder.configuration))
            self._forget(holder, change_record.keys_in(holder.named["tags"]))
        except DrsError as exc:
            self._told(outcomes.FAILED, holder, error=exc)
        else:
            self._told(outcomes.APPLIED, holder, changed=True)

    # -- book-keeping ------------------------------------------------------------------------------------------------
    def _told(self, outcome: outcomes.Outcome, holder: _Holder, **values: t.Any) -> None:
        self.put(outcome, holder.named, **values)
        if holder.template_id is not None:
            self.templates.append(self.entries.pop())
