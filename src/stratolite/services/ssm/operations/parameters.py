"""Parameters: put, get, delete, history."""

import re

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.ssm import Ssm, api, lookup, pages, rules, secrets, view
from stratolite.services.ssm.domain import SECURE, Parameter

KEY_DEFAULT = "alias/aws/ssm"


def put_parameter(call: Call, ssm: Ssm, request: api.PutParameterRequest) -> api.PutParameterResult:
    """Make a parameter, or a new version of one.

    Raises ParameterAlreadyExists, HierarchyTypeMismatchException, ParameterMaxVersionLimitExceeded and what
    ``rules`` raise.
    """
    rules.check_request(request)
    name = request["Name"]
    before = ssm.store.latest(call, name)
    if before is not None and not request.get("Overwrite"):
        raise api.ParameterAlreadyExists(
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
        )
    name = before.name if before is not None else name
    if before is None and ssm.store.count(call) >= rules.PARAMETERS_MAX:
        raise api.ParameterLimitExceeded(f"An account can have at most {rules.PARAMETERS_MAX} parameters in a region.")
    kind = _type(request, before)
    tier = rules.tier_of(request, before)
    pattern = request.get("AllowedPattern", before.allowed_pattern if before else "")
    if pattern:
        rules.check_pattern(pattern, request["Value"])
    version = before.version + 1 if before else 1
    _make_room(call, ssm, name, version)
    ssm.store.put(
        Parameter(
            account=call.account,
            region=call.region,
            name=name,
            version=version,
            type=kind,
            value=request["Value"],
            tier=tier,
            description=request.get("Description", before.description if before else ""),
            key_id=request.get("KeyId") or (KEY_DEFAULT if kind == SECURE else ""),
            allowed_pattern=pattern,
            modified_ms=call.now_ms,
            modified_by=call.principal,
            tags={tag["Key"]: tag["Value"] for tag in request.get("Tags", [])},
        )
    )
    return {"Version": version, "Tier": tier}


def get_parameter(call: Call, ssm: Ssm, request: api.GetParameterRequest) -> api.GetParameterResult:
    """A parameter by name or ARN, the newest version or the one that a version or label names."""
    if secrets.is_secret(request["Name"]):
        is_decrypted = request.get("WithDecryption", False)
        return {"Parameter": secrets.read(call, ssm, request["Name"], is_decrypted=is_decrypted)}
    found = lookup.require(call, ssm, request["Name"])
    _, selector = lookup.named(request["Name"])
    is_decrypted = request.get("WithDecryption", False)
    return {"Parameter": view.parameter(found, is_decrypted=is_decrypted, selector=selector)}


def get_parameters(call: Call, ssm: Ssm, request: api.GetParametersRequest) -> api.GetParametersResult:
    """Several parameters, each once; names of those that are not there come back as invalid."""
    found: list[api.Parameter] = []
    invalid: list[str] = []
    for name in dict.fromkeys(request["Names"]):
        if secrets.is_secret(name):
            found.append(secrets.read(call, ssm, name, is_decrypted=request.get("WithDecryption", False)))
            continue
        _, selector = lookup.named(name)
        try:
            one = lookup.find(call, ssm, name)
        except api.ParameterVersionNotFound:
            one = None
        if one is None:
            invalid.append(name)
        else:
            found.append(view.parameter(one, is_decrypted=request.get("WithDecryption", False), selector=selector))
    return {"Parameters": sorted(found, key=lambda one: one["Name"]), "InvalidParameters": invalid}


def delete_parameter(call: Call, ssm: Ssm, request: api.DeleteParameterRequest) -> api.DeleteParameterResult:
    """Delete a parameter with all its versions."""
    name, _ = lookup.named(request["Name"])
    ssm.store.delete(lookup.require(call, ssm, name))
    return {}


def delete_parameters(call: Call, ssm: Ssm, request: api.DeleteParametersRequest) -> api.DeleteParametersResult:
    """Delete several; names of those that are not there come back as invalid."""
    deleted, invalid = [], []
    for text in request["Names"]:
        name, _ = lookup.named(text)
        found = ssm.store.latest(call, name)
        if found is None:
            invalid.append(text)
        else:
            ssm.store.delete(found)
            deleted.append(text)
    return {"DeletedParameters": deleted, "InvalidParameters": invalid}


def get_parameter_history(
    call: Call, ssm: Ssm, request: api.GetParameterHistoryRequest
) -> api.GetParameterHistoryResult:
    """Every version that is kept, the oldest first."""
    name, _ = lookup.named(request["Name"])
    lookup.require(call, ssm, name)
    versions = ssm.store.versions(call, name)
    page, token = pages.page(versions, request.get("MaxResults", 50), request.get("NextToken", ""))
    is_decrypted = request.get("WithDecryption", False)
    result: api.GetParameterHistoryResult = {
        "Parameters": [view.history(one, is_decrypted=is_decrypted) for one in page]
    }
    if token:
        result["NextToken"] = token
    return result


def _type(request: api.PutParameterRequest, before: Parameter | None) -> str:
    kind = request.get("Type")
    if kind is None and before is None:
        raise ValidationException("A parameter type is required when you create a parameter.")
    if before is not None and kind is not None and kind != before.type:
        raise api.HierarchyTypeMismatchException(
            "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change "
            "a parameter from a String type to a SecureString type. You must create a new, unique parameter."
        )
    wanted = str(kind or (before.type if before else ""))
    if wanted == "StringList" and not re.fullmatch(r"[^,]+(,[^,]+)*", request["Value"], re.DOTALL):
        raise ValidationException(
            "Invalid StringList value: entries are separated by single commas, and none of them is empty."
        )
    if request.get("KeyId") and wanted != SECURE:
        raise ValidationException("KeyId is required for SecureString type parameter only.")
    return wanted


def _make_room(call: Call, ssm: Ssm, name: str, version: int) -> None:
    """Delete the oldest version where there are as many as there may be."""
    if version <= rules.VERSIONS_MAX:
        return
    oldest = ssm.store.versions(call, name)[0]
    if oldest.labels:
        raise api.ParameterMaxVersionLimitExceeded(
            f"You attempted to create a new version of {name} by calling the PutParameter API with the overwrite flag. "
            f"Version {oldest.version}, the oldest version, can't be deleted because it has a label associated with "
            "it. Move the label to another version of the parameter, and try again."
        )
    ssm.store.delete_version(oldest)
