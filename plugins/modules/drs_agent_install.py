#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_agent_install
short_description: Install or remove the agent of AWS Elastic Disaster Recovery (DRS) on EC2 instances
version_added: 1.0.0
description:
  - Sends the installer of the AWS Replication Agent to EC2 instances of one cell (one AWS account in one Region) through AWS Systems
    Manager, and returns at once. Waiting and the proof are the business of M(resilience.drs.drs_agent_wait).
  - Machines are selected by tags or named by id. Each of them appears in the result exactly once, whatever becomes of it.
  - Before the first command it reads the replication cell, see O(replication). A machine whose source server is there is left
    alone, and nothing is sent when there is no room for all that would be new.
  - A machine on which an installer is already running is adopted, whoever sent it. A run that was killed can therefore
    be started again without a second installer on any machine.
  - Commands carry no credentials. The installer uses those of the instance profile, which needs the policies
    C(AWSElasticDisasterRecoveryEc2InstancePolicy) and C(AmazonSSMManagedInstanceCore).
  - On a managed node outside EC2 (C(mi-...)) the script reads the temporary credentials of the node role from the shared credentials
    file of the SSM agent, see O(node_credentials). The role needs C(AWSElasticDisasterRecoveryAgentInstallationPolicy). Such a node
    replicates into its own account, and its source server keeps its id in the tag C(resilience.drs:node).
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - V(present) installs where the replication cell has no connected source server of the machine.
      - V(latest) runs the newest installer on every machine, over an agent that is there. The source server is kept.
      - V(absent) disconnects the source servers. Their agents then remove themselves within ten minutes. See also O(delete).
    type: str
    choices: [present, latest, absent]
    default: present
  deployment_id:
    description:
      - Name of the deployment, which goes into the comment of every command. 1 to 63 letters, digits, C(_), C(.), C(:) and C(-).
    type: str
    default: deployment
  wave:
    description: The wave of the deployment, for the results.
    type: str
    default: "1"
  instance_ids:
    description:
      - The machines, by id, instead of by O(filter_tags); EC2 instances, and managed nodes outside EC2 (C(mi-...)).
      - An id that does not exist here is C(refused) and does not stop the others.
    type: list
    elements: str
  filter_tags:
    description:
      - The machines, by tags. All must match; a list of values means any of them; V(true) also matches V(yes).
      - A key may be a name of O(tag_keys), such as V(enabled), and then stands for all its spellings.
      - By default C({enabled, true}) and C({strategy, drs}), which is C(dr:enabled=true) and C(dr:recovery-strategy=drs) in
        their usual spelling.
      - Instances that DRS made, and terminated ones, never match.
    type: dict
  method:
    description:
      - V(aws_document) runs the document of AWS, V(AWSDisasterRecovery-InstallDRAgentOnInstance). It knows no other account
        and no devices.
      - V(shell) runs the installer with C(AWS-RunShellScript) or C(AWS-RunPowerShellScript), by the platform of each machine.
      - V(document) runs a document of your own, see O(document_name).
      - V(auto) uses the document of AWS where it suffices, otherwise the shell. With O(document_name) it uses that
        document.
    type: str
    choices: [auto, aws_document, shell, document]
    default: auto
  document_name:
    description:
      - A command document of your own. It gets the parameters C(Region) and, with tags to pass, C(Tags) as C(KEY=VALUE,KEY=VALUE),
        and C(AccountId) when the machines replicate into another account.
    type: str
  devices:
    description:
      - Devices to replicate, such as V(/dev/sdb) or V(D:), besides the root disk, which always is. By default all.
      - Needs the shell method.
    type: list
    elements: str
    default: []
  allow:
    description:
      - Kinds of machines that are refused by default, and on which this allows the agent to be installed.
      - V(arm64) are those with Arm processors. V(auto_scaling) are members of Auto Scaling groups, which may be replaced at any time.
    type: list
    elements: str
    choices: [arm64, auto_scaling]
    default: []
  proxy:
    description:
      - URL of the proxy through which the machines reach AWS, such as V(http://proxy.example.com:3128), without user
        and password.
      - Needs the shell method, which V(auto) then chooses; instance metadata is not read through the proxy.
    type: str
  endpoint:
    description: Name of a VPC endpoint of DRS, passed to the installer. AWS advises against it on EC2, because such a
      server cannot fail back.
    type: str
  s3_endpoint:
    description: Name of a VPC endpoint of S3, passed to the installer.
    type: str
  output_bucket:
    description:
      - An S3 bucket to which the machines write the installer's output, under C(resilience-drs/) and O(deployment_id).
      - Their instance profiles must be allowed to write there.
    type: str
  node_credentials:
    description:
      - Where the SSM agents of managed nodes outside EC2 keep the credentials of the node role. C(linux) and C(windows) are paths of
        the shared credentials file, C(profile) is the name of the profile in it.
      - By default C(/root/.aws/credentials), that of the system account on Windows, and C(default).
    type: dict
    default: {}
  tags:
    description:
      - Tags for the source servers, over those that O(copy_tags) copies.
      - What the installer of a command can carry safely, and is the same for all its machines, goes along with it. The rest is
        written by the API once the source server is there. Commas, quotes and braces are therefore no problem.
      - The source server of a machine that has one already gets what it lacks. Nothing is ever taken away.
    type: dict
    default: {}
  copy_tags:
    description:
      - Copy each machine's C(Name) and recovery tags, which are those of O(tag_keys), to its source server. Recovery plans are made
        from them.
    type: bool
    default: true
  installer_tags:
    description:
      - Let the installer carry the tags that it can. It refuses them for a source server that it finds to exist.
      - Without it the API writes all of them.
    type: bool
    default: true
  max_concurrency:
    description:
      - How many installations may run at once in this cell. The other machines are returned as C(queued), and
        M(resilience.drs.drs_agent_wait) sends to them as commands end.
    type: int
    default: 300
  max_errors:
    description:
      - How many installations may fail before no further command is sent, as a number or a percentage of the machines.
    type: str
    default: 25%
  delivery_timeout:
    description: Seconds that a machine has to take the command, at least 30.
    type: int
    default: 600
  execution_timeout:
    description: Seconds that the installer may take. Only the shell method can set it.
    type: int
    default: 3600
  lookback_minutes:
    description: How far back to look for installations that are running.
    type: int
    default: 120
  limits:
    description:
      - Quotas of the replication cell that differ from the documented ones, C(replicating_servers) and C(source_servers).
    type: dict
    default: {}
  delete:
    description: With O(state=absent), delete the source servers as well, with all their points in time.
    type: bool
    default: false
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - resilience.drs.replication
  - resilience.drs.tag_keys
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - In check mode all reads run, machines that would get a command are returned as C(planned), and no call is made that changes
        anything. Room that does not suffice is told in RV(capacity) and is no error then.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - With V(present) and V(absent) a second call changes nothing. V(latest) runs the installer each time.
seealso:
  - module: resilience.drs.drs_agent_wait
  - module: resilience.drs.drs_replication_wait
  - module: resilience.drs.drs_source_server_info
"""

EXAMPLES = r"""
- name: Install on everything that is tagged for it
  resilience.drs.drs_agent_install:
    region: us-east-1
    deployment_id: march-rollout
    replication:
      region: us-west-2
  register: install

- name: Wait for the installers, and prove that every machine has a source server
  resilience.drs.drs_agent_wait:
    region: us-east-1
    commands: "{{ install.commands }}"
    servers: "{{ install.servers }}"
    server_tags: "{{ install.server_tags }}"
    launch: "{{ install.request }}"
    replication:
      region: us-west-2

- name: Replicate two machines into a staging account
  resilience.drs.drs_agent_install:
    region: us-west-2
    instance_ids: [i-11111111111111111, i-22222222222222222]
    replication:
      account_id: "222222222222"
      assume_role_arn: arn:aws:iam::222222222222:role/DRSOrchestration
      external_id: "{{ staging_external_id }}"

- name: See who would be sent what
  resilience.drs.drs_agent_install:
    filter_tags:
      enabled: true
      application: [payments, orders]
  check_mode: true

- name: Upgrade the agents of one application
  resilience.drs.drs_agent_install:
    state: latest
    filter_tags:
      application: payments

- name: End the protection of a machine, and delete its points in time
  resilience.drs.drs_agent_install:
    state: absent
    instance_ids: [i-11111111111111111]
    delete: true
"""

RETURN = r"""
servers:
  description: One entry for each machine, in the order of their priority.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: Id of the EC2 instance.
      returned: always
      type: str
      sample: i-11111111111111111
    name:
      description: Its tag C(Name), otherwise its id.
      returned: always
      type: str
    outcome:
      description:
        - What became of it, one of C(planned), C(queued) (waits for Systems Manager or for its turn), C(in_progress),
          C(already_installed), C(removed), C(skipped), C(refused) and C(failed). C(installed) is only ever said by
          M(resilience.drs.drs_agent_wait).
      returned: always
      type: str
      sample: in_progress
    source_server_id:
      description: Id of its source server, where there is one.
      returned: always
      type: str
    command_id:
      description: The command that installs on it.
      returned: always
      type: str
    adopted:
      description: Whether that command was found rather than sent.
      returned: always
      type: bool
    error:
      description: Code, message, remedy and whether trying again may help.
      returned: always
      type: dict
commands:
  description: The commands that were sent or adopted.
  returned: when state is not absent
  type: list
  elements: dict
queued:
  description: Ids of the machines that wait for Systems Manager or for their turn.
  returned: when state is not absent
  type: list
  elements: str
machines:
  description: The machines with platform, tags, state and the state of their SSM agent.
  returned: in check mode, when state is not absent
  type: list
  elements: dict
near:
  description: Findings on machines that are left out although their tags nearly ask for an agent.
  returned: when state is not absent
  type: list
  elements: dict
pattern:
  description: How the machines are protected, C(same_account) or C(cross_account).
  returned: when state is not absent
  type: str
  sample: same_account
method:
  description: The method that O(method=auto) stood for.
  returned: when state is not absent
  type: str
  sample: aws_document
replication:
  description: Name, account and Region of the replication cell.
  returned: success
  type: dict
  sample: {"cell": "staging-a.us-west-2", "account_id": "222222222222", "region": "us-west-2"}
capacity:
  description: For each quota of the replication cell what is used, what would come and what is free. Empty when nothing was to be sent.
  returned: when state is not absent
  type: list
  elements: dict
server_tags:
  description: The tags that the source server of each machine is to carry, by instance id, to pass to
    M(resilience.drs.drs_agent_wait).
  returned: when state is not absent
  type: dict
request:
  description: The options of this call, without the machines and those of the cells, to pass to
    M(resilience.drs.drs_agent_wait).
  returned: success
  type: dict
summary:
  description: Number of machines by outcome, and their total.
  returned: success
  type: dict
  sample: {"in_progress": 12, "already_installed": 3, "total": 15}
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import request as agent_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(
        agent_request.perform,
        agent_request.INSTALL_SPEC,
        mutually_exclusive=[("instance_ids", "filter_tags")],
    )


if __name__ == "__main__":
    main()
