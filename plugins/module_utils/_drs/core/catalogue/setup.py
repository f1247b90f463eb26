"""The error catalogue, part of setting up: initialisation, templates, launch settings, tags.

Sources: DRS user guide, "Initializing", "Replication settings", "Launch settings".
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_GUIDE = "See docs/runbooks/setup.md."

SETUP = {
    "bootstrap_denied": Entry(
        "The role that applies the stacks of an account cannot be assumed.",
        "Name a role of the account that may make roles and trusts the controller, with "
        "`account_setup_bootstrap_role_name` (and `account_setup_bootstrap_external_id`). " + _GUIDE,
    ),
    "stack_failed": Entry(
        "A CloudFormation stack of set-up could not be made or changed.",
        "Correct what the message names, then run `ansible-playbook resilience.drs.setup` again: a stack whose first "
        "creation failed has been deleted. " + _GUIDE,
    ),
    "stack_drifted": Entry(
        "Somebody has changed what a stack of set-up made.",
        "Put it back by hand as the message names it; applying the same template again changes nothing. " + _GUIDE,
    ),
    "service_roles_missing": Entry(
        "DRS cannot be initialised: not all of its service roles are in the account.",
        "Apply the stack of the account first, `ansible-playbook resilience.drs.setup`. " + _GUIDE,
    ),
    "template_ambiguous": Entry(
        "The cell has several templates, and the request does not say which one.",
        "Name it by template_id, or delete the others.",
    ),
    "template_incomplete": Entry(
        "The template does not exist yet, and creating it needs more options.",
        "Give the options that the message names.",
    ),
    "setting_unsupported": Entry(
        "The installed botocore does not know this setting.",
        "Install a newer botocore on the machine that runs the module, or leave the option out.",
    ),
}
