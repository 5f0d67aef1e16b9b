"""``AWS::Lambda::Version`` and ``AWS::Lambda::Alias``."""

from typing import Any

from stratolite.core.ports import Made, ResourceType, Work
from stratolite.services.lambda_ import api
from stratolite.services.lambda_.cfn.properties import given, mapping, unless_gone

# Versions --------------------------------------------------------------------------------------------------------


def _create_version(work: Work) -> Made:
    function = work.properties["FunctionName"]
    listed = work.operate("ListVersionsByFunction", {"FunctionName": function, "MaxItems": 50})
    before = {version["Version"] for version in listed["Versions"]}
    while listed.get("NextMarker"):
        listed = work.operate("ListVersionsByFunction", {"FunctionName": function, "Marker": listed["NextMarker"]})
        before |= {version["Version"] for version in listed["Versions"]}
    made = work.operate("PublishVersion", given(work.properties, ("FunctionName", "CodeSha256", "Description")))
    if made["Version"] in before:
        # Two resources would own one version, and deleting either would break the other.
        raise api.ResourceConflictException(
            f"A version for this Lambda function exists ( {made['Version']} ). "
            "Modify the function to create a new version.",
        )
    _provision(work, function, made["Version"])
    return _version(made["FunctionArn"])


def _update_version(work: Work) -> Made:
    return _version(work.physical_id)


def _delete_version(work: Work) -> None:
    function, _, number = work.physical_id.rpartition(":")
    unless_gone(work, "DeleteFunction", {"FunctionName": function, "Qualifier": number})


def _version(arn: str) -> Made:
    return Made(arn, {"FunctionArn": arn, "Version": arn.rpartition(":")[2]})


# Aliases ---------------------------------------------------------------------------------------------------------


def _put_alias(work: Work) -> Made:
    operation = "UpdateAlias" if work.physical_id else "CreateAlias"
    made = work.operate(operation, {"Name": work.properties["Name"], **_alias_request(work)})
    _provision(work, work.properties["FunctionName"], work.properties["Name"])
    return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})


def _delete_alias(work: Work) -> None:
    function, _, name = work.physical_id.rpartition(":")
    unless_gone(work, "DeleteAlias", {"FunctionName": function, "Name": name})


def _alias_request(work: Work) -> dict[str, Any]:
    properties = work.properties
    weights = mapping(properties.get("RoutingConfig")).get("AdditionalVersionWeights", [])
    return {
        "FunctionName": properties["FunctionName"],
        "FunctionVersion": properties["FunctionVersion"],
        "Description": properties.get("Description", ""),
        "RoutingConfig": {
            "AdditionalVersionWeights": {item["FunctionVersion"]: item["FunctionWeight"] for item in weights}
        },
    }


# Provisioned concurrency -----------------------------------------------------------------------------------------


def _provision(work: Work, function: str, qualifier: str) -> None:
    """Bring the environments that are kept ready to what the template says."""
    wanted, had = (mapping(one.get("ProvisionedConcurrencyConfig")) for one in (work.properties, work.previous))
    if wanted == had:
        return
    request = {"FunctionName": function, "Qualifier": qualifier}
    if wanted:
        count = wanted["ProvisionedConcurrentExecutions"]
        work.operate("PutProvisionedConcurrencyConfig", {**request, "ProvisionedConcurrentExecutions": count})
    else:
        unless_gone(work, "DeleteProvisionedConcurrencyConfig", request)


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Lambda::Version",
        implemented=frozenset({"FunctionName", "CodeSha256", "Description", "ProvisionedConcurrencyConfig"}),
        create=_create_version,
        update=_update_version,
        delete=_delete_version,
    ),
    ResourceType(
        "AWS::Lambda::Alias",
        implemented=frozenset(
            {
                "Description",
                "FunctionName",
                "FunctionVersion",
                "Name",
                "ProvisionedConcurrencyConfig",
                "RoutingConfig",
            }
        ),
        create=_put_alias,
        update=_put_alias,
        delete=_delete_alias,
    ),
)
