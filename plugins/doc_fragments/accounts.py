# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The accounts and Regions to work in, as the inventory plugins of the collection read them."""

    DOCUMENTATION = r"""
options:
  defaults:
    description:
      - What holds for every account that does not say otherwise.
      - An account takes a default away with an empty text, for example C(role_name) V("") for an account that is
        worked in with the caller's own credentials.
    type: dict
    default: {}
    suboptions:
      role_name:
        description: See O(accounts[].role_name).
        type: str
      external_id_env:
        description: See O(accounts[].external_id_env).
        type: str
      external_id_var:
        description: See O(accounts[].external_id_var).
        type: str
      role_session_name:
        description: See O(accounts[].role_session_name).
        type: str
      source_identity:
        description: See O(accounts[].source_identity).
        type: str
      profile:
        description: See O(accounts[].profile).
        type: str
      regions:
        description: See O(accounts[].regions).
        type: list
        elements: str
      types:
        description: See O(accounts[].types).
        type: list
        elements: str
        choices: [source, staging, target]
      partition:
        description: See O(accounts[].partition).
        type: str
      replicate_to:
        description: See O(accounts[].replicate_to).
        type: str
      extend_to:
        description: See O(accounts[].extend_to).
        type: str
  accounts:
    description:
      - The accounts and the Regions to work in, at least one.
      - An account may be listed more than once when its Regions differ in something, for example in the role. Each
        account and Region may be given once.
    type: list
    elements: dict
    required: true
    suboptions:
      account_id:
        description: The 12 digits of the AWS account. Write them in quotes, or YAML drops leading zeros.
        type: str
        required: true
      name:
        description:
          - Name of the account in host names, groups and reports; letters, digits, C(-) and C(_).
          - Without it the account id is used.
        type: str
      regions:
        description:
          - Regions in which this account has DRS; one host each. Required here or in O(defaults).
          - They are checked against the Regions that the installed C(botocore) knows.
        type: list
        elements: str
      types:
        description:
          - What the account is for. An account may be several things.
          - V(source) owns the EC2 instances that are protected.
          - V(staging) is replicated into by the agents; it owns the source servers and their points in time.
          - V(target) is where servers are recovered.
          - V([target]) where neither the account nor O(defaults) says anything.
        type: list
        elements: str
        choices: [source, staging, target]
      role_arn:
        description:
          - ARN of the role to assume in this account. It must be a role of O(accounts[].account_id).
          - Without O(accounts[].role_arn) and O(accounts[].role_name) the caller's own credentials are used.
          - Mutually exclusive with O(accounts[].role_name) of the same account.
        type: str
      role_name:
        description: Name of the role to assume, with its path if it has one. The account id completes the ARN.
        type: str
      external_id_env:
        description:
          - Name of the environment variable of the controller that holds the external id of the role.
          - Mutually exclusive with O(accounts[].external_id_var). Either one replaces the default of both.
        type: str
      external_id_var:
        description:
          - Name of the Ansible variable that holds the external id of the role, for example a vaulted one in
            C(group_vars) or one that an AWX credential injects.
        type: str
      role_session_name:
        description: Session name for the role, 2 to 64 characters. Without it the modules use theirs.
        type: str
      source_identity:
        description:
          - Source identity for the session, 2 to 64 characters. The role's trust policy must allow
            C(sts:SetSourceIdentity).
          - Like everything in the file it is taken as written. Where it depends on who runs, leave it out and use
            O(compose) or set C(drs_source_identity) in C(group_vars/drs_cells.yml).
        type: str
      profile:
        description: Profile of the AWS configuration files whose credentials assume the role, or are used as they are.
        type: str
      partition:
        description: AWS partition of the account, V(aws) where neither the account nor O(defaults) says anything.
        type: str
      replicate_to:
        description:
          - The cell that the agents of this account replicate into, for an account of the type V(source).
          - The host name of another cell, for example V(staging-a.us-west-2), or the name or id of an account that
            has one Region here. The cell must be of the type V(staging) or V(target).
          - Without it a cell that is itself V(staging) or V(target) replicates into itself, and a cell that is only
            V(source) has no place to replicate to.
          - The default of O(defaults) holds for the accounts of the type V(source) only.
        type: str
      extend_to:
        description:
          - The cell that the source servers of this account are extended to, for an account of the type V(staging).
          - The host name of another cell or the name or id of its account. DRS extends inside a Region, so the cell is
            in the same Region, and of the type V(target).
          - The default of O(defaults) holds for the accounts of the type V(staging) only, and not for the account
            that it names.
        type: str
      vars:
        description:
          - More host variables for the cells of this account.
          - Values are data and are never evaluated as templates. Use O(compose) for expressions.
          - May replace C(ansible_connection) and C(ansible_python_interpreter), but not the variables of the cell.
        type: dict
"""
