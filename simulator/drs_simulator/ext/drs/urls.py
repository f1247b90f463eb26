"""URL routing of the DRS endpoint; responses.py selects the operation."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from .responses import DrsResponse

url_bases = [r"https?://drs\.(.+)\.amazonaws\.com"]

# Named groups: moto's server mode answers 404 for a pattern without one.
url_paths = {
    "{0}/tags/(?P<resourceArn>.+)$": DrsResponse.dispatch,
    "{0}/(?P<operation>[^/]+)$": DrsResponse.dispatch,
}
