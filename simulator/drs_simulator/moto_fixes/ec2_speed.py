"""Make moto's EC2 fast enough for fleets, without changing a byte of its responses.

moto finds the tags of one resource by scanning the tags of all, the image of a new instance by matching patterns with
all images, one instance by copying all reservations, and serialises each instance anew in each listing. A listing of
3,000 instances took half a minute, and three quarters of a launch went into looking for its image.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
from typing import Any

from . import registry

_OPEN, _CLOSE = "<reservationSet>", "</reservationSet>"
# Reservation id -> (state of its instances when rendered, XML).
_rendered: dict[str, tuple[Any, str]] = {}


@registry.corrects("ec2")
def apply() -> None:
    """Put the quick ways in place."""
    from moto.ec2.exceptions import InvalidInstanceIdError
    from moto.ec2.models.amis import AmiBackend
    from moto.ec2.models.core import TaggedEC2Resource
    from moto.ec2.models.instances import InstanceBackend
    from moto.ec2.responses.instances import InstanceResponse
    from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

    @functools.wraps(TaggedEC2Resource.get_tags)
    def get_tags(self: Any) -> list[dict[str, str]]:
        tags = self.ec2_backend.tags.get(self.id) if self.id else None
        if not tags:
            return []
        kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "")
        return [{"resource_id": self.id, "key": k, "value": v, "resource_type": kind} for k, v in tags.items()]

    describe_images_of_moto = AmiBackend.describe_images

    @functools.wraps(describe_images_of_moto)
    def describe_images(self: Any, *arguments: Any, **named: Any) -> Any:
        filters = named.get("filters") or {}
        wanted = filters.get("image-id")
        # Exactly the question of a launch: one id, no pattern, nothing else.
        if (
            not arguments
            and len(named) == len(filters) == 1
            and isinstance(wanted, str)
            and not set(wanted) & set("*?[")
        ):
            return [self.amis[wanted]] if wanted in self.amis else []
        return describe_images_of_moto(self, *arguments, **named)

    @functools.wraps(InstanceBackend.get_instance)
    def get_instance(self: Any, instance_id: str) -> Any:
        for reservation in self.reservations.values():
            for instance in reservation.instances:
                if instance.id == instance_id:
                    return instance
        raise InvalidInstanceIdError(instance_id)

    original = InstanceResponse.describe_instances

    @functools.wraps(original)
    def describe_instances(self: Any) -> Any:
        result = original(self)
        reservations = result.result["Reservations"]
        if not reservations:
            return result
        fragments = [_fragment(self, reservation) for reservation in reservations]
        # The frame of the answer (request id, next token) comes from the serialiser, with one reservation in it.
        result.result["Reservations"] = reservations[:1]
        _status, _headers, body = self.serialized(result)
        head, _sep, rest = str(body).partition(_OPEN)
        tail = rest.rpartition(_CLOSE)[2]
        return head + _OPEN + "".join(fragments) + _CLOSE + tail

    AmiBackend.describe_images = describe_images
    InstanceBackend.get_instance = get_instance
    TaggedEC2Resource.get_tags = get_tags
    InstanceResponse.describe_instances = describe_instances


def _state(instance: Any) -> tuple[Any, ...]:
    """Everything of an instance that can change between two listings."""
    return (
        instance.id,
        instance.state,
        instance.instance_type,
        tuple(instance.ec2_backend.tags.get(instance.id, {}).items()),
        instance.private_ip,
        instance.public_ip,
        tuple(instance.block_device_mapping),
        tuple((nic.id, tuple(group.id for group in nic.group_set)) for nic in instance.nics.values()),
        tuple(group.id for group in instance.security_groups),
        instance.source_dest_check,
        str(instance.iam_instance_profile),
        instance.ec2_backend.iam_instance_profile_associations.get(instance.id),
        instance.state_transition_reason,
    )


def _fragment(response: Any, reservation: Any) -> str:
    from moto.core.responses import ActionResult

    state = tuple(_state(instance) for instance in reservation.instances)
    known = _rendered.get(reservation.id)
    if known is not None and known[0] == state:
        return known[1]
    _status, _headers, body = response.serialized(ActionResult({"Reservations": [reservation]}))
    fragment = str(body).partition(_OPEN)[2].rpartition(_CLOSE)[0]
    _rendered[reservation.id] = (state, fragment)
    return fragment
