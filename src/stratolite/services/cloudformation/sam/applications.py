"""AWS::Serverless::Application: a nested stack of a template that lies somewhere.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-application.html
"""

from typing import Any

from stratolite.services.cloudformation.sam.expansion import Expansion, Resource, invalid, not_done

_KEPT = ("NotificationARNs", "Parameters", "TimeoutInMinutes")


def application(expansion: Expansion, name: str, resource: Resource) -> None:
    """A stack of its own. Applications of the Serverless Application Repository are refused by name."""
    given = resource.properties
    unknown = sorted(set(given) - {*_KEPT, "Location", "Tags"})
    if unknown:
        raise not_done(name, unknown[0])
    if "Location" not in given:
        raise invalid(name, "Resource is missing the required [Location] property.")
    if isinstance(given["Location"], dict) and "ApplicationId" in given["Location"]:
        raise not_done(name, "applications of the Serverless Application Repository")
    properties: dict[str, Any] = {"TemplateURL": given["Location"]}
    properties |= {key: given[key] for key in _KEPT if key in given}
    own = [{"Key": key, "Value": value} for key, value in (given.get("Tags") or {}).items()]
    properties["Tags"] = [{"Key": "lambda:createdBy", "Value": "SAM"}, *own]
    expansion.add(name, "AWS::CloudFormation::Stack", properties, **resource.own)
