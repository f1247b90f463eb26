# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of the collection's modules.

    The plain fragment describes the attributes; a variant adds the support for a kind of module. List the plain one
    and the variant, for example ``resilience.drs.attributes`` and ``resilience.drs.attributes.read_only``; what a
    module says itself under ``attributes`` wins over both.
    """

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
  diff_mode:
    description: Will return details on what has changed, or would change in C(check_mode), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled or queried by the module has not changed in a relevant way.
"""

    # Modules that only describe things in AWS.
    READ_ONLY = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads, so it does the same in check mode.
  diff_mode:
    support: N/A
    details:
      - This module only reads.
  idempotent:
    support: full
    details:
      - This module only reads.
"""

    # Modules that only compute: no call to AWS, no credentials, no file.
    CONTROLLER = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only computes from its options, so it does the same in check mode.
  diff_mode:
    support: N/A
    details:
      - This module only computes from its options.
  idempotent:
    support: full
    details:
      - This module only computes from its options. It calls no AWS service and needs no credentials.
"""

    # Members of the action group that module_defaults can address.
    ACTIONGROUP_DRS = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/resilience.drs.cell) in C(module_defaults) to set defaults for this module and its siblings, and
        C(group/resilience.drs.drs) for options that the modules of the collection amazon.aws know as well.
    support: full
    membership:
      - resilience.drs.cell
      - resilience.drs.drs
"""
