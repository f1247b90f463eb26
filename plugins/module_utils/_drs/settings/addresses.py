"""IPv4 addresses in subnets, as a VPC has them. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import ipaddress
from typing import Any

# VPC user guide, "Subnet CIDR blocks": the first four addresses and the last one of a subnet are reserved.
RESERVED_AT_THE_BEGIN = 4


def valid(text: Any) -> bool:
    """Whether a text is an IPv4 address."""
    try:
        ipaddress.IPv4Address(str(text))
    except ValueError:
        return False
    return True


def within(address: str, cidr: str) -> bool:
    """Whether an address lies in a range."""
    return ipaddress.IPv4Address(address) in ipaddress.IPv4Network(cidr)


def reserved(address: str, cidr: str) -> bool:
    """Whether AWS keeps an address of a subnet for itself."""
    network = ipaddress.IPv4Network(cidr)
    offset = int(ipaddress.IPv4Address(address)) - int(network.network_address)
    return 0 <= offset < RESERVED_AT_THE_BEGIN or offset == network.num_addresses - 1


def usable(cidr: str) -> str:
    """The addresses of a subnet that a machine may have, for people."""
    network = ipaddress.IPv4Network(cidr)
    return f"{network[RESERVED_AT_THE_BEGIN]} to {network[network.num_addresses - 2]}"


def with_last_octet(address: str, cidr: str) -> str:
    """The address of a subnet that ends as another one does; of a subnet with several such, the first."""
    network = ipaddress.IPv4Network(cidr)
    octet = int(ipaddress.IPv4Address(address)) & 0xFF
    first = int(network.network_address)
    # below /24 the last octet of the network is part of what is kept
    return str(ipaddress.IPv4Address((first & ~0xFF) | octet))
