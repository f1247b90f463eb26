"""Launch and replication settings: of single servers, and the templates that new servers take them from."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import exceptions as errors
from ..settings import QUOTA_CODES, SETTINGS
from . import ec2, schedule
from .servers import SourceServer
from .wire import arn, random_id

if TYPE_CHECKING:
    from . import DrsBackend

#: UG:point-in-time: exactly three rules, of which only the daily retention may be chosen.
PIT_POLICY: list[dict[str, Any]] = [
    {"ruleID": 1, "units": "MINUTE", "interval": 10, "retentionDuration": 60, "enabled": True},
    {"ruleID": 2, "units": "HOUR", "interval": 1, "retentionDuration": 24, "enabled": True},
    {"ruleID": 3, "units": "DAY", "interval": 1, "retentionDuration": 7, "enabled": True},
]
_FIXED_RULES = {"MINUTE": (10, 60), "HOUR": (1, 24)}

_REPLICATION_DEFAULTS: dict[str, Any] = {
    "stagingAreaSubnetId": "subnet-0123456789abcdef0",
    "associateDefaultSecurityGroup": True,
    "replicationServersSecurityGroupsIDs": [],
    "replicationServerInstanceType": "t3.small",
    "useDedicatedReplicationServer": False,
    "defaultLargeStagingDiskType": "GP3",
    "ebsEncryption": "DEFAULT",
    "bandwidthThrottling": 0,
    "dataPlaneRouting": "PRIVATE_IP",
    "createPublicIP": False,
    "stagingAreaTags": {},
    "pitPolicy": PIT_POLICY,
    "autoReplicateNewDisks": True,
    "internetProtocol": "IPV4",
}


def check_pit_policy(rules: list[dict[str, Any]] | None) -> None:
    """Refuse a policy that is not the three documented rules (UG:point-in-time).

    Raises:
        ValidationException: naming pitPolicy.
    """
    if rules is None:
        return
    units = sorted(rule["units"] for rule in rules)
    text = ""
    if units != ["DAY", "HOUR", "MINUTE"]:
        text = "pitPolicy must have exactly one rule each of units MINUTE, HOUR and DAY"
    for rule in rules:
        fixed = _FIXED_RULES.get(rule["units"])
        if fixed and (rule["interval"], rule["retentionDuration"]) != fixed:
            text = f"pitPolicy rule {rule['units']} must have interval {fixed[0]} and retentionDuration {fixed[1]}"
        if rule["units"] == "DAY" and not 1 <= rule["retentionDuration"] <= 365:
            text = "pitPolicy rule DAY must have a retentionDuration of 1 to 365"
    if text:
        raise errors.ValidationException(text, "fieldValidationFailed", [("pitPolicy", text)])


def pit_days(rules: list[dict[str, Any]]) -> int:
    """Days for which daily points are kept."""
    return next((rule["retentionDuration"] for rule in rules if rule["units"] == "DAY"), 7)


class Templates:
    """The replication and launch configuration templates of an account and Region."""

    _KINDS = {
        "replicationConfigurationTemplate": ("rct", "replication-configuration-template"),
        "launchConfigurationTemplate": ("lct", "launch-configuration-template"),
    }

    def __init__(self, backend: DrsBackend) -> None:
        self._backend = backend
        self._items: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in self._KINDS}
        self._made = 0

    def all(self, kind: str, wanted: list[str] | None = None) -> list[dict[str, Any]]:
        """Templates of a kind; an unknown wanted id is an error.

        Raises:
            ResourceNotFoundException: an id does not exist.
        """
        items = self._items[kind]
        return [self._get(kind, identifier) for identifier in wanted] if wanted else list(items.values())

    def _get(self, kind: str, identifier: str) -> dict[str, Any]:
        item = self._items[kind].get(identifier)
        if item is None:
            raise errors.not_found(kind[0].upper() + kind[1:], identifier)
        return item

    def create(self, kind: str, values: dict[str, Any]) -> dict[str, Any]:
        """Make a template.

        Raises:
            ServiceQuotaExceededException: a second launch configuration template (GR: one per account).
            ValidationException: the point-in-time policy.
        """
        prefix, noun = self._KINDS[kind]
        backend = self._backend
        if prefix == "lct" and self._items[kind]:
            raise errors.ServiceQuotaExceededException(
                "Max number of launch configuration templates per account is 1",
                QUOTA_CODES["launch_configuration_templates"],
                resource_type="LaunchConfigurationTemplate",
            )
        check_pit_policy(values.get("pitPolicy"))
        check_encryption(values)
        self._made += 1
        identifier = random_id(prefix, schedule.rng(backend.account_id, backend.region_name, prefix, self._made))
        defaults = _REPLICATION_DEFAULTS if prefix == "rct" else _launch_template_defaults()
        item = {
            f"{kind}ID": identifier,
            "arn": arn(backend.region_name, backend.account_id, noun, identifier),
            "tags": {},
            **defaults,
            **values,
        }
        self._items[kind][identifier] = item
        return item

    def update(self, kind: str, identifier: str, values: dict[str, Any]) -> dict[str, Any]:
        """Change a template. Raises ResourceNotFoundException, ValidationException."""
        item = self._get(kind, identifier)
        check_pit_policy(values.get("pitPolicy"))
        check_encryption({**item, **values})
        item.update({key: value for key, value in values.items() if key not in ("arn", f"{kind}ID")})
        return item

    def delete(self, kind: str, identifier: str) -> None:
        """Remove a template. Raises ResourceNotFoundException."""
        self._get(kind, identifier)
        del self._items[kind][identifier]

    def first(self, kind: str) -> dict[str, Any] | None:
        """The template that new servers take their settings from."""
        return next(iter(self._items[kind].values()), None)


def take_templates(backend: DrsBackend, server: SourceServer) -> None:
    """Note the templates of this moment for a new server; later ones do not change it."""
    launch = backend.templates.first("launchConfigurationTemplate")
    server.launch_template = dict(launch) if launch else {}
    backend.actions.inherit(server)
    if server.extended:
        return
    replication = backend.templates.first("replicationConfigurationTemplate")
    server.replication_template = dict(replication) if replication else {}
    server.encryption = _encryption(replication or schedule.encryption(backend.account_id, backend.region_name))


def _encryption(values: dict[str, Any]) -> dict[str, str]:
    return {key: values[key] for key in ("ebsEncryption", "ebsEncryptionKeyArn") if values.get(key)}


def check_encryption(values: dict[str, Any]) -> None:
    """Refuse a customer managed key that is not named.

    Raises:
        ValidationException: naming ebsEncryptionKeyArn.
    """
    if values.get("ebsEncryption") == "CUSTOM" and not values.get("ebsEncryptionKeyArn"):
        text = "ebsEncryptionKeyArn is required when ebsEncryption is CUSTOM"
        raise errors.ValidationException(text, "fieldValidationFailed", [("ebsEncryptionKeyArn", text)])


def _launch_template_defaults() -> dict[str, Any]:
    values = dict(SETTINGS["launch_defaults"])
    return {"licensing": {"osByol": values.pop("osByol")}, "launchIntoSourceInstance": False, **values}


def launch_settings(backend: DrsBackend, server: SourceServer) -> dict[str, Any]:
    """The launch settings in force of a server: the template's when it came, then its own."""
    if not server.launch_configuration:
        values = _launch_template_defaults()
        values.update({key: value for key, value in server.launch_template.items() if key in values})
        values.pop("launchIntoSourceInstance")
        server.launch_configuration = {"sourceServerID": server.id, "name": server.name, **values}
    return server.launch_configuration


