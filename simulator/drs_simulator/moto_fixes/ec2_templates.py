"""Launch templates as EC2 has them: inherited versions, pagination, tags.

moto ignores SourceVersion, shows fifteen templates and versions at most and never says that there are more, shows the
tags of the creation for ever, and leaves unknown ids out of the answer.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from . import registry

# EC2 API reference, DescribeLaunchTemplates and DescribeLaunchTemplateVersions: MaxResults from 1 to 200.
_PAGE = 200


def _page(self: Any, original: Any, name: str) -> Any:
    """One page of everything that moto's method finds."""
    size, start = self._get_int_param("MaxResults", _PAGE), int(self._get_param("NextToken") or 0)
    # A parsed parameter of the request; moto's own limit must not come before the page.
    self.params["MaxResults"] = 10**6
    answer = original(self)
    found = answer.result[name]
    answer.result[name] = found[start : start + size]
    if start + size < len(found):
        answer.result["NextToken"] = str(start + size)
    return answer


@registry.corrects("ec2")
def correct() -> None:
    """Correct moto's launch templates; called once."""
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateBackend
    from moto.ec2.responses.launch_templates import LaunchTemplates

    create, templates = LaunchTemplates.create_launch_template_version, LaunchTemplates.describe_launch_templates
    versions, find = LaunchTemplates.describe_launch_template_versions, LaunchTemplateBackend.describe_launch_templates

    def create_launch_template_version(self: Any) -> Any:
        source = self._get_param("SourceVersion")
        if source:
            name, identity = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
            backend = self.ec2_backend
            template = backend.get_launch_template_by_name(name) if name else backend.get_launch_template(identity)
            given = self._get_param("LaunchTemplateData", {})
            self.params["LaunchTemplateData"] = {**template.get_version(source).data, **given}
        return create(self)

    def describe(self: Any, template_names: Any = None, template_ids: Any = None, filters: Any = None) -> Any:
        for identity in template_ids or ():
            if identity not in self.launch_templates:
                text = f"The specified launch template, with template ID {identity}, does not exist."
                raise EC2ClientError("InvalidLaunchTemplateId.NotFound", text)
        return find(self, template_names, template_ids, filters)

    LaunchTemplates.create_launch_template_version = create_launch_template_version
    LaunchTemplates.describe_launch_templates = lambda self: _page(self, templates, "LaunchTemplates")
    LaunchTemplates.describe_launch_template_versions = lambda self: _page(self, versions, "LaunchTemplateVersions")
    LaunchTemplateBackend.describe_launch_templates = describe
    # moto keeps the tags of the creation in an attribute; as a property they are those of now.
    LaunchTemplate.tags = property(lambda self: self.get_tags(), lambda self, value: None)
