"""Provisioned concurrency: how many environments a version or an alias has ready. ``provisioning.py`` makes them."""

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, rules, view
from stratolite.services.lambda_.domain import LATEST, FunctionName
from stratolite.services.lambda_.names import function_name, invalid, not_found
from stratolite.services.lambda_.provisioned_store import ProvisionedConfig
from stratolite.services.lambda_.provisioning import Progress

LISTED_MAX = 50
ABSENT = "No Provisioned Concurrency Config found for this function"


def put_provisioned_concurrency_config(
    call: Call, lambda_: Lambda, request: api.PutProvisionedConcurrencyConfigRequest
) -> api.PutProvisionedConcurrencyConfigResponse:
    """Have environments ready; a request that is under way is changed."""
    name = function_name(call, request["FunctionName"], request["Qualifier"])
    requested = request["ProvisionedConcurrentExecutions"]
    if name.qualifier == LATEST:
        raise invalid(rules.UNPUBLISHED)
    _require_target(lambda_, name)
    _check_others(lambda_, name)
    _check_limits(lambda_, name, requested)
    config = ProvisionedConfig(name, requested, call.now_ms)
    begun = Progress(lambda_.provisioner.progress(config).allocated, "IN_PROGRESS")
    lambda_.provisioned.put(config)
    lambda_.store.touch(name)
    return view.provisioned(config, begun)


def get_provisioned_concurrency_config(
    call: Call, lambda_: Lambda, request: api.GetProvisionedConcurrencyConfigRequest
) -> api.GetProvisionedConcurrencyConfigResponse:
    """How far it has come."""
    config = lambda_.provisioned.config(_target(call, lambda_, request["FunctionName"], request["Qualifier"]))
    if config is None:
        raise api.ProvisionedConcurrencyConfigNotFoundException(ABSENT)
    return view.provisioned(config, lambda_.provisioner.progress(config))


def list_provisioned_concurrency_configs(
    call: Call, lambda_: Lambda, request: api.ListProvisionedConcurrencyConfigsRequest
) -> api.ListProvisionedConcurrencyConfigsResponse:
    """Those of a function, in order of qualifier."""
    name = function_name(call, request["FunctionName"]).with_qualifier("")
    lambda_.store.require_function(name)
    limit = min(request.get("MaxItems", LISTED_MAX), LISTED_MAX)
    configs = lambda_.provisioned.configs(name, request.get("Marker", ""))
    answer: api.ListProvisionedConcurrencyConfigsResponse = {
        "ProvisionedConcurrencyConfigs": [
            {"FunctionArn": config.name.qualified_arn, **view.provisioned(config, lambda_.provisioner.progress(config))}
            for config in configs[:limit]
        ]
    }
    if len(configs) > limit:
        answer["NextMarker"] = configs[limit - 1].name.qualifier
    return answer


def delete_provisioned_concurrency_config(
    call: Call, lambda_: Lambda, request: api.DeleteProvisionedConcurrencyConfigRequest
) -> None:
    """Keep no environments ready any more; none that were is no error."""
    name = _target(call, lambda_, request["FunctionName"], request["Qualifier"])
    lambda_.provisioned.delete(name)
    lambda_.store.touch(name)


def _target(call: Call, lambda_: Lambda, text: str, qualifier: str) -> FunctionName:
    name = function_name(call, text, qualifier)
    if name.qualifier == LATEST:
        raise invalid("The function resource provided must be an alias or a published version.")
    _require_target(lambda_, name)
    return name


def _require_target(lambda_: Lambda, name: FunctionName) -> None:
    """Recorded: ``test_provisioned_concurrency_exceptions``."""
    if not rules.is_alias_name(name.qualifier):
        lambda_.store.require_version(name)
    elif lambda_.store.alias(name, name.qualifier) is None:
        raise not_found(f"Cannot find alias arn: {name.qualified_arn}")


def _check_others(lambda_: Lambda, name: FunctionName) -> None:
    """A version's environments are its own or its alias's (recorded: ``test_lambda_provisioned_lifecycle``).

    An alias that leads to two versions is left alone, as the page "Configuring provisioned concurrency" has it.
    """
    alias = lambda_.store.alias(name, name.qualifier)
    if alias is not None:
        if alias.version == LATEST:
            raise invalid(rules.UNPUBLISHED)
        if alias.weights:
            raise invalid("Invalid alias configuration for Provisioned Concurrency")
        if lambda_.provisioned.config(name.with_qualifier(alias.version)) is not None:
            raise api.ResourceConflictException(
                "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
            )
        return
    for other in lambda_.store.aliases(name):
        leads_here = name.qualifier == other.version or name.qualifier in other.weights
        if leads_here and lambda_.provisioned.config(name.with_qualifier(other.name)) is not None:
            raise api.ResourceConflictException("Version is pointed by a Provisioned Concurrency alias")


def _check_limits(lambda_: Lambda, name: FunctionName, requested: int) -> None:
    """Recorded: ``test_reserved_provisioned_overlap``, ``test_provisioned_concurrency_limits``."""
    function = lambda_.store.require_function(name)
    others = lambda_.provisioned.requested(name, without=name.qualifier)
    if function.reserved is not None:
        if others + requested > function.reserved:
            raise invalid(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution "
                "for function"
            )
        return
    left = lambda_.provisioned.unreserved(name) - others
    text = ""
    if requested > left:
        text = f"is greater than account's unreserved concurrency [{left}]."
    elif left - requested < rules.UNRESERVED_MIN:
        text = f"decreases account's UnreservedConcurrentExecution below its minimum value of [{rules.UNRESERVED_MIN}]."
    if text:
        # Recorded without a type.
        raise api.InvalidParameterValueException(f"Specified ConcurrentExecutions for function {text}", Type=None)
