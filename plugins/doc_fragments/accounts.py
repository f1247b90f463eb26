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
      - What applies to every account that does not say otherwise.
      - An account cancels a default with an empty string, for example C(role_name) V("") for an account that is
        accessed with the caller's own credentials.
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
      - The accounts and the Regions to work in. At least one, unless O(ssm_parameter) or O(organization) gives them.
      - An account that several sources give is taken whole from the first of them, in the order O(accounts),
        O(ssm_parameter), O(organization).
      - An account may be listed more than once when its Regions differ in something, for example in the role. Each
        account and Region may be given once.
    type: list
    elements: dict
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
  ssm_parameter:
    description:
      - A parameter of AWS Systems Manager that holds accounts as JSON; either a list of mappings with the keys of
        O(accounts), or a mapping with C(accounts) and C(defaults), which win over O(defaults).
      - Entries are checked as those of the file are. Variables whose names begin with C(ansible_) are refused in them.
    type: dict
    suboptions:
      name:
        description: Name or ARN of the parameter. It may be a C(SecureString).
        type: str
        required: true
      region:
        description: Region of the parameter. Keep it where it can be read in a disaster, in the recovery Region.
        type: str
        required: true
      role_arn:
        description: ARN of the role to read it with. Without it the caller's own credentials are used.
        type: str
      external_id_env:
        description: Name of the environment variable of the controller that holds the external id of that role.
        type: str
      external_id_var:
        description: Name of the extra variable that holds the external id of that role.
        type: str
      role_session_name:
        description: Session name for that role.
        type: str
      source_identity:
        description: Source identity for the session of that role.
        type: str
      profile:
        description: Profile of the AWS configuration files to read it with. That of O(defaults) where not given.
        type: str
  organization:
    description:
      - Accounts of AWS Organizations. Each entry of the list selects accounts and says what applies to them.
      - Accounts that are not active are skipped, and named at C(-v).
      - AWS Organizations answers in one Region only, V(us-east-1) in the partition V(aws). For the day on which that
        Region is down use the cache, O(accounts) or O(ssm_parameter).
    type: list
    elements: dict
    suboptions:
      ou_ids:
        description: Ids of organisational units, or of a root. Without them the whole organisation.
        type: list
        elements: str
      recursive:
        description: Whether the units below those units count, V(true) where it is not given.
        type: bool
      include:
        description: Only these accounts, as ids or as patterns of names such as V(prod-*).
        type: list
        elements: str
      exclude:
        description: Not these accounts, as ids or as patterns of names.
        type: list
        elements: str
      name:
        description:
          - What host names are made of. V(name) is the name in AWS Organizations, with C(-) for what a host name
            may not have; where two accounts would get one name, the id is added to it. V(id) is the account id.
          - V(name) where it is not given.
        type: str
        choices: [name, id]
      role_name:
        description: For each of these accounts. See O(accounts[].role_name).
        type: str
      external_id_env:
        description: For each of these accounts. See O(accounts[].external_id_env).
        type: str
      external_id_var:
        description: For each of these accounts. See O(accounts[].external_id_var).
        type: str
      role_session_name:
        description: For each of these accounts. See O(accounts[].role_session_name).
        type: str
      source_identity:
        description: For each of these accounts. See O(accounts[].source_identity).
        type: str
      profile:
        description: For each of these accounts. See O(accounts[].profile).
        type: str
      regions:
        description: For each of these accounts. See O(accounts[].regions).
        type: list
        elements: str
      types:
        description: For each of these accounts. See O(accounts[].types).
        type: list
        elements: str
        choices: [source, staging, target]
      partition:
        description: For each of these accounts. See O(accounts[].partition).
        type: str
      replicate_to:
        description: For each of these accounts. See O(accounts[].replicate_to).
        type: str
      extend_to:
        description: For each of these accounts. See O(accounts[].extend_to).
        type: str
      reader:
        description: How AWS Organizations is accessed.
        type: dict
        suboptions:
          region:
            description: Any Region of the partition, V(us-east-1) where it is not given.
            type: str
          role_arn:
            description: ARN of the role to read it with. Without it the caller's own credentials are used.
            type: str
          external_id_env:
            description: Name of the environment variable of the controller that holds the external id of that role.
            type: str
          external_id_var:
            description: Name of the extra variable that holds the external id of that role.
            type: str
          role_session_name:
            description: Session name for that role.
            type: str
          source_identity:
            description: Source identity for the session of that role.
            type: str
          profile:
            description: Profile of the AWS configuration files to read it with. That of O(defaults) where not given.
            type: str
  display_names:
    description:
      - Whether to look up what people call each account, as the host variable C(drs_account_display_name); its name in
        AWS Organizations, otherwise its IAM alias, otherwise its id. Host names do not depend on it.
      - Asks AWS Organizations once, and each account that it does not name for its alias. What cannot be read is
        reported at C(-v).
      - Accounts of O(organization) have the variable in any case.
    type: bool
    default: false
"""
