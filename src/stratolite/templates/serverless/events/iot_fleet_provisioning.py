"""The event ``iotFleetProvisioning``: a function decides which devices are taken into a fleet.

Source: https://www.serverless.com/framework/docs-providers-aws-events-iot-fleet-provisioning.
"""

from collections.abc import Sequence

from stratolite.templates.javascript import json_text
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import IOT_FLEET_PROVISIONING, settings_of

NAME = "iotFleetProvisioning"


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Provisioning templates, and permissions. Raises UserError for a second one of a function."""
    seen: set[str] = set()
    for event in events:
        settings_of(event, NAME, IOT_FLEET_PROVISIONING, "templateBody", "provisioningRoleArn")
        if event.function.key in seen:
            what = f"the function {event.function.key!r} has more than one event {NAME!r}"
            raise refusal(what, event.at, "Let another function decide for the other template.")
        seen.add(event.function.key)
        _make(work, event)


def _make(work: Compilation, event: Event) -> None:
    settings, function = event.settings, event.function
    permission = naming.provisioning_template_permission(function.key)
    properties = {
        "Enabled": settings.get("enabled", True),
        "PreProvisioningHook": {"TargetArn": function.target},
        "ProvisioningRoleArn": settings["provisioningRoleArn"],
        "TemplateBody": json_text(settings["templateBody"]),
        "TemplateName": settings.get("templateName") or None,
    }
    waits = [permission, *([function.depends_on] if function.depends_on else [])]
    name = naming.provisioning_template(function.key)
    work.put(name, "AWS::IoT::ProvisioningTemplate", properties, depends_on=waits)
    allowed = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": "iot.amazonaws.com",
    }
    work.put(permission, "AWS::Lambda::Permission", allowed, depends_on=function.depends_on)
