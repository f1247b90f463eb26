"""A controller that is killed anywhere while it applies a stack, and the next one that reaches the same end."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import stacks

HOME, OTHER = "us-west-2", "us-east-1"
BODY = "Resources: {}"


class Killed(BaseException):
    """kill -9."""


class Amazon:
    """CloudFormation of one account: states go on by themselves, whether or not somebody looks.

    Made as the user guide's "Stack status codes" says; ``kill`` (number of a call, before or after it) ends the caller.
    """

    GOES_ON = {
        "CREATE_IN_PROGRESS": "CREATE_COMPLETE",
        "ROLLBACK_IN_PROGRESS": "ROLLBACK_COMPLETE",
        "DELETE_IN_PROGRESS": "DELETE_COMPLETE",
        "UPDATE_IN_PROGRESS": "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    }

    def __init__(self, status=None, region=HOME, body=BODY, fails=0):
        self.stacks, self.ids, self.calls, self.kill, self.fails = [], 0, 0, None, fails
        if status:
            self._make(region, status, body)

    def _make(self, region, status, body):
        self.ids += 1
        made = {"StackId": f"arn:{self.ids}", "StackStatus": status, "region": region, "body": body, "Parameters": []}
        self.stacks.append(made)
        return made

    def _edge(self, effect):
        """A call: the one that kill names ends the caller before or after its effect."""
        self.calls += 1
        number, after = self.kill or (0, False)
        if self.calls == number and not after:
            raise Killed
        result = effect()
        if self.calls == number:
            raise Killed
        return result

    def live(self, region, name):
        for one in self.stacks:
            if one["StackId"] == name or (one["region"] == region and one["StackStatus"] != "DELETE_COMPLETE"):
                return one
        return None

    def stack(self, cell, name):
        def look():
            found = self.live(cell.region, name)
            if found is None:
                return None
            shown = dict(found)
            found["StackStatus"] = self.GOES_ON.get(found["StackStatus"], found["StackStatus"])
            return shown

        return self._edge(look)

    def template(self, cell, name):
        return self._edge(lambda: self.live(cell.region, name)["body"])

    def resources(self, cell, name):
        return self._edge(lambda: {"Role": ("AWS::IAM::Role", "r")} if self.live(cell.region, name) else {})

    def events(self, cell, stack_id):
        reason = {"ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "Role exists", "LogicalResourceId": "Role"}
        return self._edge(lambda: [reason])

    def apply(self, cell, name, body, parameters, tags, create):
        def effect():
            there = self.live(cell.region, name)
            if create:
                if there is not None:
                    raise DrsError("AlreadyExistsException", "it exists")
                self.fails, failing = max(0, self.fails - 1), self.fails > 0
                status = "ROLLBACK_IN_PROGRESS" if failing else "CREATE_IN_PROGRESS"
                return self._make(cell.region, status, body)["StackId"]
            if there is None or there["StackStatus"] not in (
                *stacks.stacks.GOOD,
                "UPDATE_ROLLBACK_COMPLETE",
                "IMPORT_ROLLBACK_COMPLETE",
            ):
                raise DrsError("ValidationError", f"cannot be updated: {there and there['StackStatus']}")
            if there["body"] == body:
                return None
            there.update(StackStatus="UPDATE_IN_PROGRESS", body=body)
            return there["StackId"]

        return self._edge(effect)

    def delete(self, cell, name):
        return self._edge(lambda: self.live(cell.region, name).update(StackStatus="DELETE_IN_PROGRESS"))


class Clock:
    def __init__(self, name):
        self.now = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def seconds(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def apply(monkeypatch):
    """Apply the stack in an account of two Regions; True when the caller lived to its end."""

    def go(amazon, kill=None, wanted=BODY):
        monkeypatch.setattr(stacks, "Clock", Clock)
        for name in ("stack", "template", "resources", "events", "apply", "delete"):
            monkeypatch.setattr(stacks.cloudformation, name, getattr(amazon, name))
        monkeypatch.setattr(stacks, "Cell", lambda params: SimpleNamespace(region=params["region"], role_arn=None))
        amazon.calls, amazon.kill = 0, kill
        spec = {name: one.get("default") for name, one in stacks.SPEC.items()}
        params = {**spec, "name": "roles", "template": wanted, "regions": [OTHER, HOME]}
        cell = SimpleNamespace(region=OTHER, role_arn=None)
        return stacks.perform(cell, params, False)

    return go


STARTS = [
    None,
    *("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"),
    *("ROLLBACK_COMPLETE", "CREATE_FAILED", "REVIEW_IN_PROGRESS", "DELETE_FAILED"),
    *("CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"),
    *("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"),
]


@pytest.mark.parametrize("wanted", [BODY, "Resources: {New: {}}"])
@pytest.mark.parametrize("status", STARTS)
def test_killed_at_any_call_the_next_one_reaches_the_same_end(apply, status, wanted):
    whole = Amazon(status)
    apply(whole, wanted=wanted)
    assert len([one for one in whole.stacks if one["StackStatus"] != "DELETE_COMPLETE"]) == 1
    for number in range(1, whole.calls + 1):
        for after in (False, True):
            amazon = Amazon(status)
            with pytest.raises(Killed):
                apply(amazon, (number, after), wanted)
            told = apply(amazon, wanted=wanted)
            (one,) = [one for one in amazon.stacks if one["StackStatus"] != "DELETE_COMPLETE"]
            assert one["StackStatus"] in stacks.stacks.GOOD + ("UPDATE_ROLLBACK_COMPLETE",), (number, after)
            assert (one["body"], told["region"]) == (wanted, one["region"])
            assert apply(amazon, wanted=wanted)["changed"] is False


def test_killed_while_a_creation_fails_the_reason_is_told_or_it_is_made_the_second_time(apply):
    whole = Amazon(fails=1)
    with pytest.raises(DrsError, match="Role: Role exists.*the failed stack was deleted"):
        apply(whole)
    assert {one["StackStatus"] for one in whole.stacks} == {"DELETE_COMPLETE"}
    for number in range(1, whole.calls + 1):
        for after in (False, True):
            amazon = Amazon(fails=1)
            with pytest.raises(Killed):
                apply(amazon, (number, after))
            if amazon.fails:
                with pytest.raises(DrsError, match="stack_failed"):
                    apply(amazon)
            assert apply(amazon)["stack"] == "roles"
            assert [one["StackStatus"] for one in amazon.stacks][-1] == "CREATE_COMPLETE"
