# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import artifact, stats
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import files as report_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import watch
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction
from ansible_collections.resilience.drs.plugins.plugin_utils._play.hidden import SCREEN
from ansible_collections.resilience.drs.plugins.plugin_utils._play.screen import WIDTH
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle as report_bundle


class ActionModule(ControllerAction):
    """Writes the page on the controller, look after look, and prints what changes."""

    SPEC = watch.SPEC

    def work(self, params, task_vars):
        shown = []

        def show(documents, view):
            if not shown:
                SCREEN.show(render.render("watch", {"view": view, "path": params["path"]}, WIDTH))
            shown.append(view)
            files = report_bundle.watch_files_of(documents, view, params["interval"])
            return report_files.publish(params["path"], files, last=report_bundle.WATCH_LAST, dry=self._task.check_mode)

        given = {**params, "once": params["once"] or self._task.check_mode}
        with Clock(f"watch-{os.getpid()}") as clock:
            result = watch.follow(given, show, SCREEN.show, clock.sleep, watch.present)
        result["path"] = params["path"]
        if len(shown) > 1:
            SCREEN.show(render.render("watch", result, WIDTH))
        return {**result, **stats(artifact("watch", result))}
