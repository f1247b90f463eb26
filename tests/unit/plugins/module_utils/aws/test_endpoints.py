"""Test that endpoints, proxies and certificates of our clients follow botocore's rules; docs/network.md says so."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell

PAGE = (Path(__file__).resolve().parents[5] / "docs" / "network.md").read_text(encoding="utf-8")
NAMES = (
    *("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"),
    *("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DRS"),
)


@pytest.fixture
def client(monkeypatch):
    """A client of a cell under an environment; no call is made."""

    def make(service: str = "drs", region: str = "us-west-2", cell: dict | None = None, **environment: str):
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Cell({"region": region, **(cell or {})}).client(service)

    return make


@pytest.mark.parametrize(
    ("service", "region", "url"),
    [
        ("drs", "us-west-2", "https://drs-fips.us-west-2.amazonaws.com"),
        ("drs", "us-gov-west-1", "https://drs-fips.us-gov-west-1.amazonaws.com"),
        ("sts", "us-west-2", "https://sts-fips.us-west-2.amazonaws.com"),
        ("ssm", "us-west-2", "https://ssm-fips.us-west-2.amazonaws.com"),
    ],
)
def test_fips_endpoints(client, service, region, url):
    assert client(service, region, AWS_USE_FIPS_ENDPOINT="true").meta.endpoint_url == url


@pytest.mark.parametrize("service", ["drs", "ec2", "ssm", "sts", "cloudformation", "dynamodb"])
def test_dual_stack_endpoints(client, service):
    made = client(service, AWS_USE_DUALSTACK_ENDPOINT="true")
    assert made.meta.endpoint_url == f"https://{service}.us-west-2.api.aws"


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("cn-north-1", "https://drs.cn-north-1.amazonaws.com.cn"),
        ("us-gov-east-1", "https://drs.us-gov-east-1.amazonaws.com"),
        ("eu-west-1", "https://drs.eu-west-1.amazonaws.com"),
    ],
)
def test_endpoints_of_partitions(client, region, url):
    assert client(region=region).meta.endpoint_url == url


def test_an_endpoint_of_one_service(client):
    url = "https://vpce-1.drs.us-west-2.vpce.amazonaws.com"
    assert client("drs", AWS_ENDPOINT_URL_DRS=url).meta.endpoint_url == url
    assert client("ec2", AWS_ENDPOINT_URL_DRS=url).meta.endpoint_url == "https://ec2.us-west-2.amazonaws.com"


def proxies(made) -> dict:
    return made._endpoint.http_session._proxy_config._proxies  # pylint: disable=protected-access


def test_a_proxy_and_what_goes_past_it(client):
    assert proxies(client(HTTPS_PROXY="http://proxy:3128")) == {"https": "http://proxy:3128"}
    assert proxies(client(HTTPS_PROXY="http://proxy:3128", NO_PROXY=".amazonaws.com")) == {}


@pytest.mark.parametrize("options", [{}, {"validate_certs": True}])
@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_of_certificates(client, tmp_path, name, options):
    """validate_certs is true for every module; it must not keep botocore from the bundle."""
    bundle = tmp_path / "ca.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n", encoding="utf-8")
    made = client(cell=options, **{name: str(bundle)})
    assert made._endpoint.http_session._verify == str(bundle)  # pylint: disable=protected-access


def test_the_page_names_what_is_tested_here():
    for name in (
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_CA_BUNDLE",
        "HTTPS_PROXY",
        "NO_PROXY",
        "AWS_ENDPOINT_URL_DRS",
    ):
        assert name in PAGE
