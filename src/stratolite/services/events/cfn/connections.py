"""``AWS::Events::Connection`` and ``AWS::Events::ApiDestination``."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.events.cfn.properties import given

_NAME_LENGTH_MAX = 64


def _name(work: Work) -> str:
    return str(work.physical_id or work.properties.get("Name") or work.generated_name(_NAME_LENGTH_MAX, "any"))


def _refuse_connection(properties: Mapping[str, Any]) -> None:
    if "ConnectivityParameters" in properties.get("AuthParameters", {}):
        raise NotImplementedHere("Private connections are not implemented by this version of Stratolite.")


def _put_connection(work: Work) -> Made:
    name = _name(work)
    request = given(work.properties, ("Description", "AuthorizationType", "AuthParameters", "KmsKeyIdentifier"))
    for group in request.get("AuthParameters", {}).get("InvocationHttpParameters", {}).values():
        for parameter in group:
            if isinstance(parameter.get("IsValueSecret"), str):
                parameter["IsValueSecret"] = parameter["IsValueSecret"] == "true"
    if work.physical_id:
        request.setdefault("Description", "")
    work.operate("UpdateConnection" if work.physical_id else "CreateConnection", {"Name": name, **request})
    shown = work.operate("DescribeConnection", {"Name": name})
    arn = shown["ConnectionArn"]
    attributes = {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0], "SecretArn": shown["SecretArn"]}
    return Made(name, attributes)


def _delete_connection(work: Work) -> None:
    work.unless_gone("DeleteConnection", {"Name": work.physical_id})


def _put_destination(work: Work) -> Made:
    name = _name(work)
    request = given(work.properties, ("Description", "ConnectionArn", "InvocationEndpoint", "HttpMethod"))
    if work.properties.get("InvocationRateLimitPerSecond") is not None:
        request["InvocationRateLimitPerSecond"] = int(work.properties["InvocationRateLimitPerSecond"])
    operation = "UpdateApiDestination" if work.physical_id else "CreateApiDestination"
    arn = work.operate(operation, {"Name": name, **request})["ApiDestinationArn"]
    return Made(name, {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0]})


def _delete_destination(work: Work) -> None:
    work.unless_gone("DeleteApiDestination", {"Name": work.physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::Events::Connection",
        implemented=frozenset({"Name", "Description", "AuthorizationType", "AuthParameters"}),
        accepted={"KmsKeyIdentifier": "encryption at rest has no effect that a client can see"},
        create=_put_connection,
        update=_put_connection,
        delete=_delete_connection,
        refuse=_refuse_connection,
    ),
    ResourceType(
        name="AWS::Events::ApiDestination",
        implemented=frozenset(
            {
                "Name",
                "Description",
                "ConnectionArn",
                "InvocationEndpoint",
                "HttpMethod",
                "InvocationRateLimitPerSecond",
            }
        ),
        create=_put_destination,
        update=_put_destination,
        delete=_delete_destination,
    ),
)
