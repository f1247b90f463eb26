"""Read what botocore has on disk, once: the models of services, and the Regions that exist."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import copy
import functools
import typing as t

try:
    import botocore.exceptions
    import botocore.hooks
    import botocore.loaders
    import botocore.regions
    import botocore.session
except ImportError as error:
    MISSING_LIBRARY: str | None = str(error)
else:
    MISSING_LIBRARY = None

# The services whose Regions count; in botocore's list of endpoints they have the same names. A session would read the
# whole model of a service, and that of EC2 is the largest there is, only to learn that.
SERVICES = ("drs", "ec2")


def session() -> t.Any:
    """A session of botocore without a profile: it must work where the caller's profile does not exist."""
    return _session(session_vars={"profile": (None, None, None, None)})


@functools.lru_cache(maxsize=1)
def _handlers() -> t.Any:
    # every session begins with a copy of the handlers that all have: to register them costs much more
    emitter = botocore.hooks.HierarchicalEmitter()
    botocore.session.Session(event_hooks=emitter)
    return emitter


def fresh_session() -> t.Any:
    """A session of botocore as the environment has it, over the warm loader."""
    core = _session()
    core.register_component("data_loader", loader())
    return core


def _session(**kwargs: t.Any) -> t.Any:
    return botocore.session.Session(event_hooks=copy.copy(_handlers()), include_builtin_handlers=False, **kwargs)


@functools.lru_cache(maxsize=1)
def loader() -> t.Any:
    """One loader of models for all sessions: parsing a model costs more than all else that a client does."""
    return botocore.loaders.create_loader(session().get_config_variable("data_path"))


def warm(services: t.Iterable[str]) -> None:
    """Load what clients of these services need, once, before several threads would all do it.

    What is missing is left to the client, which can say in which cell.
    """
    for service in services:
        for kind in ("service-2", "endpoint-rule-set-1", "paginators-1"):
            with contextlib.suppress(botocore.exceptions.BotoCoreError):
                loader().load_service_model(service, kind)


@functools.lru_cache(maxsize=1)
def regions_by_partition() -> dict[str, frozenset[str]]:
    """The Regions that the installed botocore knows for DRS, and those of EC2 where its list is ahead.

    :returns: ``{partition: [Region]}``.
    """
    resolver = botocore.regions.EndpointResolver(loader().load_data("endpoints"))
    return {
        partition: frozenset(
            region for service in SERVICES for region in resolver.get_available_endpoints(service, partition)
        )
        for partition in resolver.get_available_partitions()
    }


@functools.lru_cache(maxsize=1)
def known_regions() -> frozenset[str]:
    """Every Region of every partition."""
    return frozenset().union(*regions_by_partition().values())


_PLAIN = ("string", "integer", "long", "boolean", "structure", "list", "map")
_known: dict[str, bool] = {}


def is_plain_json(operation: t.Any) -> bool:
    """Whether the answer of an operation is, as JSON, what botocore would make of it: no times, no other names."""
    if operation.name not in _known:
        _known[operation.name] = _is_plain(operation.output_shape, ())
    return _known[operation.name]


def _is_plain(shape: t.Any, above: tuple[str, ...]) -> bool:
    if shape.name in above:
        return True
    if shape.type_name not in _PLAIN or shape.serialization:
        return False
    below: t.Iterable[t.Any] = ()
    if shape.type_name == "structure":
        below = shape.members.values()
    elif shape.type_name == "list":
        below = (shape.member,)
    elif shape.type_name == "map":
        below = (shape.key, shape.value)
    return all(_is_plain(one, (*above, shape.name)) for one in below)


@functools.lru_cache(maxsize=8)
def request_member(service: str, operation: str, member: str) -> t.Any:
    """The shape of one member of a call's request, from the warm loader's model."""
    return fresh_session().get_service_model(service).operation_model(operation).input_shape.members[member]


def within(shape: t.Any, value: t.Any) -> t.Any:
    """A value with only the members that a shape of a request has.

    What an answer tells has members of its own (states, owners), and botocore refuses a request that repeats them.
    Which they are depends on the installed botocore, so its model decides. A structure that is left empty goes as well.

    :param shape: a shape of botocore's model, such as that of ``LaunchTemplateData``.
    """
    if shape.type_name == "structure" and isinstance(value, dict):
        kept = {key: within(shape.members[key], one) for key, one in value.items() if key in shape.members}
        return {key: one for key, one in kept.items() if one != {} or value[key] == {}}
    if shape.type_name == "list" and isinstance(value, (list, tuple)):
        return [within(shape.member, one) for one in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: within(shape.value, one) for key, one in value.items()}
    return value
