"""Aliases: names for a version, or for two with weights."""

from collections.abc import Mapping

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, rules, view
from stratolite.services.lambda_.domain import LATEST, Alias, FunctionName
from stratolite.services.lambda_.names import function_name, invalid, not_found

LISTED_MAX = 50


def create_alias(call: Call, lambda_: Lambda, request: api.CreateAliasRequest) -> api.AliasConfiguration:
    """Name a version."""
    name = function_name(call, request["FunctionName"]).with_qualifier("")
    version, weights = request["FunctionVersion"], request.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    _check_targets(lambda_, name, version, weights)
    alias = Alias(name, request["Name"], version, request.get("Description", ""), weights, lambda_.world.entropy.uuid())
    if lambda_.store.alias(name, alias.name) is not None:
        raise api.ResourceConflictException(f"Alias already exists: {alias.arn}")
    lambda_.store.put_alias(alias)
    return view.alias(alias)


def get_alias(call: Call, lambda_: Lambda, request: api.GetAliasRequest) -> api.AliasConfiguration:
    """One alias."""
    name = function_name(call, request["FunctionName"]).with_qualifier("")
    alias = lambda_.store.alias(name, request["Name"])
    if alias is None:
        raise not_found(f"Cannot find alias arn: {name.arn}:{request['Name']}")
    return view.alias(alias)


def update_alias(call: Call, lambda_: Lambda, request: api.UpdateAliasRequest) -> api.AliasConfiguration:
    """Point an alias elsewhere; what is not named stays."""
    name = function_name(call, request["FunctionName"]).with_qualifier("")
    old = lambda_.store.alias(name, request["Name"])
    if old is None:
        raise not_found(f"Alias not found: {name.arn}:{request['Name']}")
    rules.check_revision(request.get("RevisionId"), old.revision_id)
    version, weights = request.get("FunctionVersion", old.version), old.weights
    if "RoutingConfig" in request:
        weights = request["RoutingConfig"].get("AdditionalVersionWeights", {})
    _check_targets(lambda_, name, version, weights)
    if version == LATEST and lambda_.provisioned.config(name.with_qualifier(old.name)) is not None:
        raise invalid(rules.UNPUBLISHED)
    description = request.get("Description", old.description)
    alias = Alias(name, old.name, version, description, weights, lambda_.world.entropy.uuid())
    lambda_.store.put_alias(alias)
    return view.alias(alias)


def delete_alias(call: Call, lambda_: Lambda, request: api.DeleteAliasRequest) -> None:
    """Delete an alias; one that is gone is no error."""
    name = function_name(call, request["FunctionName"]).with_qualifier("")
    lambda_.store.delete_alias(name, request["Name"])


def list_aliases(call: Call, lambda_: Lambda, request: api.ListAliasesRequest) -> api.ListAliasesResponse:
    """Aliases in order of name, on request those of one version."""
    name = function_name(call, request["FunctionName"]).with_qualifier("")
    lambda_.store.require_function(name)
    wanted = request.get("FunctionVersion")
    limit = min(request.get("MaxItems", LISTED_MAX), LISTED_MAX)
    aliases = [
        alias
        for alias in lambda_.store.aliases(name, request.get("Marker", ""))
        if wanted is None or alias.version == wanted or wanted in alias.weights
    ]
    answer: api.ListAliasesResponse = {"Aliases": [view.alias(alias) for alias in aliases[:limit]]}
    if len(aliases) > limit:
        answer["NextMarker"] = aliases[limit - 1].name
    return answer


def _check_targets(lambda_: Lambda, name: FunctionName, version: str, weights: Mapping[str, float]) -> None:
    """Recorded: ``test_notfound_and_invalid_routingconfigs``."""
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for label, weight in weights.items():
        if label == version:
            raise invalid(
                f"Invalid function version {version}. "
                f"Function version {version} is already included in routing configuration."
            )
        _check_weight(label, weight)
        if version == LATEST:
            raise api.InvalidParameterValueException(
                "$LATEST is not supported for an alias pointing to more than 1 version",
                Type=None,
            )
    for label in (version, *weights):
        lambda_.store.require_version(name.with_qualifier(label))


def _check_weight(label: str, weight: float) -> None:
    problem = ""
    if not (label.isascii() and label.isdigit()):
        problem = (
            "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have "
            "length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"
        )
    elif not 0.0 <= weight <= 1.0:
        problem = (
            "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
            "Member must have value greater than or equal to 0.0, Member must not be null]"
        )
    if problem:
        raise api.ValidationException(
            f"1 validation error detected: Value '{{{label}={weight}}}' at 'routingConfig.additionalVersionWeights' "
            f"failed to satisfy constraint: {problem}"
        )
