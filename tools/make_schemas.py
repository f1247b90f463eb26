"""Write docs/schemas from the schemas that the collection itself uses: `tools/make_schemas.py`."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "schemas"
if str(ROOT / ".build") not in sys.path:
    sys.path.insert(0, str(ROOT / ".build"))

from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import schema as orchestration_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import schema_input
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file_schema

SCHEMAS: dict[str, dict[str, Any]] = {
    "artifact": artifact.SCHEMA,
    "setup": artifact.SETUP_SCHEMA,
    "plan": file_schema.PLAN_SCHEMA,
    "orchestrate_input": schema_input.INPUT_SCHEMA,
    "orchestrate_output": orchestration_schema.OUTPUT_SCHEMA,
}


def path(name: str) -> Path:
    """Where a schema is published."""
    return FOLDER / f"{name}.schema.json"


def text(name: str) -> str:
    """A schema as it is published."""
    return json.dumps(SCHEMAS[name], indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for one in SCHEMAS:
        path(one).write_text(text(one), encoding="utf-8")
