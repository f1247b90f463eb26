#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_probe
short_description: Probe machines by TCP or HTTP
version_added: 1.0.0
description:
  - Connects to a port or asks for a page, from where it runs, and fails when something does not answer as it should after all
    tries.
  - Answers are only checked. Nothing of them is kept.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  tcp:
    description: Connect to a port.
    type: dict
    suboptions:
      host:
        description: Name or address; V({address}) stands for each of O(addresses).
        type: str
        default: "{address}"
      port:
        description: The port.
        type: int
        required: true
  http:
    description: Ask for a page. Redirections are not followed, they are answers.
    type: dict
    suboptions:
      url:
        description: The page; V({address}) stands for each of O(addresses).
        type: str
        required: true
      status:
        description: Which HTTP statuses are good.
        type: list
        elements: int
        default: [200]
      contains:
        description: Text that the answer must contain.
        type: str
      validate_certs:
        description: Whether the certificate must be valid.
        type: bool
        default: true
  addresses:
    description:
      - IP addresses to probe, such as those of launched machines.
      - Without any, a probe of V({address}) fails, because it has nothing to check.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds for one try.
    type: int
    default: 10
  retries:
    description: How often to try again what did not answer.
    type: int
    default: 0
  interval:
    description: Seconds between two tries.
    type: int
    default: 10
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
"""

EXAMPLES = r"""
- name: Every launched database listens
  resilience.drs.drs_probe:
    tcp:
      port: 5432
    addresses: "{{ launched | map(attribute='private_ip') }}"
    retries: 30
    interval: 10
  delegate_to: localhost
  run_once: true

- name: The shop is open
  resilience.drs.drs_probe:
    http:
      url: https://shop.example.com/health
      contains: '"status":"ok"'
    retries: 10
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
probes:
  description: Each target, with C(ok), C(attempts) and C(error).
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import probe
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_on_controller


def main() -> None:
    run_on_controller(probe.run, probe.SPEC, mutually_exclusive=[("tcp", "http")], required_one_of=[("tcp", "http")])


if __name__ == "__main__":
    main()
