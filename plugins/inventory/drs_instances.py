# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drs_instances
short_description: Machines of disaster recovery in many accounts and Regions
version_added: 1.0.0
author:
  - resilience.drs contributors (@resilience-drs)
description:
  - Makes one host of every EC2 instance to protect, of every source server to recover, or of every recovery instance
    to look after once it is launched, in all cells at once. A cell is one AWS account in one Region of AWS Elastic
    Disaster Recovery (DRS).
  - Uses a YAML file whose name ends with C(drs_instances.yml) or C(drs_instances.yaml).
  - Accounts are written as for P(resilience.drs.drs_accounts#inventory), or taken from a file of that plugin.
  - A machine is known by its ARN. Two machines with one name are two hosts; the later one has its id as a suffix, and
    both have the ARN of the other in C(drs_same_name), a list of at most 20.
  - A cell that cannot be read is named, in a warning and in the variable C(drs_unreadable_cells) of all hosts. It is
    never taken for an empty one.
  - What AWS says is data. No tag is ever evaluated as a template.
extends_documentation_fragment:
  - resilience.drs.accounts
  - resilience.drs.tag_keys
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as one of this plugin.
    type: str
    required: true
    choices:
      - resilience.drs.drs_instances
  hosts:
    description:
      - What the hosts are.
      - V(instances) are the EC2 instances in the cells of the type V(source), to install the agent on.
      - V(source_servers) are the DRS source servers in the cells of the types V(staging) and V(target), to recover.
      - V(recovery_instances) are what DRS launched in those cells, to validate and to configure.
    type: str
    required: true
    choices: [instances, source_servers, recovery_instances]
  cells_file:
    description:
      - A file of P(resilience.drs.drs_accounts#inventory), relative to this one, whose O(defaults), O(accounts),
        O(ssm_parameter), O(organization) and O(display_names) are used. None of these may then be in this file.
    type: str
  tags:
    description:
      - Only machines that have these tags; all of them. A value may be a list, of which any will do.
      - A key may be a name of O(tag_keys), for example V(application), and is then matched in all its spellings.
      - The tags of a recovery instance are those of its source server under its own.
    type: dict
    default: {}
  filters:
    description:
      - Filters of the EC2 operation DescribeInstances, a value or a list of values for each.
      - With O(hosts=instances) only. Instances that are terminated are left out unless C(instance-state-name) says
        otherwise. DRS itself has no filters for tags.
    type: dict
    default: {}
  staging_account_ids:
    description: Only extended source servers of these staging accounts.
    type: list
    elements: str
  extended:
    description:
      - Which host represents a source server that is extended from a staging account, if both sides are read.
      - With O(hosts=source_servers) only.
    type: str
    choices: [copy, original, both]
    default: copy
  protection:
    description:
      - Whether source servers are read, too, to say of each instance if and how it is replicated.
      - With O(hosts=instances) only.
    type: bool
    default: true
  hostnames:
    description:
      - What host names are made from, using the first that a machine has; V(name) is its C(Name) tag, otherwise the
        host name of its system, otherwise its id. V(tag:KEY) is the value of a tag.
      - Known are V(name), V(hostname), V(id), V(instance_id), V(source_server_id), V(recovery_instance_id),
        V(private_ip), V(arn) and V(tag:KEY).
      - What cannot be part of a host pattern becomes C(-).
    type: list
    elements: str
    default: [name, id]
  connect_to:
    description:
      - Which machine's private address becomes C(ansible_host).
      - V(source) is the machine that is protected, V(recovery) the recovery instance.
      - V(none) sets no address, so that nothing can be run on either by mistake.
      - A host whose machine has no address, for example because it was not recovered yet, gets one that cannot exist.
        It is never connected to the other machine.
    type: str
    choices: [none, source, recovery]
    default: none
  details:
    description:
      - Whether each host has the variable C(drs), a dictionary with the tags and everything else that is known about
        the machine.
      - O(compose), O(groups) and O(keyed_groups) know C(drs) in any case, so that a play can be given the one thing
        that it needs. With thousands of hosts the whole of it makes up half of the output.
    type: bool
    default: false
  group_prefix:
    description: What the names of groups begin with. It keeps the groups of machines apart from those of cells.
    type: str
    default: dr_
  on_error:
    description:
      - What to do about a cell that cannot be read. V(warn) and V(ignore) continue with the others.
      - When no cell can be read at all it is an error in any case.
    type: str
    choices: [warn, fail, ignore]
    default: warn
  max_workers:
    description: How many cells are read at once.
    type: int
    default: 16
  timeout:
    description: Seconds after which cells that have not answered count as unreadable.
    type: int
    default: 300
notes:
  - "Host variables: C(drs_arn), C(drs_name), C(drs_cell), C(drs_account_id), C(drs_account_name), C(drs_region),
    C(drs_instance_id), C(drs_source_server_id), C(drs_recovery_instance_id), C(drs_private_ip), C(drs_enabled),
    C(drs_critical), C(drs_strategy), C(drs_wave), C(drs_priority), C(drs_application), C(drs_role), C(drs_tier),
    C(drs_replication_state), C(drs_agent_state) and C(drs_readiness), null where nothing is known."
  - "The dictionary C(drs) has C(tags) and of the rest what is known: C(hostname), C(state) and C(extended); of a source
    server C(lag_seconds), C(backlog_bytes), C(percent), C(eta), C(current_step), C(error), C(readiness),
    C(not_ready_reason), C(last_seen), C(last_launch), C(agent_version), C(origin_account_id), C(origin_region),
    C(replication_direction) and C(staging_account_id); of an instance C(platform) and C(architecture), and if it is
    replicated C(source_server_arn) and what is known of the source server; of a recovery instance C(is_drill),
    C(job_id), C(point_in_time), C(instance_type), C(subnet_id), C(platform), C(origin_environment), C(failback_state)
    and C(pending_action)."
  - "Groups: C(drs_instances) holds every host. With the default of O(group_prefix) C(dr_ec2_instances),
    C(dr_source_servers) or C(dr_recovery_instances); C(dr_enabled) and C(dr_disabled); C(dr_wave_1) and the like for
    strategy, wave, priority, application, role and tier; C(dr_critical); C(dr_cell_payments_us_west_2),
    C(dr_account_payments), C(dr_region_us_west_2); C(dr_replication_continuous) and the like;
    C(dr_agent_connected), C(dr_agent_disconnected), C(dr_agent_stopped), C(dr_agent_not_installed) and
    C(dr_agent_unknown); C(dr_state_running) and the like; C(dr_extended); C(dr_drill) and C(dr_recovery)."
  - "Variable of the group C(all): C(drs_unreadable_cells), a list of C(cell), C(kind),
    C(account_id), C(account_name), C(region), C(assume_role_arn), C(code), C(message), C(cause) and
    C(remedy); empty when every cell was read."
  - An answer in which a cell is missing is never kept in the cache. The cache holds no credentials, and does not answer
    another caller, other cells or another selection.
  - For disaster recovery set C(any_unparsed_is_failed) to V(true) in the section C(inventory) of C(ansible.cfg).
seealso:
  - plugin: resilience.drs.drs_accounts
    plugin_type: inventory
"""

EXAMPLES = r"""
# recover.drs_instances.yml: every source server of the cells in prod.drs_accounts.yml
plugin: resilience.drs.drs_instances
hosts: source_servers
cells_file: prod.drs_accounts.yml

#   ansible-inventory -i recover.drs_instances.yml --graph dr_wave_1

# The instances of one application that ought to be protected, and whether they are
# plugin: resilience.drs.drs_instances
# hosts: instances
# cells_file: prod.drs_accounts.yml
# tags:
#   enabled: true
#   application: payments
# groups:
#   to_do: drs_agent_state == 'not_installed'

# What a drill has launched, reached through Systems Manager
# plugin: resilience.drs.drs_instances
# hosts: recovery_instances
# cells_file: prod.drs_accounts.yml
# hostnames: [name, instance_id]
# on_error: fail
# compose:
#   ansible_connection: "'amazon.aws.aws_ssm'"
#   ansible_aws_ssm_instance_id: drs_instance_id
#   ansible_aws_ssm_region: drs_region
# keyed_groups:
#   - key: drs.tags['team'] | default('nobody')
#     prefix: team
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_connection: ~/.cache/drs
# cache_timeout: 300
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.utils.vars import combine_vars
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import fleet as fleets
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import machines as machine_hosts
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import CellError, check_keys, show
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import Cell
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.data import as_data
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.instance_options import (
    KEYS,
    Options,
    check_composed,
    check_options,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.base import (
    ACCOUNT_KEYS,
    COMMON_KEYS,
    CellsInventory,
    relative_to,
    garbage_collection_paused,
)

ALL = "drs_instances"


class InventoryModule(CellsInventory):
    """Hosts of machines: reading is in plugin_utils/_fleet, names, groups and variables are in machine_hosts."""

    NAME = "resilience.drs.drs_instances"
    ENDINGS = ("drs_instances.yml", "drs_instances.yaml")

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the file and all cells, and add the machines; AnsibleParserError if that cannot be done."""
        super().parse(inventory, loader, path, cache)
        config = self.load(path)
        with self.problems_of(path):
            check_keys(config, (*COMMON_KEYS, *KEYS), "")
            check_composed(config.get("compose") or ())
            options = check_options(config)
            accounts = self._accounts(path, config)
            sources = self.check_cells(accounts)
        self._read_config_data(path)
        with garbage_collection_paused():
            with self.problems_of(path):
                cells = self.read_cells(path, accounts, sources, cache)
                fleet = self._fleet(path, options, cells, cache)
                self._judge(options, fleet)
            self._add_all(options, cells, fleet)

    def _accounts(self, path: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """The options that say which accounts there are: of this file, or of the one that it names."""
        name = config.get("cells_file")
        if name is None:
            return {key: config[key] for key in ACCOUNT_KEYS if key in config}
        twice = [key for key in ACCOUNT_KEYS if key in config]
        if twice or not isinstance(name, str) or not name:
            raise CellError(f"cells_file {show(name)} cannot be used together with {', '.join(twice) or 'nothing'}.")
        place = relative_to(path, name)
        if not self.loader.is_file(place):
            raise CellError(f"cells_file {show(name)} does not exist; a relative one is looked for beside this file.")
        other = self.loader.load_from_file(place, cache="none")
        if not isinstance(other, Mapping) or other.get("plugin") != "resilience.drs.drs_accounts":
            raise CellError(f"cells_file {show(name)} is not a file of resilience.drs.drs_accounts.")
        check_keys(other, COMMON_KEYS, name)
        return {key: other[key] for key in ACCOUNT_KEYS if key in other}

    def _fleet(self, path: str, options: Options, cells: list[Cell], cache: bool) -> fleets.Fleet:
        """What all cells hold, from AWS or from the cache."""
        types = machine_hosts.CELL_TYPES[options.hosts]
        if not any(set(cell.types).intersection(types) for cell in cells):
            raise CellError(f"hosts {options.hosts} are read in accounts of the type {' or '.join(types)}; none is.")
        partitions = {region: name for name, regions in self._regions.items() for region in regions}
        queries = {cell.host: options.query(cell.account_id, partitions[cell.region]) for cell in cells}

        def read() -> tuple[dict[str, Any], bool]:
            fleet = fleets.read(
                cells,
                options.kinds,
                lambda cell: queries[cell.host],
                self.external_id,
                options.max_workers,
                options.timeout,
            )
            return {"records": fleet.records, "unreadable": fleet.unreadable}, fleet.complete

        filters = options.filters if "instances" in options.kinds else None
        marks = [options.kinds, filters, options.staging_account_ids, self.marks_of(cells)]
        return fleets.Fleet(**self.cached(path, cache, "machines", marks, read))

    def _judge(self, options: Options, fleet: fleets.Fleet) -> None:
        """Say which cells could not be read, and stop where the options or reason demand it."""
        lines = fleets.unread_lines(fleet.unreadable)
        if lines and (options.on_error == "fail" or fleet.is_unread(options.hosts)):
            raise AnsibleParserError("cells that cannot be read:\n  " + "\n  ".join(lines))
        for one in lines if options.on_error == "warn" else ():
            self.display.warning(f"A cell cannot be read, its machines are missing: {one}")
        for kind, records in fleet.records.items():
            self.display.vv(f"{self.NAME}: {len(records)} {kind} read")

    def _add_all(self, options: Options, cells: list[Cell], fleet: fleets.Fleet) -> None:
        sure = frozenset(cell.host for cell in cells if cell.replicate_to and fleet.knows_all("source_servers"))
        records = machine_hosts.joined(options.hosts, fleet.records, sure if options.protection else frozenset())
        if options.hosts == "source_servers":
            records = machine_hosts.without_copies(records, options.extended)
        account_names = {cell.account_id: cell.account_name for cell in cells}
        machines = machine_hosts.machines_of(records, options.tags, options.tag_keys, account_names)
        machine_hosts.addresses(machines, options.hosts, options.connect_to, fleet.records)
        groups = machine_hosts.Groups(options.group_prefix, options.hosts, options.tag_keys)
        # a host that is named like a group would be in every play on that group
        coming = groups.of_all(machines)
        machine_hosts.named(machines, options.names, lambda name, arn: name in coming or self._taken(name, arn))
        made: dict[str, Any] = {}
        constructed = any(self.get_option(one) for one in ("compose", "groups", "keyed_groups"))
        self._made(ALL, made)
        for machine in machines:
            self.inventory.add_host(machine.host)
            host = self.inventory.hosts[machine.host]
            values = groups.values(machine.record["tags"])
            for group in groups.of(machine, values):
                (made.get(group) or self._made(group, made)).add_host(host)
            # one by one, core would look at each text again to mark what is marked here: a second for 3,000 hosts
            host.vars.update(as_data(machine_hosts.variables(machine, values)))
            if options.details or constructed:
                details = as_data(machine_hosts.details(machine))
                if options.details:
                    host.vars["drs"] = details
                if constructed:
                    self._construct(machine.host, {"drs": details})
        self._report(machines, groups, fleet)

    def _made(self, name: str, made: dict[str, Any]) -> Any:
        """A group of core's own, which hosts are added to: by name, core would look up both again for each of them."""
        made[name] = self.inventory.groups[self.inventory.add_group(name)]
        return made[name]

    def _report(self, machines: list[machine_hosts.Machine], groups: machine_hosts.Groups, fleet: fleets.Fleet) -> None:
        """Group variables, and warnings of what may surprise."""
        shared = sorted({machine.preferred_name for machine in machines if machine.same_name})
        if shared:
            names = ", ".join(shared[:10])
            self.display.warning(
                f"{count(len(shared), 'name is', 'names are')} shared by several machines ({names}): see drs_same_name"
            )
        for group, values in sorted(groups.shared.items()):
            shown = ", ".join(show(value) for value in sorted(values))
            self.display.warning(f"The group {group} holds machines of several values: {shown}")
        # another file of this plugin may have been read before, and its cells are missing as well
        earlier = self.inventory.groups["all"].get_vars().get("drs_unreadable_cells") or []
        unreadable = as_data(fleet.unreadable)
        every = [*(one for one in earlier if one not in unreadable), *unreadable]
        self.inventory.set_variable("all", "drs_unreadable_cells", every)

    def _taken(self, name: str, arn: str) -> bool:
        """Whether a name is that of a group, of a cell, or of another machine that a file before this one has added."""
        if name in self.inventory.groups:
            return True
        host = self.inventory.hosts.get(name)
        return host is not None and (host.vars.get("drs_arn") or host.vars.get("drs_cell") or arn) != arn

    def _construct(self, host: str, details: dict[str, Any]) -> None:
        strict = self.get_option("strict")
        variables = combine_vars(self.inventory.get_host(host).get_vars(), details)
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        variables = combine_vars(self.inventory.get_host(host).get_vars(), details)
        self._add_host_to_composed_groups(
            self.get_option("groups"), variables, host, strict=strict, fetch_hostvars=False
        )
        self._add_host_to_keyed_groups(
            self.get_option("keyed_groups"), variables, host, strict=strict, fetch_hostvars=False
        )
