# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What a module that calls AWS needs where it runs.

    In place of ``amazon.aws.boto3``, whose oldest version asks for a Python that this collection cannot run on.
    """

    DOCUMENTATION = r"""
options: {}
requirements:
  - python >= 3.9
  - boto3 >= 1.34.0
  - botocore >= 1.34.0
"""
