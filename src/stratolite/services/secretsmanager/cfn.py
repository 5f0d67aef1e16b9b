"""CloudFormation's ``AWS::SecretsManager::Secret``, ``AWS::SecretsManager::ResourcePolicy`` and
``AWS::SecretsManager::RotationSchedule``.

A secret that leaves a stack is deleted at once, so that the stack can be made again.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SecretsManager.html
"""

import hashlib
import json
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.core.resource_types import Made, ResourceType, Work

NAME_LENGTH_MAX = 512
_GENERATED = {
    "PasswordLength",
    "ExcludeCharacters",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "ExcludeLowercase",
    "IncludeSpace",
    "RequireEachIncludedType",
}


def _refuse_secret(properties: Any) -> None:
    if properties.get("SecretString") is not None and properties.get("GenerateSecretString") is not None:
        raise NotImplementedHere("SecretString and GenerateSecretString exclude each other.")


def _value(work: Work) -> str | None:
    """The first value: given, or generated, alone or as a member of a template."""
    given: str | None = work.properties.get("SecretString")
    wanted = work.properties.get("GenerateSecretString")
    if wanted is None:
        return given
    request = {key: value for key, value in wanted.items() if key in _GENERATED}
    password: str = work.operate("GetRandomPassword", request)["RandomPassword"]
    if not wanted.get("GenerateStringKey"):
        return password
    members = json.loads(wanted.get("SecretStringTemplate") or "{}")
    return json.dumps({**members, wanted["GenerateStringKey"]: password})


def _token(work: Work) -> str:
    """The id of a version: another one for each resource of a stack and each time that it is written."""
    return hashlib.sha256(f"{work.stack_id} {work.logical_id} {work.call.now_ms}".encode()).hexdigest()


def _generated_name(work: Work) -> str:
    """``<logical id>-<seed>``, without the stack: https://github.com/link2aws/link2aws.github.io/pull/66 has one."""
    seed = work.generated_name(NAME_LENGTH_MAX, "any").rpartition("-")[2]
    return f"{work.logical_id}-{seed}"


def _create_secret(work: Work) -> Made:
    name = work.properties.get("Name") or _generated_name(work)
    request: dict[str, Any] = {"Name": name, "ClientRequestToken": _token(work)}
    request |= {key: work.properties[key] for key in ("Description", "KmsKeyId", "Tags") if key in work.properties}
    value = _value(work)
    if value is not None:
        request["SecretString"] = value
    arn = work.operate("CreateSecret", request)["ARN"]
    return Made(arn, {"Id": arn})


def _update_secret(work: Work) -> Made:
    new, old, arn = work.properties, work.previous, work.physical_id
    request: dict[str, Any] = {"SecretId": arn, "ClientRequestToken": _token(work)}
    request |= {"Description": new.get("Description", "")}
    if new.get("KmsKeyId"):
        request["KmsKeyId"] = new["KmsKeyId"]
    changed = [new.get(key) != old.get(key) for key in ("SecretString", "GenerateSecretString")]
    value = _value(work) if any(changed) else None
    if value is not None:
        request["SecretString"] = value
    work.operate("UpdateSecret", request)
    _update_tags(work)
    return Made(arn, {"Id": arn})


def _update_tags(work: Work) -> None:
    wanted = {tag["Key"]: tag["Value"] for tag in work.properties.get("Tags") or []}
    had = {tag["Key"]: tag["Value"] for tag in work.previous.get("Tags") or []}
    if gone := sorted(set(had) - set(wanted)):
        work.operate("UntagResource", {"SecretId": work.physical_id, "TagKeys": gone})
    if wanted and wanted != had:
        work.operate("TagResource", {"SecretId": work.physical_id, "Tags": work.properties["Tags"]})


def _delete_secret(work: Work) -> None:
    work.unless_gone("DeleteSecret", {"SecretId": work.physical_id, "ForceDeleteWithoutRecovery": True})


def _put_policy(work: Work) -> Made:
    policy = work.properties["ResourcePolicy"]
    secret = work.properties["SecretId"]
    request = {"SecretId": secret, "ResourcePolicy": policy if isinstance(policy, str) else json.dumps(policy)}
    if work.properties.get("BlockPublicPolicy") is not None:
        request["BlockPublicPolicy"] = work.properties["BlockPublicPolicy"]
    arn = work.operate("PutResourcePolicy", request)["ARN"]
    return Made(arn, {"Id": arn})


def _delete_policy(work: Work) -> None:
    work.unless_gone("DeleteResourcePolicy", {"SecretId": work.physical_id})


def _rotate(work: Work) -> Made:
    properties = work.properties
    request: dict[str, Any] = {"SecretId": properties["SecretId"], "ClientRequestToken": _token(work)}
    request |= {key: properties[key] for key in ("RotationLambdaARN", "RotationRules") if properties.get(key)}
    if properties.get("RotateImmediatelyOnUpdate") is not None:
        request["RotateImmediately"] = properties["RotateImmediatelyOnUpdate"]
    arn = work.operate("RotateSecret", request)["ARN"]
    return Made(arn, {"Id": arn})


def _cancel_rotation(work: Work) -> None:
    work.unless_gone("CancelRotateSecret", {"SecretId": work.physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::SecretsManager::Secret",
        implemented=frozenset({"Name", "Description", "KmsKeyId", "SecretString", "GenerateSecretString", "Tags"}),
        create=_create_secret,
        update=_update_secret,
        delete=_delete_secret,
        refuse=_refuse_secret,
    ),
    ResourceType(
        name="AWS::SecretsManager::ResourcePolicy",
        implemented=frozenset({"SecretId", "ResourcePolicy", "BlockPublicPolicy"}),
        create=_put_policy,
        update=_put_policy,
        delete=_delete_policy,
    ),
    ResourceType(
        name="AWS::SecretsManager::RotationSchedule",
        implemented=frozenset({"SecretId", "RotationLambdaARN", "RotationRules", "RotateImmediatelyOnUpdate"}),
        create=_rotate,
        update=_rotate,
        delete=_cancel_rotation,
    ),
)
