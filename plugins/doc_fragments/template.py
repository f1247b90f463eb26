# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What both configuration templates of DRS have in common."""

    DOCUMENTATION = r"""
options:
  state:
    description: Whether there is to be a template.
    type: str
    choices: [present, absent]
    default: present
  template_id:
    description: The template that is meant. Needed only when the cell has several.
    type: str
  tags:
    description: Tags of the template. Others that it has stay.
    type: dict
"""
