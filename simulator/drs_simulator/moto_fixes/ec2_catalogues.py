"""Let moto read what EC2 offers when somebody asks for it, instead of all of it before the first answer.

moto reads the instance types of every Region while it is imported, and makes each of Amazon's 1,300 images, with a
volume and a snapshot, in every account and Region: half a second before the first answer, and a tenth for each cell.

One answer is another one than moto's: it shows the snapshots of Amazon's images as if everybody could see them. In AWS
nobody can, so DescribeSnapshots does not list them here.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import mock

from . import registry

_OFFERINGS = "instance_type_offerings"
_TYPES = "moto.ec2.models.instance_types"


class Offerings(dict[str, Any]):
    """The instance types that each Region offers, for one kind of location; a Region's are read when asked for."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def __missing__(self, region: str) -> Any:
        from moto.utilities.utils import load_resource

        try:
            found = load_resource(f"ec2/resources/{_OFFERINGS}/{self.kind}/{region}.json")
        except FileNotFoundError:
            raise KeyError(region) from None
        self[region] = [{**one, "LocationType": self.kind} for one in found]
        return self[region]

    def get(self, region: str, default: Any = None) -> Any:
        """What a Region offers; the default for a Region that moto knows nothing of."""
        try:
            return self[region]
        except KeyError:
            return default


class Images(dict[str, Any]):
    """The images of an account in a Region. Those that only one Region has are made when another one is looked for.

    rest: makes them; called once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rest: Callable[[], None] | None = None

    def all(self) -> None:
        """Make whatever was not made yet."""
        rest, self.rest = self.rest, None
        if rest is not None:
            rest()

    def __missing__(self, image: str) -> Any:
        if self.rest is None:
            raise KeyError(image)
        self.all()
        return self[image]

    def __contains__(self, image: object) -> bool:
        if not super().__contains__(image):
            self.all()
        return super().__contains__(image)

    def pop(self, image: str, *default: Any) -> Any:
        """Remove an image."""
        self.all()
        return super().pop(image, *default)

    def __iter__(self) -> Iterator[str]:
        self.all()
        return super().__iter__()

    def values(self) -> Any:
        """All images."""
        self.all()
        return super().values()

    def copy(self) -> dict[str, Any]:
        """All images in a dictionary of their own."""
        self.all()
        return dict(super().items())


def _import_without_offerings() -> None:
    """Import moto's EC2 with empty lists of what each Region offers, and put those in their place that read later."""
    if _TYPES in sys.modules:
        return
    real = os.listdir

    def listed(path: Any = ".") -> Any:
        return [] if os.path.basename(os.path.dirname(path)) == _OFFERINGS else real(path)

    with mock.patch("os.listdir", listed):
        from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
    for kind in INSTANCE_TYPE_OFFERINGS:
        INSTANCE_TYPE_OFFERINGS[kind] = Offerings(kind)


def _add(backend: Any, found: Iterable[dict[str, Any]]) -> None:
    """Make images for an account and Region as moto does, and leave out their snapshots."""
    from moto.core.parse import default_timestamp_parser
    from moto.ec2.models.amis import Ami

    before = dict(backend.snapshots)
    for one in found:
        made = one.get("creation_date")
        more = {"creation_date": default_timestamp_parser(made)} if isinstance(made, str) else {}
        # what somebody made or changed meanwhile stays
        backend.amis.setdefault(one["ami_id"], Ami(backend, **{**one, **more, "owner_alias": "amazon"}))
    backend.snapshots.clear()
    backend.snapshots.update(before)


@registry.corrects("ec2", first=True)
def apply() -> None:
    """Import moto's EC2 without its catalogues, and read them later."""
    _import_without_offerings()
    from moto.ec2.models import amis
    from moto.utilities.utils import load_resource

    def load_amis(self: Any) -> None:
        self.amis = Images()
        _add(self, amis.AMIS)

        def rest() -> None:
            for name in ("latest_amis", "ecs/optimized_amis"):
                # a Region that moto knows nothing of has none
                with contextlib.suppress(FileNotFoundError):
                    _add(self, load_resource(f"ec2/resources/{name}/{self.region_name}.json"))

        # somebody's own list of images is all there is
        self.amis.rest = None if "MOTO_AMIS_PATH" in os.environ else rest

    amis.AmiBackend._load_amis = load_amis
