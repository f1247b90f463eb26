# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The option that maps what the collection asks for (wave, priority, ...) to the tag keys an organisation uses."""

    DOCUMENTATION = r"""
options:
  tag_keys:
    description:
      - Tag keys under which servers carry their disaster recovery attributes.
      - A dictionary of lists. Each key is an attribute, its value the accepted spellings of the tag key; the first
        one that a server carries wins. An attribute that is not given keeps its default.
      - V(enabled), whether the server takes part, by default C(dr:enabled), C(DR-Enabled), C(DREnabled).
      - V(strategy), the recovery strategy, by default C(dr:recovery-strategy), C(DR-Recovery-Strategy),
        C(DRStrategy).
      - V(wave), the recovery wave, by default C(dr:wave), C(DR-Wave), C(Wave).
      - V(priority), the order inside a wave, by default C(dr:priority), C(DR-Priority), C(Priority).
      - V(application), the application, by default C(dr:application), C(DR-Application), C(Application), C(app).
      - V(role), the role in the application, by default C(dr:role), C(DR-Role), C(Role).
      - V(tier), the tier in the application, by default C(dr:tier), C(DR-Tier), C(Tier).
      - V(critical), whether a failure of this server stops the run, by default C(dr:critical), C(DR-Critical).
      - V(rpo), the recovery point objective, such as V(15m), V(4 hours) or V(PT1H), by default C(dr:rpo), C(DR-RPO),
        C(dr:rpo-target).
      - V(rto), the recovery time objective, likewise, by default C(dr:rto), C(DR-RTO), C(dr:rto-target).
      - V(objective_unit) is no tag key, but the unit of objectives that are bare numbers, V(seconds), V(minutes),
        V(hours) or V(days). Numbers of C(dr:rpo-target) and C(dr:rto-target) are minutes. Without it a bare number is
        seconds, with a warning.
      - V(priority_order) is no tag key either, but the words of a scale of your own for priorities, a list whose first
        word is recovered first. Without it the words critical, high, medium and low, and similar scales, have their
        order.
    type: dict
    default: {}
"""
