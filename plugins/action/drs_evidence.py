# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence_bundle
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import manifest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import files as report_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import request as report_request
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle as report_bundle
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction


class ActionModule(ControllerAction):
    """Writes on the controller, where the template and the style of the page are."""

    SPEC = report_request.EVIDENCE_SPEC

    def work(self, params, task_vars):
        dry = self._task.check_mode
        path = params["path"]
        documents, made, given = report_request.evidence_of(params)
        there = report_files.names(path)
        earlier = manifest.read(report_files.read_bundle(path)) if there else None
        gone = evidence_bundle.check_place(there, earlier, path, made["run"]["run_id"])
        files = report_bundle.evidence_files_of(documents, made, given)
        changed = report_files.publish(path, files, last=evidence_bundle.LAST, gone=gone, dry=dry)
        if params["archive"]:
            folder, name = os.path.split(os.path.abspath(params["archive"]))
            archive = report_files.archive_of(files, made["run"]["run_id"])
            changed = report_files.publish(folder, {name: archive}, dry=dry) or changed
        return {
            "changed": changed,
            "path": path,
            "archive": params["archive"],
            "files": sorted(files),
            "run_id": made["run"]["run_id"],
            "verdict": made["run"]["verdict"],
            "state": made["state"],
            "evidence_hash": made["evidence_hash"],
            "manifest_sha256": manifest.digest(files[manifest.MANIFEST]),
            "scope": {key: value for key, value in made["scope"].items() if isinstance(value, int)},
            "exceptions": made["exceptions"][:100],
        }