def launch_configuration(backend: DrsBackend, server: SourceServer) -> dict[str, Any]:
    """LaunchConfiguration with its EC2 launch template, which is made at the first look to keep large fleets cheap."""
    settings = launch_settings(backend, server)
    if SETTINGS["deleted_launch_template"] == "at_once":
        _forget_deleted(settings, server)
    if "ec2LaunchTemplateID" not in settings:
        settings["ec2LaunchTemplateID"] = ec2.create_template(
            server.account_id,
            server.region,
            f"created-and-used-by-drs-{server.id}",
            SETTINGS["instance_type"],
            {ec2.MANAGED_TAG: ec2.MANAGED_VALUE, ec2.SERVER_TAG: server.id},
            server.devices,
        )
    return settings


def _forget_deleted(settings: dict[str, Any], server: SourceServer) -> bool:
    """Forget the launch template when somebody deleted it in EC2; whether that was so."""
    known = settings.get("ec2LaunchTemplateID")
    gone = bool(known) and not ec2.has_template(server.account_id, server.region, str(known))
    if gone:
        del settings["ec2LaunchTemplateID"]
    return gone


def renew_launch_template(backend: DrsBackend, server: SourceServer) -> None:
    """Make a server's launch template anew when somebody deleted it (UG:ec2-key-considerations)."""
    if _forget_deleted(launch_settings(backend, server), server):
        launch_configuration(backend, server)


