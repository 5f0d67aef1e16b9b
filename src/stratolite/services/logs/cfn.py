"""Log groups, streams, metric and subscription filters and resource policies of CloudFormation.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Logs.html
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.logs import api

NAME_LENGTH_MAX = 512
POLICIES = "kept and given back; policies are not enforced"


def _create(work: Work) -> Made:
    properties = work.properties
    name = properties.get("LogGroupName") or work.generated_name(NAME_LENGTH_MAX, "any")
    request = {
        "logGroupName": name,
        "logGroupClass": properties.get("LogGroupClass", "STANDARD"),
        "deletionProtectionEnabled": properties.get("DeletionProtectionEnabled", False),
    }
    if properties.get("KmsKeyId"):
        request["kmsKeyId"] = properties["KmsKeyId"]
    tags = _tags(properties)
    if tags:
        request["tags"] = tags
    work.operate("CreateLogGroup", request)
    if properties.get("RetentionInDays"):
        work.operate("PutRetentionPolicy", {"logGroupName": name, "retentionInDays": properties["RetentionInDays"]})
    if properties.get("ResourcePolicyDocument"):
        _put_policy_of_group(work, name)
    return _made(work, name)


def _update(work: Work) -> Made:
    name, new, old = work.physical_id, work.properties, work.previous
    if new.get("RetentionInDays") != old.get("RetentionInDays"):
        if new.get("RetentionInDays"):
            work.operate("PutRetentionPolicy", {"logGroupName": name, "retentionInDays": new["RetentionInDays"]})
        else:
            work.operate("DeleteRetentionPolicy", {"logGroupName": name})
    if new.get("DeletionProtectionEnabled", False) != old.get("DeletionProtectionEnabled", False):
        work.operate(
            "PutLogGroupDeletionProtection",
            {
                "logGroupIdentifier": name,
                "deletionProtectionEnabled": new.get("DeletionProtectionEnabled", False),
            },
        )
    if new.get("KmsKeyId") != old.get("KmsKeyId"):
        if new.get("KmsKeyId"):
            work.operate("AssociateKmsKey", {"logGroupName": name, "kmsKeyId": new["KmsKeyId"]})
        else:
            work.operate("DisassociateKmsKey", {"logGroupName": name})
    gone = sorted(set(_tags(old)) - set(_tags(new)))
    if gone:
        work.operate("UntagLogGroup", {"logGroupName": name, "tags": gone})
    if _tags(new) and _tags(new) != _tags(old):
        work.operate("TagLogGroup", {"logGroupName": name, "tags": _tags(new)})
    if new.get("ResourcePolicyDocument") != old.get("ResourcePolicyDocument"):
        _put_policy_of_group(work, name)
    return _made(work, name)


def _put_policy_of_group(work: Work, name: str) -> None:
    """Give a group its policy, or take the one that it had."""
    request: dict[str, Any] = {"resourceArn": work.call.arn("logs", f"log-group:{name}")}
    for had in work.operate("DescribeResourcePolicies", request)["resourcePolicies"]:
        request["expectedRevisionId"] = had["revisionId"]
    document = work.properties.get("ResourcePolicyDocument")
    if document:
        work.operate("PutResourcePolicy", {**request, "policyDocument": json.dumps(document)})
    elif "expectedRevisionId" in request:
        work.operate("DeleteResourcePolicy", request)


def _delete(work: Work) -> None:
    work.unless_gone("DeleteLogGroup", {"logGroupName": work.physical_id})


def _made(work: Work, name: str) -> Made:
    return Made(name, {"Arn": work.call.arn("logs", f"log-group:{name}:*")})


def _create_stream(work: Work) -> Made:
    name = work.properties.get("LogStreamName") or work.generated_name(NAME_LENGTH_MAX, "any")
    work.operate("CreateLogStream", {"logGroupName": work.properties["LogGroupName"], "logStreamName": name})
    return Made(name)


def _update_stream(work: Work) -> Made:
    return Made(work.physical_id)


def _delete_stream(work: Work) -> None:
    request = {"logGroupName": work.properties["LogGroupName"], "logStreamName": work.physical_id}
    # Its group may be gone, and it with it.
    work.unless_gone("DeleteLogStream", request)


def _put_metric_filter(work: Work, name: str) -> Made:
    properties = work.properties
    work.operate(
        "PutMetricFilter",
        {
            "logGroupName": properties["LogGroupName"],
            "filterName": name,
            "filterPattern": properties["FilterPattern"],
            "metricTransformations": [_transformation(given) for given in properties["MetricTransformations"]],
            **_of_systems(properties, "EmitSystemFieldDimensions"),
        },
    )
    return Made(name)


def _transformation(given: Mapping[str, Any]) -> dict[str, Any]:
    """A MetricTransformation: CloudFormation has numbers where the API has them, and dimensions in a list."""
    made = {key[0].lower() + key[1:]: value for key, value in given.items() if key != "Dimensions"}
    made["metricValue"] = str(given["MetricValue"])
    if "DefaultValue" in given:
        made["defaultValue"] = float(given["DefaultValue"])
    if given.get("Dimensions"):
        made["dimensions"] = {one["Key"]: one["Value"] for one in given["Dimensions"]}
    return made


def _create_metric_filter(work: Work) -> Made:
    name = work.properties.get("FilterName") or work.generated_name(NAME_LENGTH_MAX, "any")
    return _put_metric_filter(work, name)


def _update_metric_filter(work: Work) -> Made:
    return _put_metric_filter(work, work.physical_id)


def _delete_metric_filter(work: Work) -> None:
    _delete_filter(work, "DeleteMetricFilter")


def _put_subscription_filter(work: Work, name: str) -> Made:
    properties = work.properties
    request = {
        "logGroupName": properties["LogGroupName"],
        "filterName": name,
        "filterPattern": properties["FilterPattern"],
        "destinationArn": properties["DestinationArn"],
        **_of_systems(properties, "EmitSystemFields"),
    }
    if properties.get("RoleArn"):
        request["roleArn"] = properties["RoleArn"]
    if properties.get("Distribution"):
        request["distribution"] = properties["Distribution"]
    work.operate("PutSubscriptionFilter", request)
    return Made(name)


def _create_subscription_filter(work: Work) -> Made:
    name = work.properties.get("FilterName") or work.generated_name(NAME_LENGTH_MAX, "any")
    return _put_subscription_filter(work, name)


def _update_subscription_filter(work: Work) -> Made:
    return _put_subscription_filter(work, work.physical_id)


def _delete_subscription_filter(work: Work) -> None:
    _delete_filter(work, "DeleteSubscriptionFilter")


def _delete_filter(work: Work, operation: str) -> None:
    # Its group may be gone, and it with it.
    work.unless_gone(operation, {"logGroupName": work.properties["LogGroupName"], "filterName": work.physical_id})


def _put_policy(work: Work) -> Made:
    name, document = work.properties["PolicyName"], work.properties["PolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    work.operate("PutResourcePolicy", {"policyName": name, "policyDocument": text})
    return Made(name)


def _create_policy(work: Work) -> Made:
    """Make a policy: one of that name that was there before is somebody else's."""
    found = work.operate("DescribeResourcePolicies", {})["resourcePolicies"]
    if any(one["policyName"] == work.properties["PolicyName"] for one in found):
        identifier = json.dumps({"/properties/PolicyName": work.properties["PolicyName"]}, separators=(",", ":"))
        raise api.ResourceAlreadyExistsException(
            f"Resource of type 'AWS::Logs::ResourcePolicy' with identifier '{identifier}' already exists."
        )
    return _put_policy(work)


