"""Let Ansible keep the bytecode of collections, as Python does of everything else: for the playbooks of the tests.

Ansible's loader compiles each file of a collection anew in every process, which was a fifth of a playbook; and a module
that is shipped comes as an archive, of which Python compiles each file twice, which was a quarter of a module. A test
that runs playbooks has this folder in their PYTHONPATH. What is kept of a collection's file is Python's own .pyc, which
is bound to the file's time and size, and of an archive's file the code under the hash of the source. Nothing is kept
with PYTHONDONTWRITEBYTECODE, and nothing of archives without PYTHONPYCACHEPREFIX.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import _imp
import importlib.util
import marshal
import os
import sys
import zipimport
from importlib.machinery import SourceFileLoader

_LOADERS = "ansible.utils.collection_loader._collection_finder"


def _correct(loaders):
    base = loaders._AnsibleCollectionPkgLoaderBase
    compiled = base.get_code

    def get_code(self, fullname):
        path = self._source_code_path
        if self._compiled_code or not isinstance(path, str) or not path.endswith(".py"):
            return compiled(self, fullname)
        self._compiled_code = SourceFileLoader(fullname, path).get_code(fullname)
        return self._compiled_code

    base.get_code = get_code


class _Finder:
    """Finds Ansible's loaders once, and corrects them when they have been imported."""

    def find_spec(self, name, path=None, target=None):
        """See importlib.abc.MetaPathFinder."""
        if name != _LOADERS:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _correct(module)

        spec.loader.exec_module = exec_module
        return spec


def _kept(compiled):
    """A function that compiles the source of an archive's file, or finds what was compiled of the same before."""

    def compile_source(pathname, source):
        if not sys.pycache_prefix:
            return compiled(pathname, source)
        named = os.path.basename(pathname).encode() + b"\0" + source
        key = importlib.util.source_hash(named).hex() + f"-{len(named)}-{sys.implementation.cache_tag}"
        file = os.path.join(sys.pycache_prefix, "archives", key)
        try:
            with open(file, "rb") as stream:
                code = marshal.loads(stream.read())
            # what a traceback names is where this archive lies, not that of the first time
            _imp._fix_co_filename(code, pathname)
            return code
        except (OSError, EOFError, ValueError, TypeError):
            code = compiled(pathname, source)
        if not sys.dont_write_bytecode:
            try:
                os.makedirs(os.path.dirname(file), exist_ok=True)
                with open(f"{file}.{os.getpid()}", "wb") as stream:
                    stream.write(marshal.dumps(code))
                os.replace(stream.name, file)
            except OSError:
                pass
        return code

    return compile_source


sys.meta_path.insert(0, _Finder())
zipimport._compile_source = _kept(zipimport._compile_source)
