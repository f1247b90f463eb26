"""The base of the inventory plugins: reading their file, its cells and their errors."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import dataclasses
import gc
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import load_extra_vars
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.effects import caller
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import with_remedy
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import Cell, CellError, cells_of, one_cell
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.data import mark_as_template
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.sources import (
    SOURCES,
    Sources,
    check_sources,
    merge,
    organization_entries,
    parameter_entries,
)

ACCOUNT_KEYS = ("defaults", *SOURCES, "display_names")
CONSTRUCTED_KEYS = ("compose", "groups", "keyed_groups", "leading_separator", "strict", "use_extra_vars")
CACHE_KEYS = ("cache", "cache_connection", "cache_plugin", "cache_prefix", "cache_timeout")
COMMON_KEYS = ("plugin", *ACCOUNT_KEYS, *CONSTRUCTED_KEYS, *CACHE_KEYS)

# How many accounts are asked for their alias at once.
WORKERS = 10


class CellsInventory(BaseInventoryPlugin, Constructable, Cacheable):
    """An inventory plugin whose file names cells. NAME and ENDINGS are set by the plugin."""

    ENDINGS: tuple[str, ...] = ()

    def verify_file(self, path: str) -> bool:
        """Whether the file is for this plugin, by its name only."""
        return super().verify_file(path) and path.endswith(self.ENDINGS)

    def load(self, path: str) -> Mapping[str, Any]:
        """The file as it is written; AnsibleParserError for an empty file or one of another plugin.

        Read apart from the options: these would mark every text as a template, and quote a whole value in an error.
        """
        config = self.loader.load_from_file(path, cache="none")
        if isinstance(config, Mapping) and config.get("plugin") == self.NAME:
            return config
        # Core's own words for an empty file or one of another plugin.
        self._read_config_data(path)
        raise AnsibleParserError(f"{path}: 'plugin' must be {self.NAME}.")

    @contextlib.contextmanager
    def problems_of(self, path: str) -> Iterator[None]:
        """One error that names the file, for whatever is wrong inside the block."""
        try:
            yield
        except CellError as error:
            raise AnsibleParserError(f"{path}: {error}") from None
        except DrsError as error:
            raise AnsibleParserError(f"{path}: {with_remedy(error, error.remedy)}") from None

    def check_cells(self, config: Mapping[str, Any]) -> Sources:
        """The sources of the accounts, checked; the entries in the file to the end, so that nothing waits for AWS."""
        self._regions = caller.regions_by_partition()
        sources = check_sources(config, self._regions)
        if not sources.remote:
            cells_of(sources.inline, self._regions)
        return sources

    def read_cells(self, path: str, config: Mapping[str, Any], sources: Sources, cache: bool) -> list[Cell]:
        """All cells of the file, in its order. With remote sources this asks AWS, or the cache.

        Raises CellError, DrsError.
        """
        defaults = config.get("defaults") or {}
        answers = self._source_answers(path, sources, cache)
        results: list[Any] = []
        if sources.parameter:
            results += parameter_entries(answers["parameter"], sources.parameter.name, defaults)
        listed = []
        for source, accounts in zip(sources.organizations, answers["organizations"]):
            listed += organization_entries(source, accounts, defaults, self._say)
        cells = cells_of(merge(sources.inline, results, listed), self._regions)
        if not cells:
            raise CellError("no account is left: see -v for the ones that were skipped.")
        return self._with_display_names(path, config, cells, cache)

    def external_id(self, cell: Cell) -> str | None:
        """The value of a cell's external id, from the environment or from extra variables; for a call, never kept.

        Raises DrsError when it is not there: inventories are read before any other variable exists.
        """
        if not cell.external_id_expression:
            return None
        self.templar.available_variables = load_extra_vars(self.loader)
        value: Any = None
        with contextlib.suppress(AnsibleError):
            value = self.templar.template(mark_as_template("{{ " + cell.external_id_expression + " }}"))
        if value:
            return str(value)
        raise DrsError(
            "invalid_option",
            f"{cell.host}: the external id of its role is not there ({cell.external_id_expression} is empty)",
            remedy="Set that environment variable, or give that variable with -e: an inventory is read before"
            " group_vars and host_vars.",
        )

    def cached(self, path: str, cache: bool, what: str, marks: Any, read: Callable[[], tuple[Any, bool]]) -> Any:
        """The answer of ``read``, or the one that the cache has for exactly these marks.

        marks: everything that decides over the answer, as plain data without secrets. read: gives the answer and
        whether it is complete; one that is not is never kept.
        """
        if not self.get_option("cache"):
            return read()[0]
        digest = hashlib.sha256(json.dumps(marks, sort_keys=True, default=str).encode()).hexdigest()[:32]
        key = f"{self.get_cache_key(path)}_{what}_{digest}"
        if cache:
            with contextlib.suppress(KeyError, TypeError, ValueError):
                answer = json.loads(self._cache[key])
                self._say(f"{path}: {what} are from the cache")
                return answer
        answer, complete = read()
        if complete:
            # as one text, for core would look at every value of it on the way in and out
            self._cache[key] = json.dumps(answer)
        return answer

    def _source_answers(self, path: str, sources: Sources, cache: bool) -> dict[str, Any]:
        """What the remote sources say: {"parameter": text, "organizations": [accounts]}."""
        if not sources.remote:
            return {"parameter": "", "organizations": []}
        # boto3 and amazon.aws are loaded only when something is called
        from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import remote

        def read() -> tuple[dict[str, Any], bool]:
            parameter = remote.parameter_text(sources.parameter, self.external_id) if sources.parameter else ""
            listed = [remote.organization_accounts(one, self.external_id) for one in sources.organizations]
            return {"parameter": parameter, "organizations": listed}, True

        marks = [
            dataclasses.asdict(sources.parameter) if sources.parameter else None,
            [(dataclasses.asdict(one.reader), one.ou_ids, one.recursive) for one in sources.organizations],
            caller.identity(sources.profiles()),
        ]
        return self.cached(path, cache, "accounts", marks, read)

    def _with_display_names(self, path: str, config: Mapping[str, Any], cells: list[Cell], cache: bool) -> list[Cell]:
        source = config.get("display_names")
        if source not in (None, True, False):
            raise CellError("display_names must be true or false.")
        if not source:
            return cells
        from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import remote

        by_account = {cell.account_id: cell.display_name for cell in cells if cell.display_name}
        base = {"profile": (config.get("defaults") or {}).get("profile")}
        # Organizations answers in one Region of each partition, and botocore finds it from any other
        entry = {"account_id": "000000000000", "regions": [cells[0].region], "role_name": ""}
        partition = next(name for name, regions in self._regions.items() if cells[0].region in regions)
        reader = one_cell(entry, {**base, "partition": partition}, self._regions, "display_names")

        def read() -> tuple[dict[str, str], bool]:
            return remote.display_names(cells, by_account, reader, self.external_id, WORKERS, self._gap)

        marks = [by_account, self.marks_of(cells)]
        names = self.cached(path, cache, "names", marks, read)
        return [dataclasses.replace(cell, display_name=names[cell.account_id]) for cell in cells]

    @staticmethod
    def marks_of(cells: list[Cell]) -> list[Any]:
        """What decides over what is read in cells, for the cache: where, as whom, and who calls."""
        places = [
            [cell.account_id, cell.region, cell.host, cell.types, cell.role_arn, cell.source_identity, cell.profile]
            for cell in cells
        ]
        return [places, caller.identity(cell.profile for cell in cells if cell.profile)]

    def _say(self, text: str) -> None:
        self.display.v(text)

    def _gap(self, text: str, passing: bool) -> None:
        """Name a gap: a refusal is what many organisations want, and a service out of reach is news."""
        if passing:
            self.display.warning(text)
        else:
            self.display.v(text)


@contextlib.contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """No search for circular garbage while very many objects are made, of which none is garbage.

    Python would go through all of them again and again: a tenth of the time that the inventory of a large fleet takes.
    Afterwards they are left out of its searches, until the next inventory is made.
    """
    was = gc.isenabled()
    gc.disable()
    gc.unfreeze()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()


def relative_to(path: str, name: str) -> str:
    """A file named in another one: relative to it."""
    return os.path.join(os.path.dirname(os.path.abspath(path)), os.path.expanduser(name))