def _delete_policy(work: Work) -> None:
    work.unless_gone("DeleteResourcePolicy", {"policyName": work.physical_id})


def _of_systems(properties: Mapping[str, Any], emitted: str) -> dict[str, Any]:
    """Settings that the operations refuse by name."""
    names = ("ApplyOnTransformedLogs", "FieldSelectionCriteria", emitted)
    return {name[0].lower() + name[1:]: properties[name] for name in names if name in properties}


def _tags(properties: dict[str, object]) -> dict[str, str]:
    tags = properties.get("Tags")
    return {tag["Key"]: tag["Value"] for tag in tags} if isinstance(tags, list) else {}


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Logs::LogGroup",
        implemented=frozenset({"LogGroupName", "RetentionInDays", "DeletionProtectionEnabled", "Tags"}),
        create=_create,
        update=_update,
        delete=_delete,
        accepted={
            "KmsKeyId": "Encryption at rest: the data folder is as safe as the disk that it is on.",
            "LogGroupClass": "STANDARD and INFREQUENT_ACCESS differ in price; other classes are refused.",
            "ResourcePolicyDocument": POLICIES,
        },
        replaces=frozenset({"LogGroupName", "LogGroupClass"}),
    ),
    ResourceType(
        "AWS::Logs::LogStream",
        implemented=frozenset({"LogGroupName", "LogStreamName"}),
        create=_create_stream,
        update=_update_stream,
        delete=_delete_stream,
    ),
    ResourceType(
        "AWS::Logs::MetricFilter",
        implemented=frozenset(
            {
                "LogGroupName",
                "FilterName",
                "FilterPattern",
                "MetricTransformations",
                "ApplyOnTransformedLogs",
                "FieldSelectionCriteria",
                "EmitSystemFieldDimensions",
            }
        ),
        create=_create_metric_filter,
        update=_update_metric_filter,
        delete=_delete_metric_filter,
    ),
    ResourceType(
        "AWS::Logs::SubscriptionFilter",
        implemented=frozenset(
            {
                "LogGroupName",
                "FilterName",
                "FilterPattern",
                "DestinationArn",
                "RoleArn",
                "ApplyOnTransformedLogs",
                "FieldSelectionCriteria",
                "EmitSystemFields",
                "Distribution",
            }
        ),
        create=_create_subscription_filter,
        update=_update_subscription_filter,
        delete=_delete_subscription_filter,
    ),
    ResourceType(
        "AWS::Logs::ResourcePolicy",
        implemented=frozenset({"PolicyName"}),
        create=_create_policy,
        update=_put_policy,
        delete=_delete_policy,
        accepted={"PolicyDocument": POLICIES},
    ),
)
