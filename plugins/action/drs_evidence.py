# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence_bundle
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import manifest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import anchoring
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import files as report_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import reading as report_reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import request as report_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.plugin_utils._action.command import versions
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle as report_bundle
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction


class ActionModule(ControllerAction):
    """Writes on the controller, where the template and the style of the page are."""

    SPEC = report_request.EVIDENCE_SPEC

    def work(self, params, task_vars):
        dry = self._task.check_mode
        path = params["path"]
        documents, made, given = report_request.evidence_of({**params, "versions": versions(task_vars)})
        there = report_files.names(path)
        earlier = manifest.read(report_files.read_bundle(path)) if there else None
        gone = evidence_bundle.check_place(there, earlier, path, made["run"]["run_id"])
        stamp, stamped = None, None
        if params["timestamp"] and not dry:
            kept = report_files.read_bundle(path).get(evidence_bundle.TIMESTAMP) if there else None
            stamp, stamped = anchoring.stamped(params["timestamp"], made["evidence_hash"], kept)
        files = report_bundle.evidence_files_of(documents, made, given, stamp)
        changed = report_files.publish(path, files, last=evidence_bundle.LAST, gone=gone, dry=dry)
        if not dry:
            report_reading.keep_actions(open_store(params["store"]), made["run"]["run_id"], made["about"]["actions"])
        archive = report_files.archive_of(files, made["run"]["run_id"])
        if params["archive"]:
            folder, name = os.path.split(os.path.abspath(params["archive"]))
            changed = report_files.publish(folder, {name: archive}, dry=dry) or changed
        sha256, locked = manifest.digest(files[manifest.MANIFEST]), None
        if params["lock"] and not dry:
            locked = anchoring.locked(params["lock"], made["run"]["run_id"], sha256, archive)
            changed = locked["new"] or changed
        errors = [one["error"] for one in (stamped, locked) if one and one["error"]]
        return {
            "timestamp": stamped,
            "lock": locked,
            "warnings": ["evidence_not_anchored: %s: %s" % (one["code"], one["message"]) for one in errors],
            "changed": changed,
            "path": path,
            "archive": params["archive"],
            "files": sorted(files),
            "run_id": made["run"]["run_id"],
            "verdict": made["run"]["verdict"],
            "state": made["state"],
            "actions": made["about"]["actions"],
            "evidence_hash": made["evidence_hash"],
            "manifest_sha256": sha256,
            "scope": {key: value for key, value in made["scope"].items() if isinstance(value, int)},
            "exceptions": made["exceptions"][:100],
        }
