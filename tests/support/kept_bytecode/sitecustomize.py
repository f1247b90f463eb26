"""Let Ansible keep the bytecode of collections, as Python does of everything else: for the playbooks of the tests.

Ansible's loader compiles each file of a collection anew in every process, which was a fifth of a playbook. A test that
runs playbooks has this folder in their PYTHONPATH. What is kept is Python's own .pyc, which is bound to the file's time
and size; with PYTHONDONTWRITEBYTECODE nothing is kept.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib.util
import sys
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


sys.meta_path.insert(0, _Finder())
