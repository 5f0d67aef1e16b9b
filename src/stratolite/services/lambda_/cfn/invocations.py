"""``AWS::Lambda::EventInvokeConfig``: what becomes of asynchronous invokes."""

from stratolite.core.ports import Made, ResourceType, Work
from stratolite.services.lambda_.cfn.properties import unless_gone


def _put(work: Work) -> Made:
    work.operate("PutFunctionEventInvokeConfig", work.properties)
    # Its identifier has two parts: that is how CloudFormation names it.
    return Made(f"{work.properties['FunctionName']}|{work.properties['Qualifier']}")


def _delete(work: Work) -> None:
    request = {name: work.properties[name] for name in ("FunctionName", "Qualifier")}
    unless_gone(work, "DeleteFunctionEventInvokeConfig", request)


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Lambda::EventInvokeConfig",
        implemented=frozenset(
            {"DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"}
        ),
        create=_put,
        update=_put,
        delete=_delete,
    ),
)
