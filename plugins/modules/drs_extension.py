#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_extension
short_description: Extend servers over all staging accounts (a part of the role server_extend)
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - This is the role P(resilience.drs.server_extend#role) at work. It is of no use without the tasks of that role.
  - Reads each target once, asks each staging account once what it offers, checks those that have something to extend, and extends
    their servers side by side. Then it reads each target once more, which proves all copies. One process does this for all
    accounts, whatever C(forks) is.
  - It takes no option of an extension. It reads the variables C(server_extend_*) as the role has them.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - V(extended) extends into the cells of the play, or takes copies back.
      - V(followed) extends what a deployment installed, and never fails.
      - V(closed) fails as the extension did.
    type: str
    choices: [extended, followed, closed]
    required: true
extends_documentation_fragment:
  - resilience.drs.attributes
attributes:
  check_mode:
    support: full
    details:
      - In check mode it reads, checks and shows what would be extended, and extends nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - What is extended is left alone.
seealso:
  - module: resilience.drs.drs_extended_source_server
  - module: resilience.drs.drs_extension_info
"""

EXAMPLES = r"""
- name: Extend, or take copies back
  resilience.drs.drs_extension:
    state: extended
  register: __server_extend
  run_once: true
"""

RETURN = r"""
result:
  description: What the role leaves as C(server_extend_result); null where a deployment left nothing to extend.
  returned: V(extended), V(followed)
  type: dict
record:
  description: What the history records of it; null where it records nothing.
  returned: V(extended), V(followed)
  type: dict
"""
