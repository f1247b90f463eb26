"""Test the inventory plugin drs_accounts with core's inventory and loader, without a process."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible_collections.resilience.drs.plugins.inventory import drs_accounts
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.effects import caller
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import botocore_data

FILE = """
plugin: resilience.drs.drs_accounts
defaults: {role_name: Orchestration, external_id_env: EXTERNAL_ID, regions: [us-west-2]}
accounts:
  - account_id: "111111111111"
    name: payments
    vars: {unit: finance, evil: "{{ lookup('ansible.builtin.env', 'HOME') }}"}
  - account_id: "222222222222"
    types: [staging]
"""


class Plugin(drs_accounts.InventoryModule):
    """Core fills the options of a plugin that its loader has found; here they come straight from the file."""

    def _read_config_data(self, path):
        config = self.loader.load_from_file(path, cache="none", **TRUSTED)
        self._options = {"compose": {}, "groups": {}, "keyed_groups": [], "strict": False, "leading_separator": True}
        self._options |= {"use_extra_vars": False, "cache": False, **config}
        return config


try:
    from ansible.template import is_trusted_as_template

    TRUSTED = {"trusted_as_template": True}
except ImportError:
    from ansible.utils.unsafe_proxy import AnsibleUnsafeText

    TRUSTED = {}

    def is_trusted_as_template(value):
        return not isinstance(value, AnsibleUnsafeText)


def parse(tmp_path, text):
    path = tmp_path / "drs_accounts.yml"
    path.write_text(text, encoding="utf-8")
    inventory = InventoryData()
    Plugin().parse(inventory, DataLoader(), str(path))
    return inventory


def test_hosts_groups_and_variables(tmp_path):
    inventory = parse(tmp_path, FILE)
    assert list(inventory.hosts) == ["payments.us-west-2", "222222222222.us-west-2"]
    groups = {name: [host.name for host in group.get_hosts()] for name, group in inventory.groups.items()}
    assert groups["drs_cells"] == ["payments.us-west-2", "222222222222.us-west-2"]
    assert groups["drs_staging"] == groups["drs_account_222222222222"] == ["222222222222.us-west-2"]
    assert groups["drs_target"] == groups["drs_account_payments"] == ["payments.us-west-2"]
    assert inventory.hosts["payments.us-west-2"].vars["unit"] == "finance"


def test_only_the_plugins_own_templates_are_templates(tmp_path):
    variables = parse(tmp_path, FILE).hosts["payments.us-west-2"].vars
    assert variables["drs_external_id"] == "{{ lookup('ansible.builtin.env', 'EXTERNAL_ID') }}"
    assert is_trusted_as_template(variables["drs_external_id"])
    assert is_trusted_as_template(variables["ansible_python_interpreter"])
    assert variables["evil"] == "{{ lookup('ansible.builtin.env', 'HOME') }}"
    assert not is_trusted_as_template(variables["evil"])


def test_constructed_features_see_the_variables_of_the_cell_and_of_compose(tmp_path):
    inventory = parse(
        tmp_path,
        FILE
        + "compose: {loud: unit | upper, drs_source_identity: \"'by-' ~ unit\"}\n"
        + "groups: {rich: loud == 'FINANCE', mine: drs_account_id == '111111111111'}\n"
        + "keyed_groups: [{key: unit, prefix: unit}]\n",
    )
    variables = inventory.hosts["payments.us-west-2"].vars
    assert (variables["loud"], variables["drs_source_identity"]) == ("FINANCE", "by-finance")
    for group in ("rich", "mine", "unit_finance"):
        assert [host.name for host in inventory.groups[group].get_hosts()] == ["payments.us-west-2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FILE.replace("us-west-2", "us-wset-2"), "defaults.regions[0] 'us-wset-2'"),
        (FILE + "acounts: []\n", "acounts is not a known key. Did you mean 'accounts'?"),
        (FILE + "compose: {drs_region: x}\n", "compose.drs_region"),
        ("plugin: resilience.drs.drs_accounts\naccounts: s3cr3t\n", "accounts must be a list"),
        ("plugin: resilience.drs.drs_accounts\n", "accounts is empty"),
        ("plugin: another.one.plugin\n", "'plugin' must be resilience.drs.drs_accounts"),
        (FILE.replace("external_id_env: EXTERNAL_ID", "external_id: s3cr3t"), "defaults.external_id: a literal"),
    ],
)
def test_a_bad_file_is_one_parser_error_naming_the_file(tmp_path, text, message):
    with pytest.raises(AnsibleParserError) as caught:
        parse(tmp_path, text)
    assert message in str(caught.value)
    assert f"{tmp_path / 'drs_accounts.yml'}: " in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_a_bad_file_adds_no_host(tmp_path):
    path = tmp_path / "drs_accounts.yml"
    path.write_text(FILE + '  - account_id: "333"\n', encoding="utf-8")
    inventory = InventoryData()
    with pytest.raises(AnsibleParserError):
        Plugin().parse(inventory, DataLoader(), str(path))
    assert not inventory.hosts


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("drs_accounts.yml", True),
        ("drs_accounts.yaml", True),
        ("prod.drs_accounts.yml", True),
        ("prod_drs_accounts.yaml", True),
        ("drs_instances.yml", False),
        ("drs_accounts.json", False),
    ],
)
def test_files_are_told_by_their_name(tmp_path, name, fits):
    path = tmp_path / name
    path.touch()
    assert Plugin().verify_file(str(path)) is fits
    assert Plugin().verify_file(str(tmp_path / "absent" / name)) is False


def test_regions_are_known_without_network_credentials_or_the_callers_profile(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    regions = caller.regions_by_partition()
    assert {"us-west-2", "eu-central-1"} <= regions["aws"]
    assert "us-gov-west-1" in regions["aws-us-gov"]


def test_a_python_without_botocore_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(botocore_data, "MISSING_LIBRARY", "no botocore")
    with pytest.raises(AnsibleParserError, match="has no botocore .* Install"):
        parse(tmp_path, FILE)
