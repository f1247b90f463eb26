"""Pages of launch and replication settings and of tags that were synchronised."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data, Entry, Page, coverage
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count

_COLUMNS = (outcomes.UNCHANGED, outcomes.APPLIED, outcomes.PLANNED, outcomes.REFUSED, outcomes.FAILED)
# What a change does to replication.
_IMPACTS = {"pause": " (replication pauses)", "resync": " (copies all disks again)"}


def launch_settings(page: Page, data: Data) -> None:
    """``launch_settings``: ``cells`` [{cell, error, servers [server entry], drift, warnings}], ``change_id``, ``state``
    present, restored or read, ``mode`` (check or nothing)."""
    _declared(page, data, "launch_settings", "LAUNCH SETTINGS")


def launch_actions(page: Page, data: Data) -> None:
    """``launch_actions``: as ``launch_settings``, and each cell with ``templates`` [server entry]."""
    _declared(page, data, "launch_actions", "POST-LAUNCH ACTIONS")


def replication_settings(page: Page, data: Data) -> None:
    """``replication_settings``: as ``launch_settings``, and each cell with ``templates`` [server entry], ``resync``
    [{name, settings}] and ``extended`` [id]."""
    _declared(page, data, "replication_settings", "REPLICATION SETTINGS")


def _declared(page: Page, data: Data, kind: str, title: str) -> None:
    back = data.get("state") == "restored"
    # nothing is declared where settings are only read
    good = {"restored": "As before", "read": "Read"}.get(str(data.get("state")), "As declared")
    cells = _page(page, title + ", taken back" if back else title, data, good)
    check = data.get("mode") == "check"
    _templates(page, cells)
    label = "Would go back" if back and check else "Gone back" if back else ""
    page.listed(label or ("Would change" if check else "Was not as declared"), _drift(cells))
    copied = [(one, cell.get("cell")) for cell in cells for one in cell.get("resync") or ()]
    page.listed(
        "DRS may copy all disks again",
        ["%s in %s" % (clean(one.get("name"), 64), clean(cell, 64)) for one, cell in copied],
    )
    _errors(page, cells)
    warned = [text for one in cells for text in one.get("warnings") or ()]
    page.listed("Worth knowing", [clean(text, 300) for text in warned])
    elsewhere = sum(len(one.get("extended") or ()) for one in cells)
    if elsewhere:
        page.blank()
        page.say("%s replicate into another account, and have their settings there." % count(elsewhere, "server"))
    entries = [one for cell in cells for key in ("servers", "templates") for one in cell.get(key) or ()]
    if data.get("change_id") and not back and any(one.get("outcome") == outcomes.APPLIED for one in entries):
        page.blank()
        page.say("Change %s: it can be taken back by %s_state=restored." % (clean(data.get("change_id"), 40), kind))


def _templates(page: Page, cells: Sequence[Entry]) -> None:
    entries = [(cell.get("cell"), one) for cell in cells for one in cell.get("templates") or ()]
    texts = ["%s: %s" % (clean(cell, 64), clean(one.get("outcome"), 20)) for cell, one in entries]
    page.listed("Template of new servers", texts)


def _change(text: str, check: bool) -> str:
    """A change of set-up: that DRS is initialised is one by itself; a stack or template is made or changed."""
    if text == "DRS initialised":
        return "would initialise DRS" if check else "initialised DRS"
    return "%s %s" % ("would make or change" if check else "made or changed", text)


def setup(page: Page, data: Data) -> None:
    """``setup``: ``cells`` [{cell, account_id, changes [text], outputs {stack: {key: value}}, regions {stack: Region},
    drift [{text}], warnings [text]}], ``failed_cells`` [cell] that left the play, ``mode`` (check or nothing),
    ``clean_up_role`` the name of the role that may destroy."""
    cells = sorted(data.get("cells") or (), key=lambda one: (str(one.get("account_id")), str(one.get("cell"))))
    check = data.get("mode") == "check"
    page.title("SETUP", count(len(cells), "cell"), count(len({one.get("account_id") for one in cells}), "account"),
               data.get("mode"))  # fmt: skip
    page.blank()
    for one in cells:
        changes = [clean(text, 200) for text in one.get("changes") or ()]
        page.say("%s (account %s):%s" % (
            clean(one.get("cell"), 64), clean(one.get("account_id"), 20),
            "" if changes else " nothing to do"))  # fmt: skip
        for text in changes:
            page.say(_change(text, check), "  ")
    made: dict[tuple[str, str], str] = {}
    for one in cells:
        for stack, found in sorted((one.get("outputs") or {}).items()):
            region = clean((one.get("regions") or {}).get(stack), 30)
            for key, value in sorted(found.items()):
                text = "%s: %s = %s (%s)" % (clean(one.get("cell"), 64), clean(key, 60), clean(value, 200), region)
                made.setdefault((key, value), text)
    page.listed("Names and ARNs", sorted(made.values()))
    page.listed(
        "Changed beside the stacks (stack_drifted)",
        [_beside(one, item) for one in cells for item in one.get("drift") or ()],
    )
    unread = [clean(text, 300) for one in cells for text in one.get("unread") or ()]
    page.listed("Not known to be as the stacks made it", unread)
    warned = [clean(text, 1000).partition(" Remedy: ") for one in cells for text in one.get("warnings") or ()]
    page.listed("Warnings", [text for text, _word, _remedy in warned], [remedy for _text, _word, remedy in warned])
    role = clean(data.get("clean_up_role"), 64)
    if role:
        page.listed(
            "Two roles",
            [
                "The role of the inventory may not terminate or delete: add "
                "-e drs_clean_up_role_name=%s, or that variable in group_vars/drs_cells.yml, to" % role,
                "terminate, sweep, recovery_cleanup, the end of a failback, and an extension that is taken back. See "
                "docs/iam.md, Two roles.",
            ],
        )
    failed = sorted(clean(one, 64) for one in data.get("failed_cells") or ())
    page.listed("NOT SET UP, the reason of each stands above", failed)


def _beside(cell: Entry, item: Entry) -> str:
    account = clean(item.get("account_id") or cell.get("account_id"), 20)
    where = "%s, %s" % (clean(item.get("stack"), 128), clean(item.get("region"), 30))
    return "account %s: %s (%s)" % (account, clean(item.get("text"), 240), where)


def tag_sync(page: Page, data: Data) -> None:
    """``tag_sync``: ``cells`` [{cell, error, servers [server entry], changes}], ``mode`` (check or nothing)."""
    cells = _page(page, "TAGS", data, "In step")
    changed = [
        "%s in %s: %s" % (clean(one.get("name"), 64), clean(cell.get("cell"), 64), ", ".join(_tags(one)))
        for cell in cells
        for one in cell.get("changes") or ()
    ]
    page.listed("Would be written" if data.get("mode") == "check" else "Differed", changed)
    _errors(page, cells)


def _page(page: Page, title: str, data: Data, good: str) -> list[Entry]:
    cells = sorted(data.get("cells") or (), key=lambda one: str(one.get("cell")))
    everyone = [server for one in cells for server in one.get("servers") or ()]
    page.title(title, count(len(everyone), "server"), count(len(cells), "cell"), data.get("mode"))
    page.blank()
    rows = [(one.get("cell"), *_counted(one.get("servers") or ())) for one in cells if not one.get("error")]
    header = ("Cell", good, "Applied", "Planned", "Refused", "Failed", "Other")
    page.table(header, rows, range(1, 7), ("Total", *_counted(everyone)) if len(rows) > 1 else None)
    coverage(page, [one for one in cells if one.get("error")], len(cells))
    return cells


def _counted(servers: Sequence[Entry]) -> tuple[int, ...]:
    counts = Counter(one.get("outcome") for one in servers)
    columns = tuple(counts[outcome] for outcome in _COLUMNS)
    return (*columns, len(servers) - sum(columns))


def _drift(cells: Sequence[Entry]) -> list[str]:
    """One line for each server, however many settings of it differ."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for cell in cells:
        for one in cell.get("drift") or ():
            key = (clean(one.get("name"), 64), clean(cell.get("cell"), 64), str(one.get("source_server_id")))
            actual, declared = _value(one.get("actual")), _value(one.get("declared"))
            impact = _IMPACTS.get(str(one.get("impact")), "")
            lines.setdefault(key, []).append(
                "%s %s -> %s%s" % (clean(one.get("setting"), 40), actual, declared, impact)
            )
    return ["%s in %s: %s" % (name, cell, ", ".join(texts)) for (name, cell, _id), texts in lines.items()]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(_value(item) for item in value)
    if isinstance(value, Mapping):
        return clean(" ".join("%s=%s" % (key, one) for key, one in sorted(value.items()) if one is not None), 80)
    return clean(value, 60) or "none"


def _tags(one: Entry) -> list[str]:
    written = ["%s=%s" % (clean(key, 60), clean(value, 60)) for key, value in sorted((one.get("write") or {}).items())]
    return [*written, *("%s deleted" % clean(key, 60) for key in one.get("delete") or ())]


def _errors(page: Page, cells: Sequence[Entry]) -> None:
    """What did not succeed, by its cell."""
    entries = [(one.get("cell"), it) for one in cells for key in ("servers", "templates") for it in one.get(key) or ()]
    page.reasons("Not done", [one for one in entries if one[1].get("error")])


RENDERERS: dict[str, Callable[[Page, Mapping[str, Any]], None]] = {
    "launch_actions": launch_actions,
    "launch_settings": launch_settings,
    "replication_settings": replication_settings,
    "setup": setup,
    "tag_sync": tag_sync,
}
