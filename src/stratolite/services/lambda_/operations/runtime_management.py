"""When AWS would replace a version's runtime by a newer one.

Here a runtime is what is installed on this machine and does not change by itself, so that ``Auto`` and
``FunctionUpdate`` come to the same. ``Manual`` names a runtime's version: the one that there is, or it is refused.
"""

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, rules
from stratolite.services.lambda_.domain import LATEST, FunctionName
from stratolite.services.lambda_.names import function_name, invalid, runtime_version_arn

AUTO = "Auto"
MANUAL = "Manual"


def put_runtime_management_config(
    call: Call, lambda_: Lambda, request: api.PutRuntimeManagementConfigRequest
) -> api.PutRuntimeManagementConfigResponse:
    """Choose."""
    name, runtime = _target(call, lambda_, request["FunctionName"], request.get("Qualifier", LATEST))
    wanted, arn = request["UpdateRuntimeOn"], request.get("RuntimeVersionArn", "")
    if wanted == MANUAL:
        if not arn:
            raise invalid("RuntimeVersionArn is required when UpdateRuntimeOn is Manual.")
        if arn != runtime_version_arn(name.region, runtime):
            raise invalid(f"Runtime version {arn} is not available for the runtime {runtime}.")
    elif arn:
        raise invalid("RuntimeVersionArn is only supported when UpdateRuntimeOn is Manual.")
    lambda_.store.set_runtime_management(name, wanted, arn)
    return _shown(name, wanted, arn)


def get_runtime_management_config(
    call: Call, lambda_: Lambda, request: api.GetRuntimeManagementConfigRequest
) -> api.GetRuntimeManagementConfigResponse:
    """What was chosen."""
    name, _ = _target(call, lambda_, request["FunctionName"], request.get("Qualifier", LATEST))
    shown = _shown(name, *(lambda_.store.runtime_management(name) or (AUTO, "")))
    return {**shown}


def _target(call: Call, lambda_: Lambda, text: str, qualifier: str) -> tuple[FunctionName, str]:
    """The version, and its runtime; "this can be $LATEST or a published version number" is the API reference's."""
    name = function_name(call, text, qualifier)
    if rules.is_alias_name(name.qualifier):
        raise invalid("Runtime management is a version's: name $LATEST or the number of a published version.")
    return name, lambda_.store.require_version(name).settings.get("Runtime", "")


def _shown(name: FunctionName, update_on: str, arn: str) -> api.PutRuntimeManagementConfigResponse:
    answer: api.PutRuntimeManagementConfigResponse = {
        "UpdateRuntimeOn": update_on,
        "FunctionArn": name.qualified_arn,
    }
    if arn:
        answer["RuntimeVersionArn"] = arn
    return answer
