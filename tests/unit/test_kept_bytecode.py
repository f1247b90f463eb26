"""Test that the playbooks of the tests never run bytecode of a file that has changed since."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib.util
import sys
import zipimport
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.utils.collection_loader import _collection_finder

FILE = Path(__file__).parents[1] / "support" / "kept_bytecode" / "sitecustomize.py"


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """The module, with bytecode kept in a folder of the test's own."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(zipimport, "_compile_source", zipimport._compile_source)
    spec = importlib.util.spec_from_file_location("drs_kept_bytecode", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Loader:
    """As much of Ansible's loader as is corrected."""

    def __init__(self, path):
        self._source_code_path, self._compiled_code = path, None

    def get_code(self, fullname):
        return f"Ansible's own of {fullname}"


def value(base, path):
    there = {}
    exec(base(str(path)).get_code("some.module"), there)
    return there["VALUE"]


def test_a_changed_file_is_compiled_again_and_an_unchanged_one_is_not(kept, tmp_path, monkeypatch):
    base = type("Base", (Loader,), {"get_code": Loader.get_code})
    kept._correct(SimpleNamespace(_AnsibleCollectionPkgLoaderBase=base))
    path = tmp_path / "module.py"
    path.write_text("VALUE = 1\n", encoding="utf-8")
    assert value(base, path) == 1
    assert len(list((tmp_path / "kept").rglob("module.*.pyc"))) == 1
    compiled = []
    real = kept.SourceFileLoader.source_to_code
    monkeypatch.setattr(
        kept.SourceFileLoader, "source_to_code", lambda self, *more, **named: compiled.append(1) or real(self, *more)
    )
    assert value(base, path) == 1 and not compiled
    path.write_text("VALUE = 234\n", encoding="utf-8")
    assert value(base, path) == 234 and compiled == [1]


@pytest.mark.parametrize("path", [None, "/somewhere/__synthetic__"])
def test_what_is_no_file_is_left_to_ansible(kept, path):
    base = type("Base", (Loader,), {"get_code": Loader.get_code})
    kept._correct(SimpleNamespace(_AnsibleCollectionPkgLoaderBase=base))
    assert base(path).get_code("x") == "Ansible's own of x"


def test_the_finder_corrects_the_loader_that_ansible_has_and_goes(kept):
    (finder,) = [one for one in sys.meta_path if isinstance(one, kept._Finder)]
    assert finder.find_spec("ansible.utils") is None and finder in sys.meta_path
    spec = finder.find_spec(_collection_finder.__name__)
    assert finder not in sys.meta_path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module._AnsibleCollectionPkgLoaderBase.get_code.__module__ == "drs_kept_bytecode"


def test_an_archive_is_compiled_once_and_a_traceback_names_the_one_at_hand(kept, tmp_path):
    compiled = []

    def compile_source(pathname, source):
        compiled.append(source)
        return compile(source, pathname, "exec", dont_inherit=True)

    quick = kept._kept(compile_source)
    source = b"def fail():\n    raise ValueError\n"
    for place in ("/first/archive.zip/a/b.py", "/second/archive.zip/a/b.py"):
        there = {}
        exec(quick(place, source), there)
        with pytest.raises(ValueError) as failed:
            there["fail"]()
        assert str(failed.traceback[-1].path) == place
    assert compiled == [source]
    # another file of an equal name, and what is kept cannot be read
    quick("/first/archive.zip/a/b.py", source + b"# more\n")
    assert len(compiled) == 2
    for file in (tmp_path / "kept" / "archives").iterdir():
        file.write_bytes(b"damaged")
    quick("/first/archive.zip/a/b.py", source)
    assert len(compiled) == 3


def test_without_a_folder_for_bytecode_an_archive_is_compiled_each_time(kept, monkeypatch):
    monkeypatch.setattr(sys, "pycache_prefix", None)
    compiled = []
    quick = kept._kept(lambda pathname, source: compiled.append(source))
    quick("/a.zip/b.py", b"")
    quick("/a.zip/b.py", b"")
    assert len(compiled) == 2
