"""Test where files of ours go, and that they are written whole or not at all."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pwd

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.effects import own_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

OLD = {"a": b"old a", "b": b"old b"}


def held(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path):
    own_files.write(str(tmp_path), OLD)
    return tmp_path


# -- where -----------------------------------------------------------------------------------------------------------


def test_a_tilde_is_the_home_also_where_that_is_not_there_yet(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "none"))
    assert own_files.place("~/x") == f"{tmp_path}/none/x" and own_files.place("~") == f"{tmp_path}/none"
    monkeypatch.chdir(tmp_path)
    assert own_files.place("x/../y") == f"{tmp_path}/y" and own_files.place("/a//b") == "/a/b"


def test_without_the_variable_the_home_is_that_of_the_users_of_the_machine(monkeypatch):
    monkeypatch.delenv("HOME")
    assert own_files.place("~/x") == os.path.join(pwd.getpwuid(os.getuid()).pw_dir, "x")


def nobody(_uid):
    raise KeyError("no such user")


@pytest.mark.parametrize("path", ["~/x", "~", "~nobody-of-this-name/x"])
@pytest.mark.parametrize("home", [None, ""])
def test_where_there_is_no_home_nothing_goes_into_a_folder_named_tilde_nor_into_the_root(monkeypatch, path, home):
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("HOME")
    if home is not None:
        monkeypatch.setenv("HOME", home)
    with pytest.raises(FileNotFoundError, match="no home directory; set HOME, or write the whole path"):
        own_files.place(path)
    assert own_files.place("/x/~") == "/x/~", "a path that needs no home"


# -- how -------------------------------------------------------------------------------------------------------------


def test_a_file_is_the_users_own_and_another_mode_is_as_the_umask_leaves_it_unless_it_is_told_exactly(tmp_path):
    before = os.umask(0o077)
    try:
        own_files.write(str(tmp_path), {"own": b""})
        own_files.write(str(tmp_path), {"masked": b""}, 0o640)
        own_files.write(str(tmp_path), {"exact": b""}, 0o640, exactly=True)
    finally:
        os.umask(before)
    assert {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == {
        "own": 0o600, "masked": 0o600, "exact": 0o640}  # fmt: skip


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("name", ["write", "fsync"])
def test_a_full_disk_leaves_every_file_as_it_was_and_no_part(monkeypatch, folder, name, locked):
    real, calls = getattr(os, name), []

    def full(handle, *data):
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(handle, *data)

    monkeypatch.setattr(os, name, full)
    with pytest.raises(DrsError, match="here: No space left on device") as caught:
        with own_files.told("report_not_written", "here"):
            own_files.write(str(folder), {"a": b"new", "b": b"new"}, locked=locked)
    assert caught.value.code == "report_not_written" and held(folder) == OLD


def test_what_is_written_in_pieces_arrives_whole(monkeypatch, tmp_path):
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:3]))
    own_files.write(str(tmp_path), {"a": b"0123456789"})
    assert held(tmp_path) == {"a": b"0123456789"}


def test_names_are_taken_in_order_after_all_is_written(monkeypatch, folder):
    taken, real = [], os.replace

    def replace(part, path):
        assert os.path.basename(part).startswith(own_files.PART)
        taken.append((os.path.basename(path), len(list(folder.iterdir()))))
        real(part, path)

    monkeypatch.setattr(os, "replace", replace)
    own_files.write(str(folder), {"b": b"1", "a": b"2"})
    assert taken == [("b", 4), ("a", 3)] and held(folder) == {"a": b"2", "b": b"1"}


@pytest.mark.parametrize(("locked", "left"), [(True, 0), (False, 1)])
def test_what_a_killed_writer_left_is_written_over_by_whoever_is_alone(monkeypatch, folder, locked, left):
    def killed(*_paths):
        raise SystemExit

    monkeypatch.setattr(os, "replace", killed)
    monkeypatch.setattr(os, "unlink", lambda _path: None)
    with pytest.raises(SystemExit):
        own_files.write(str(folder), {"a": b"half"}, locked=locked)
    monkeypatch.undo()
    own_files.write(str(folder), {"a": b"whole"}, locked=locked)
    parts = [name for name in held(folder) if name.startswith(own_files.PART)]
    assert held(folder)["a"] == b"whole" and len(parts) == left


def test_nothing_is_synced_that_need_not_be(monkeypatch, tmp_path):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    own_files.write(str(tmp_path), {"a": b"", "b": b""}, synced=False)
    assert synced == []
    own_files.write(str(tmp_path), {"a": b"", "b": b""})
    assert len(synced) == 3, "two files and their names"


def test_a_link_that_somebody_laid_is_not_followed(folder, tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"theirs")
    (folder / "a").unlink()
    (folder / "a").symlink_to(target)
    own_files.write(str(folder), {"a": b"mine"})
    assert target.read_bytes() == b"theirs" and (folder / "a").read_bytes() == b"mine"
