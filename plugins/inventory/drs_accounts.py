# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drs_accounts
short_description: Cells for disaster recovery, one host per AWS account and Region
version_added: 1.0.0
author:
  - resilience.drs contributors (@resilience-drs)
description:
  - Makes one host of every cell. A cell is one AWS account in one Region of AWS Elastic Disaster Recovery (DRS).
  - A host named C(payments.us-west-2) is the account C(payments) in the Region C(us-west-2). A play over these hosts
    works in many accounts at once, and C(--limit) chooses among them.
  - Uses a YAML file whose name ends with C(drs_accounts.yml) or C(drs_accounts.yaml).
  - The accounts are written in the file itself, in a parameter of Systems Manager, or in AWS Organizations. Reading a
    file that holds its accounts calls no AWS service and needs no credentials.
  - The external id of a role never passes through the inventory. The file names the environment variable or the
    Ansible variable that holds it; the inventory holds a template that is evaluated when a task uses it.
  - Anything wrong in the file is one error that names the field, the value and what to write instead.
extends_documentation_fragment:
  - resilience.drs.accounts
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as one of this plugin.
    type: str
    required: true
    choices:
      - resilience.drs.drs_accounts
notes:
  - "Host variables that are always there: C(drs_cell) (the host name), C(drs_account_id), C(drs_account_name),
    C(drs_account_types), C(drs_region), C(ansible_connection) (V(local)) and C(ansible_python_interpreter) (the
    controller's own)."
  - "Host variables that are there when the cell has them: C(drs_assume_role_arn), C(drs_external_id),
    C(drs_role_session_name), C(drs_source_identity), C(drs_profile), C(drs_replicate_to),
    C(drs_extend_to) and C(drs_account_display_name)."
  - "Groups: C(drs_cells) holds every host; C(drs_source), C(drs_staging) and C(drs_target) by type;
    C(drs_region_us_west_2) and the like by Region; C(drs_account_payments) and the like by account. Characters that a
    group name may not have become C(_)."
  - O(compose), O(groups) and O(keyed_groups) see every variable of the host but C(drs_external_id), so that an
    external id is not written into the inventory. O(compose) may set C(drs_role_session_name), C(drs_source_identity)
    and C(drs_profile), and none of the other variables of the cell.
  - Ansible only warns of an inventory source that it cannot use, and continues with the others. For disaster recovery
    set C(any_unparsed_is_failed) to V(true) in the section C(inventory) of C(ansible.cfg), so that a broken file
    stops the run.
seealso:
  - module: amazon.aws.sts_assume_role
"""

EXAMPLES = r"""
# prod.drs_accounts.yml: two accounts, three cells
plugin: resilience.drs.drs_accounts
defaults:
  role_name: DRSOrchestration
  external_id_env: DRS_EXTERNAL_ID
  regions: [us-west-2]
accounts:
  - account_id: "111111111111"
    name: payments
    types: [target]
    regions: [us-west-2, us-east-2]
  - account_id: "222222222222"
    name: staging-a
    types: [source, staging]

# The hosts are payments.us-west-2, payments.us-east-2 and staging-a.us-west-2:
#   ansible-inventory -i prod.drs_accounts.yml --graph

---
# Everything an account can say
plugin: resilience.drs.drs_accounts
accounts:
  - account_id: "111111111111"
    name: payments
    types: [target]
    regions: [us-west-2]
    role_arn: arn:aws:iam::111111111111:role/dr/DRSOrchestration
    external_id_var: vault_payments_external_id # in group_vars/drs_account_payments/vault.yml
    role_session_name: dr-payments
    source_identity: dr-team
    profile: dr-hub
    vars:
      cost_centre: "4711"
  # The account of the caller: no role
  - account_id: "999999999999"
    name: hub
    types: [source, staging, target]
    regions: [us-west-2]

---
# Own groups, and a source identity that says who runs
plugin: resilience.drs.drs_accounts
defaults:
  role_name: DRSOrchestration
  regions: [us-west-2]
accounts:
  - account_id: "111111111111"
    name: payments
    vars:
      business_unit: finance
  - account_id: "222222222222"
    name: shop
    vars:
      business_unit: retail
compose:
  drs_source_identity: lookup('ansible.builtin.env', 'USER') | default('unknown', true)
groups:
  # Both, wherever they are recovered
  money: business_unit in ['finance', 'retail']
keyed_groups:
  # unit_finance, unit_retail
  - key: business_unit
    prefix: unit

---
# Accounts from a parameter in the recovery Region, and all those of two organisational units
plugin: resilience.drs.drs_accounts
defaults:
  role_name: DRSOrchestration
  external_id_env: DRS_EXTERNAL_ID
  regions: [us-west-2]
ssm_parameter:
  name: /dr/accounts # [{"account_id": "111111111111", "name": "payments"}]
  region: us-west-2
organization:
  - ou_ids: [ou-ab12-22222222]
    types: [source]
    replicate_to: staging-a
    exclude: ["sandbox-*"]
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/drs
cache_timeout: 3600

---
# A play that works in all target cells at once, each with its own credentials
- name: Read the source servers of every target cell
  hosts: drs_target
  gather_facts: false
  module_defaults:
    group/resilience.drs.cell:
      region: "{{ drs_region }}"
      profile: "{{ drs_profile | default(omit) }}"
      assume_role_arn: "{{ drs_assume_role_arn | default(omit) }}"
      external_id: "{{ drs_external_id | default(omit) }}"
      role_session_name: "{{ drs_role_session_name | default(omit) }}"
      source_identity: "{{ drs_source_identity | default(omit) }}"
  tasks:
    - name: Read the source servers
      resilience.drs.drs_source_server_info:
      register: servers
"""

from typing import Any

from ansible.utils.vars import combine_vars
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import check_keys
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import Cell, check_composed
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.data import as_data, mark_as_template
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.base import COMMON_KEYS, CellsInventory


class InventoryModule(CellsInventory):
    """Hosts of cells; what makes a cell is in plugin_utils/_inventory/cells, where accounts come from in sources."""

    NAME = "resilience.drs.drs_accounts"
    ENDINGS = ("drs_accounts.yml", "drs_accounts.yaml")

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the file and add its cells to the inventory; AnsibleParserError if anything in it is wrong."""
        super().parse(inventory, loader, path, cache)
        config = self.load(path)
        with self.problems_of(path):
            check_keys(config, COMMON_KEYS, "")
            sources = self.check_cells(config)
            check_composed(config.get("compose") or ())
        self._read_config_data(path)
        with self.problems_of(path):
            cells = self.read_cells(path, config, sources, cache)
        for cell in cells:
            self._add_cell(cell)

    def _add_cell(self, cell: Cell) -> None:
        self.inventory.add_host(cell.host)
        for group in cell.groups():
            self.inventory.add_child(self.inventory.add_group(group), cell.host)
        for name, value in cell.host_vars().items():
            self.inventory.set_variable(cell.host, name, as_data(value))
        for name, template in cell.templates().items():
            self.inventory.set_variable(cell.host, name, mark_as_template(template))
        self._construct(cell)

    def _construct(self, cell: Cell) -> None:
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), self._visible_vars(cell), cell.host, strict=strict)
        # Read again, for groups may use what compose has set; and not fetched by core, which would add what is hidden.
        variables = self._visible_vars(cell)
        self._add_host_to_composed_groups(
            self.get_option("groups"), variables, cell.host, strict=strict, fetch_hostvars=False
        )
        self._add_host_to_keyed_groups(
            self.get_option("keyed_groups"), variables, cell.host, strict=strict, fetch_hostvars=False
        )

    def _visible_vars(self, cell: Cell) -> dict[str, Any]:
        """What compose, groups and keyed_groups may see: all but the external id, whose value they would write down."""
        variables = combine_vars(self.inventory.get_host(cell.host).get_vars(), {})
        variables.pop("drs_external_id", None)
        return variables
