"""``AWS::Lambda::Version`` and ``AWS::Lambda::Alias``."""

from typing import Any

from stratolite.core.ports import Ports
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.lambda_ import api, settings
from stratolite.services.lambda_.cfn.properties import given, mapping

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
    if work.properties.get("RuntimePolicy"):
        policy = {"FunctionName": function, "Qualifier": made["Version"], **work.properties["RuntimePolicy"]}
        work.operate("PutRuntimeManagementConfig", policy)
    is_pending = _provision(work, function, made["Version"])
    return _version(made["FunctionArn"], is_pending=is_pending)


def _update_version(work: Work) -> Made:
    return _version(work.physical_id)


def _delete_version(work: Work) -> None:
    function, _, number = work.physical_id.rpartition(":")
    work.unless_gone("DeleteFunction", {"FunctionName": function, "Qualifier": number})


def _version(arn: str, *, is_pending: bool = False, problem: str = "") -> Made:
    attributes = {"FunctionArn": arn, "Version": arn.rpartition(":")[2]}
    return Made(arn, attributes, is_pending=is_pending, problem=problem)


def _look_at_version(work: Work) -> Made:
    is_pending, problem = _progress(work)
    return _version(work.physical_id, is_pending=is_pending, problem=problem)


# Aliases ---------------------------------------------------------------------------------------------------------


def _put_alias(work: Work) -> Made:
    operation = "UpdateAlias" if work.physical_id else "CreateAlias"
    made = work.operate(operation, {"Name": work.properties["Name"], **_alias_request(work)})
    is_pending = _provision(work, work.properties["FunctionName"], work.properties["Name"])
    return _alias(made["AliasArn"], is_pending=is_pending)


def _alias(arn: str, *, is_pending: bool, problem: str = "") -> Made:
    return Made(arn, {"AliasArn": arn}, is_pending=is_pending, problem=problem)


def _look_at_alias(work: Work) -> Made:
    is_pending, problem = _progress(work)
    return _alias(work.physical_id, is_pending=is_pending, problem=problem)


def _delete_alias(work: Work) -> None:
    function, _, name = work.physical_id.rpartition(":")
    work.unless_gone("DeleteAlias", {"FunctionName": function, "Name": name})


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


def _provision(work: Work, function: str, qualifier: str) -> bool:
    """Bring the environments that are kept ready to what the template says; whether there are to be any."""
    wanted, had = (mapping(one.get("ProvisionedConcurrencyConfig")) for one in (work.properties, work.previous))
    if wanted == had:
        return bool(wanted)
    request = {"FunctionName": function, "Qualifier": qualifier}
    if wanted:
        count = wanted["ProvisionedConcurrentExecutions"]
        work.operate("PutProvisionedConcurrencyConfig", {**request, "ProvisionedConcurrentExecutions": count})
    else:
        work.unless_gone("DeleteProvisionedConcurrencyConfig", request)
    return bool(wanted)


def _progress(work: Work) -> tuple[bool, str]:
    """Whether environments are still being made, and why they could not be."""
    function, _, qualifier = work.physical_id.rpartition(":")
    shown = work.operate("GetProvisionedConcurrencyConfig", {"FunctionName": function, "Qualifier": qualifier})
    if shown["Status"] != "FAILED":
        return shown["Status"] == "IN_PROGRESS", ""
    return False, f"Provisioned Concurrency configuration failed to be applied. Reason: {shown.get('StatusReason', '')}"


async def _settled(ports: Ports, physical_id: str) -> None:
    await ports.function.settled(physical_id)


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Lambda::Version",
        implemented=frozenset({"CodeSha256", "Description", "FunctionName", "ProvisionedConcurrencyConfig"}),
        create=_create_version,
        update=_update_version,
        delete=_delete_version,
        look=_look_at_version,
        settled=_settled,
        accepted={"RuntimePolicy": settings.HARMLESS["UpdateRuntimeOn"]},
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
        look=_look_at_alias,
        settled=_settled,
    ),
)
