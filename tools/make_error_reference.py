"""Write docs/troubleshooting.md from the error catalogue: `tools/make_error_reference.py`.

With `--check` nothing is written, and the exit code is 1 when the page does not say what the catalogue says.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "troubleshooting.md"
if str(ROOT / ".build") not in sys.path:
    sys.path.insert(0, str(ROOT / ".build"))

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import agents as catalogue_agents
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import aws as catalogue_aws
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import (
    code_shapes as catalogue_shapes,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import staging as catalogue_staging
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import failback as catalogue_failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import launch as catalogue_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import own as catalogue_own
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import plan as catalogue_plan
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import plan_file as catalogue_plan_file
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import (
    guardrails as catalogue_guardrails,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import (
    replication as catalogue_replication,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import reports as catalogue_reports
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import runs as catalogue_runs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import settings as catalogue_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE

HEAD = """\
<!-- Written by tools/make_error_reference.py from the collection's own catalogue; do not edit it by hand. -->

# Troubleshooting: error codes

Every failure names a code: in the closing tables, and as `error.code` in the results of modules. Search for it here.

- *Retryable* means that the same command, unchanged, may succeed later. For the others something must be changed first.
- The same command with the same `recovery_run_id` launches nothing twice. It does **not** try a server again whose
  launch failed in that run: see [A server failed](runbooks/drill.md#a-server-failed).
- A page that a message names, such as `docs/variables.md`, is in the folder of the collection: below the path that
  `ansible-galaxy collection list` prints, in `ansible_collections/resilience/drs` where that is not its end already.
- Remedies name the options of modules. In the playbooks they are called:

| a remedy says | Drill, failover | Terminate |
|---|---|---|
| `policy.max_failures`, ... | `recovery_policy: {max_failures: 2}` | |
| `replace_recovery_instance_ids` | `recovery_replace_recovery_instance_ids` | |
| `adopt_job_ids` | `recovery_adopt_job_ids` | |
| the list of instances to terminate | | `terminate_confirm_recovery_instance_ids` |
| `point_in_time`, `tag_keys`, `allow_empty`, `expected_count` | the same after `recovery_` | |
| `limits`, `run_id` | the same after `recovery_` | the same after `terminate_` |
| the timeout | `recovery_wave_timeout` | `terminate_timeout` |

What reaches a cell (`external_id`, `assume_role_arn`, `region`, `profile`) comes from [the inventory](inventory.md).

When nothing here helps, run the command again with `-vvv`, and look at the job in the DRS console of that account and
Region.
"""

GROUPS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("Options and selection", "Refused before anything was called or launched.", catalogue_own.INPUT),
    (
        "Left out of the plan",
        "Why a server takes no part. These are reasons, not failures; the plan counts them.",
        catalogue_own.SELECTION,
    ),
    (
        "Guards",
        "What protects running machines, and servers without usable data. Errors stop the run before the first launch; "
        "warnings stand in the plan.",
        {**catalogue_own.GUARDS, **catalogue_plan.PLAN, **catalogue_guardrails.GUARDRAILS},
    ),
    (
        "Plan files, gates and orchestration",
        "What is wrong with a plan file or an input, and what a gate or an action of a plan said.",
        catalogue_plan_file.PLAN_FILE,
    ),
    ("During a run", "What became of jobs, waves and servers after something was started.", catalogue_own.RUN),
    (
        "Runs, their store and approvals",
        "Who may resume a run, and what the run store says of it. Nothing was started.",
        catalogue_runs.RUNS,
    ),
    (
        "Why a server did not launch",
        "Read from the log of the DRS job, where EC2, KMS and IAM say what they refused.",
        catalogue_launch.LAUNCH,
    ),
    (
        "Replication",
        "What DRS itself reports about the replication of a server; the status page shows it under *Needs attention*.",
        catalogue_replication.REPLICATION,
    ),
    (
        "AWS: access, rate, network",
        "Codes of AWS services, and the names of errors that botocore raises on the way to them.",
        catalogue_aws.AWS,
    ),
    (
        "AWS: codes of other services, by their form",
        "What a code means that stands nowhere else on this page, by what its name says.",
        catalogue_shapes.SHAPES,
    ),
    ("Agents on machines", "Why the replication agent is not on a machine.", catalogue_agents.AGENT),
    (
        "Extended source servers",
        "Why a server of a staging account cannot be extended to a target account.",
        catalogue_staging.EXTENSION,
    ),
    ("Reports and evidence", "What reads the record of runs, and what it writes from it.", catalogue_reports.REPORT),
    ("Failback", "Findings that block a stage of a failback.", catalogue_failback.FAILBACK),
    (
        "Launch settings, tags, and the network of drills",
        "Why settings or tags were not written, and why a drill may not be launched into its network.",
        catalogue_settings.SETTINGS,
    ),
    (
        "History, notifications and metrics",
        "What was not recorded or told. None of these fails a run.",
        catalogue_reports.RECORD,
    ),
)


def grouped() -> list[tuple[str, str, dict[str, Any]]]:
    """The groups with their codes, each code of the catalogue in one group only; a last one for what is in none."""
    left = dict(CATALOGUE)
    found = []
    for title, intro, codes in GROUPS:
        found.append((title, intro, {code: left.pop(code) for code in codes if code in left}))
    found.append(("Other codes", "", left))
    return [group for group in found if group[2]]


def shown(code: str) -> str:
    """A code as a person meets it; ``Operation:Code`` is the meaning of a code in one call."""
    operation, separator, plain = code.partition(":")
    return f"`{plain}` of {operation}" if separator else f"`{code}`"


def anchor(title: str) -> str:
    """The anchor that the usual Markdown renderers give a heading."""
    kept = "".join(char for char in title.lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")


def safe(text: str) -> str:
    """Text with links to pages of docs/, and in which a placeholder such as <account> cannot pass for an HTML tag."""
    parts = text.split("`")
    return "`".join(part if number % 2 else _linked(part.replace("<", "&lt;")) for number, part in enumerate(parts))


def _linked(text: str) -> str:
    return re.sub(r"\bdocs/([\w/]+)\.md\b", r"[docs/\1.md](\1.md)", text)


def entries(codes: Mapping[str, Any]) -> list[str]:
    """One section for each meaning, with all codes that share it."""
    by_meaning: dict[Any, list[str]] = {}
    for code, entry in codes.items():
        by_meaning.setdefault(entry, []).append(code)
    lines = []
    for entry, names in by_meaning.items():
        lines += [f"### {', '.join(map(shown, names))}", "", safe(entry.cause), ""]
        lines += [f"- **Do:** {safe(entry.remedy)}", f"- **Retryable:** {'yes' if entry.retryable else 'no'}", ""]
    return lines


def page() -> str:
    """The whole page."""
    groups = grouped()
    lines = [HEAD]
    lines += [f"- [{title}](#{anchor(title)}) ({len(codes)})" for title, _intro, codes in groups]
    for title, intro, codes in groups:
        lines += ["", f"## {title}", "", *([intro, ""] if intro else []), *entries(codes)]
        lines.pop()
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or with --check compare it; returns the exit code."""
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.relative_to(ROOT)} is out of date: run tools/make_error_reference.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
