"""Test where records go that the store did not take, when the user has no home."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pwd

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import spool


@pytest.fixture(params=[None, ""], ids=["unset", "empty"])
def homeless(request, monkeypatch, tmp_path):
    """A user without a home, whatever the store is, and the folder where the command was typed."""

    def nobody(_uid):
        raise KeyError("no such user")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("HOME")
    if request.param is not None:
        monkeypatch.setenv("HOME", request.param)
    typed = tmp_path / "typed"
    typed.mkdir()
    monkeypatch.chdir(typed)
    monkeypatch.setattr(spool.tempfile, "mkdtemp", lambda prefix: str(tmp_path))
    monkeypatch.setattr(spool.tempfile, "gettempdir", lambda: str(tmp_path / "none"))
    return typed


@pytest.mark.parametrize("folder", [None, "~/spool"])
def test_they_go_into_a_temporary_folder_and_none_named_tilde_is_made(homeless, tmp_path, folder):
    path = spool.write(folder, "r-1", [])
    assert os.path.dirname(path) == str(tmp_path) and os.listdir(homeless) == []
    assert path.endswith(".json") and spool.read(path) == []


def test_nothing_waits_there_and_what_is_named_there_is_an_error_of_the_catalogue(homeless):
    assert spool.pending(None) == spool.pending("~/spool") == []
    with pytest.raises(DrsError, match="import: ~/spool: this user has no home directory") as caught:
        spool.files("~/spool")
    assert caught.value.code == "history_file_unreadable"
