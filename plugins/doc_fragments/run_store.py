# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The option that says where runs are remembered."""

    DOCUMENTATION = r"""
options:
  store:
    description:
      - Where runs are kept, so that another controller can resume one.
      - Every write is conditional on what was read before it. Of two controllers on one run, one has to stop.
    type: dict
    default: {}
    suboptions:
      backend:
        description:
          - V(directory) keeps files on this machine, or on a file system that several controllers share.
          - V(dynamodb) keeps items in one table, which the role P(resilience.drs.account_setup#role) makes. The
            credentials for it are those of the caller, or of O(store.profile).
        type: str
        choices: [directory, dynamodb]
        default: directory
      path:
        description:
          - The directory of the backend V(directory).
          - By default the one that the environment variable E(RESILIENCE_DRS_STORE) names, else
            C(~/.local/state/resilience-drs).
        type: str
      table:
        description: Name of the table of the backend V(dynamodb), by default V(resilience-drs-history).
        type: str
      region:
        description: Region of the table. Choose the one that is recovered into, or a third one.
        type: str
      profile:
        description: The AWS profile whose credentials reach the table.
        type: str
      keep_days:
        description:
          - How many days runs are kept after their end, with all that belongs to them, by default 90.
          - V(0) keeps them for ever.
          - An open run, and a drill whose instances are not proven to be gone, stay however old they are.
        type: int
"""
