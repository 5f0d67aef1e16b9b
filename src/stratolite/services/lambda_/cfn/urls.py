"""``AWS::Lambda::Url``: addresses that call functions."""

from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.lambda_.cfn.properties import given

_SETTINGS = ("AuthType", "Cors", "InvokeMode")


def _create(work: Work) -> Made:
    return _made(work.operate("CreateFunctionUrlConfig", {**_named(work), **given(work.properties, _SETTINGS)}))


def _update(work: Work) -> Made:
    # What a template no longer names goes back to its default.
    restored: dict[str, Any] = {"Cors": {}, "InvokeMode": "BUFFERED"}
    request = {**_named(work), **restored, **given(work.properties, _SETTINGS)}
    return _made(work.operate("UpdateFunctionUrlConfig", request))


def _delete(work: Work) -> None:
    work.unless_gone("DeleteFunctionUrlConfig", _named(work))


def _named(work: Work) -> dict[str, Any]:
    return {"FunctionName": work.properties["TargetFunctionArn"], **given(work.properties, ("Qualifier",))}


def _made(url: dict[str, Any]) -> Made:
    return Made(url["FunctionArn"], {"FunctionArn": url["FunctionArn"], "FunctionUrl": url["FunctionUrl"]})


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Lambda::Url",
        implemented=frozenset({"TargetFunctionArn", "Qualifier", *_SETTINGS}),
        create=_create,
        update=_update,
        delete=_delete,
    ),
)
