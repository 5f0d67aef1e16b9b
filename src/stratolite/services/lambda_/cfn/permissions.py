"""``AWS::Lambda::Permission`` and ``AWS::Lambda::LayerVersionPermission``."""

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.lambda_.cfn.properties import given

STATEMENT_ID_LENGTH_MAX = 100

# Of functions ----------------------------------------------------------------------------------------------------


def _create(work: Work) -> Made:
    sid = work.generated_name(STATEMENT_ID_LENGTH_MAX, "any")
    work.operate("AddPermission", {**work.properties, "StatementId": sid})
    return Made(sid, {"Id": sid})


def _keep(work: Work) -> Made:
    """Every property of a permission needs a replacement: nothing is left to update."""
    return Made(work.physical_id, {"Id": work.physical_id})


def _delete(work: Work) -> None:
    request = {"FunctionName": work.properties["FunctionName"], "StatementId": work.physical_id}
    work.unless_gone("RemovePermission", request)


# Of layers -------------------------------------------------------------------------------------------------------


def _create_of_layer(work: Work) -> Made:
    arn, sid = work.properties["LayerVersionArn"], work.generated_name(STATEMENT_ID_LENGTH_MAX, "any")
    request = {**_layer_version(arn), "StatementId": sid}
    work.operate(
        "AddLayerVersionPermission", request | given(work.properties, ("Action", "Principal", "OrganizationId"))
    )
    physical_id = f"{arn}#{sid}"
    return Made(physical_id, {"Id": physical_id})


def _delete_of_layer(work: Work) -> None:
    arn, _, sid = work.physical_id.rpartition("#")
    work.unless_gone("RemoveLayerVersionPermission", {**_layer_version(arn), "StatementId": sid})


def _layer_version(arn: str) -> dict[str, str | int]:
    layer, _, number = arn.rpartition(":")
    return {"LayerName": layer, "VersionNumber": int(number) if number.isdigit() else 0}


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Lambda::Permission",
        implemented=frozenset(
            {
                "Action",
                "EventSourceToken",
                "FunctionName",
                "FunctionUrlAuthType",
                "InvokedViaFunctionUrl",
                "Principal",
                "PrincipalOrgID",
                "SourceAccount",
                "SourceArn",
            }
        ),
        create=_create,
        update=_keep,
        delete=_delete,
    ),
    ResourceType(
        "AWS::Lambda::LayerVersionPermission",
        implemented=frozenset({"Action", "LayerVersionArn", "OrganizationId", "Principal"}),
        create=_create_of_layer,
        update=_keep,
        delete=_delete_of_layer,
    ),
)
