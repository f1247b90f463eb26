"""Make run store documents for tests, in the shapes that the store requires."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

BEGAN = "2026-03-01T12:00:00Z"


def run_body(run_id: str = "r-1", **more: Any) -> dict[str, Any]:
    """A RUN as the record has it; a drill that has succeeded unless ``more`` says otherwise."""
    texts = ("plan_name", "ticket", "correlation_id", "parent_execution", "controller", "declared_at", "lease_until")
    return {
        **dict.fromkeys(texts),
        "schema": 1,
        "run_id": run_id,
        "kind": "recovery",
        "mode": "drill",
        "status": "succeeded",
        "reason": "",
        "initiator": "ann",
        "epoch": 1,
        "created_at": BEGAN,
        "approved_at": None,
        "started_at": BEGAN,
        "ended_at": BEGAN,
        "collection_version": "1.0.0",
        "plan_hash": "a" * 64,
        "request": {},
        "request_hash": "b" * 64,
        "approvals": [],
        "overrides": [],
        "cells": [],
        "summary": {},
        "scope": {},
        "waves": {},
        **more,
    }


def index_of(run: dict[str, Any]) -> dict[str, Any]:
    """The index of a RUN."""
    return {"status": run["status"], "pattern": run["mode"], "started_at": run["created_at"]}


def account_body(run_id: str, account_id: str = "111111111111", **more: Any) -> dict[str, Any]:
    """A record of history."""
    return {"schema": 1, "run_id": run_id, "account_id": account_id, "status": "succeeded", **more}
