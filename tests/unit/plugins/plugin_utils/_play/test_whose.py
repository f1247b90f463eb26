"""Test whose a play is, by the file that it stands in."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.plugin_utils._play import whose


def standing(path):
    return SimpleNamespace(get_path=lambda: path)


@pytest.fixture
def folder(tmp_path):
    """The folder of playbooks, by a way that leads over a link, as a collection that was linked has it."""
    (tmp_path / "real" / "callback_plugins").mkdir(parents=True)
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    return whose.playbooks(str(tmp_path / "linked" / "callback_plugins" / "one.py"))


@pytest.mark.parametrize(
    ("path", "name", "within"),
    [
        ("{top}/linked/drill.yml:7", "drill", True),
        ("{top}/real/drill.v2.yml:7", "drill.v2", True),
        ("{top}/real/sub/drill.yml:7", "", True),
        ("{top}/realer/drill.yml:7", "", False),
        ("{top}/real/a:b.yml:7", "a:b", True),
        ("", "", False),
        (None, "", False),
    ],
)
def test_a_play_belongs_to_the_folder_that_its_file_stands_in(folder, tmp_path, path, name, within):
    play = standing(path and path.format(top=tmp_path))
    assert (whose.playbook(play, folder), whose.within(play, folder)) == (name, within)


def test_a_play_without_a_file_is_nobodys_wherever_the_command_was_typed(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert whose.file_of(standing(None)) == "" and not whose.within(standing(None), os.path.dirname(folder))
