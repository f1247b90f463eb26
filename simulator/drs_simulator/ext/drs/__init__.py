"""AWS Elastic Disaster Recovery, laid out as a moto service and imported as ``moto.drs``.

Sources named in this package and its tests: BM, botocore's model of DRS (2020-02-26); UG:page, the DRS User Guide
(https://docs.aws.amazon.com/drs/latest/userguide/page.html); GR, the AWS General Reference, endpoints and quotas; SAR,
the Service Authorization Reference; MP, the reference of AWS managed policies.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from .models import drs_backends

__all__ = ["drs_backends"]