def drop_launch_template(server: SourceServer) -> None:
    """Delete the EC2 launch template of a server that is disconnected or deleted (UG:ec2-key-considerations)."""
    template = server.launch_configuration.pop("ec2LaunchTemplateID", None)
    if template:
        ec2.delete_template(server.account_id, server.region, template)


def update_launch_configuration(backend: DrsBackend, server: SourceServer, values: dict[str, Any]) -> dict[str, Any]:
    """Change a server's launch settings.

    Raises:
        ValidationException: launch-into needs copyPrivateIp and copyTags off (UG: launch into an instance).
    """
    settings = {**launch_configuration(backend, server), **values}
    into = (settings.get("launchIntoInstanceProperties") or {}).get("launchIntoEC2InstanceID")
    if into and (settings["copyPrivateIp"] or settings["copyTags"]):
        raise errors.ValidationException("copyPrivateIp and copyTags must be off to launch into an existing instance")
    server.launch_configuration = settings
    return settings


def replication_configuration(backend: DrsBackend, server: SourceServer) -> dict[str, Any]:
    """ReplicationConfiguration of a server; an extended server shows the staging server's (UG:multi-account)."""
    real = server.replicating
    if not real.replication_configuration:
        template = real.replication_template
        values = {key: template.get(key, default) for key, default in _REPLICATION_DEFAULTS.items()}
        values.update(real.encryption)
        disks = [
            {
                "deviceName": disk["device"],
                "isBootDisk": number == 0,
                "stagingDiskType": "AUTO",
                "optimizedStagingDiskType": "GP3",
            }
            for number, disk in enumerate(real.replication.disks)
        ]
        real.replication_configuration = {"name": real.name, **values, "replicatedDisks": disks}
    return {**real.replication_configuration, "sourceServerID": server.id}


def update_replication_configuration(
    backend: DrsBackend, server: SourceServer, values: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Change how a server replicates. With another encryption it may copy its disks from the beginning (a setting).

    Raises:
        ValidationException: an extended server (UG:multi-account: done in the staging account), a bad policy, a disk
            that the server does not have.
    """
    if server.extended:
        raise errors.ValidationException(
            f"Source server {server.id} is extended; change its replication settings in the staging account"
        )
    check_pit_policy(values.get("pitPolicy"))
    check_encryption(values)
    unknown = {disk.get("deviceName") for disk in values.get("replicatedDisks") or []} - set(server.devices)
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise errors.ValidationException(f"Source server {server.id} has no disk {names}")
    current = replication_configuration(backend, server)
    disks = {disk["deviceName"]: disk for disk in current["replicatedDisks"]}
    for disk in values.get("replicatedDisks") or []:
        disks[disk["deviceName"]] = _changed_disk(disks[disk["deviceName"]], disk)
    server.replication_configuration = {**current, **values, "replicatedDisks": list(disks.values())}
    if "ebsEncryption" in values:
        earlier, server.encryption = server.encryption, _encryption(server.replication_configuration)
        replicates = server.view(now).state not in ("STOPPED", "DISCONNECTED")
        if SETTINGS["full_sync_after_encryption_change"] and replicates and earlier != server.encryption:
            server.replication.change(now, "INITIATING")
    server.pit_days = pit_days(server.replication_configuration["pitPolicy"])
    return replication_configuration(backend, server)


def _changed_disk(disk: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """A replicated disk with new values. With its type go the IOPS and throughput of the earlier one (a guess)."""
    kept = {key: value for key, value in disk.items() if key not in ("iops", "throughput")}
    return {**(kept if "stagingDiskType" in values else disk), **values}
