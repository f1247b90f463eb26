"""Configure Sphinx for the site of `make site`: tools/docs_site.py copies this file beside the pages, as conf.py."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

project = "resilience.drs"
copyright = "resilience.drs contributors"  # the name that Sphinx reads
extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx_copybutton"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]
html_theme = "furo"
html_title = "resilience.drs"
html_show_sourcelink = html_copy_source = False
html_static_path = ["site"]
html_css_files = ["site.css"]
html_search_scorer = str(Path(__file__).parent / "site" / "search.js")
# Of a block with prompts only the commands are copied, whole, without what they print.
copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"
copybutton_here_doc_delimiter = "END"

ANSIBLE = "https://docs.ansible.com/ansible/latest/"
# Pages of Ansible's own documentation that those of plugins refer to, by their labels.
LABELS = {
    "common_return_values": "reference_appendices/common_return_values.html",
    "action_plugins": "plugins/action.html",
    "callback_plugins": "plugins/callback.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
}


def address(label: str) -> str | None:
    """Where a label of Ansible's documentation leads; None for one that is not known, which ends the build."""
    module = re.fullmatch(r"ansible_collections\.(amazon\.aws|ansible\.builtin)\.(\w+)", label)
    if module:
        return f"{ANSIBLE}collections/{module.group(1).replace('.', '/')}/{module.group(2)}.html"
    return ANSIBLE + LABELS[label] if label in LABELS else None


def elsewhere(_app: Any, _env: Any, node: Any, content: Any) -> Any:
    """A link to Ansible's documentation, for a reference that no page of the site answers."""
    from docutils import nodes

    target = address(node.get("reftarget", ""))
    return nodes.reference("", "", content, internal=False, refuri=target) if target else None


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", elsewhere)
