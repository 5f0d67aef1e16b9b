"""How parameters are shown. Times are seconds."""

import base64
import hashlib

from stratolite.services.ssm import api
from stratolite.services.ssm.domain import SECURE, Parameter


def value_of(parameter: Parameter, *, is_decrypted: bool) -> str:
    """The value; of a secure one something opaque, unless it is to be decrypted."""
    if parameter.type != SECURE or is_decrypted:
        return parameter.value
    digest = hashlib.sha512(f"{parameter.arn}:{parameter.version}:{parameter.value}".encode()).digest()
    return "AQICAH" + base64.b64encode(digest).decode()


def parameter(found: Parameter, *, is_decrypted: bool, selector: str = "") -> api.Parameter:
    """As GetParameter gives it; ``selector`` as it was asked for."""
    shown: api.Parameter = {
        "Name": found.name,
        "Type": found.type,
        "Value": value_of(found, is_decrypted=is_decrypted),
        "Version": found.version,
        "LastModifiedDate": found.modified_ms / 1000,
        "ARN": found.arn,
        "DataType": found.data_type,
    }
    if selector:
        shown["Selector"] = f":{selector}"
    return shown


def metadata(found: Parameter) -> api.ParameterMetadata:
    """As DescribeParameters gives it."""
    shown: api.ParameterMetadata = {
        "Name": found.name,
        "ARN": found.arn,
        "Type": found.type,
        "LastModifiedDate": found.modified_ms / 1000,
        "LastModifiedUser": found.modified_by,
        "Version": found.version,
        "Tier": found.tier,
        "Policies": [],
        "DataType": found.data_type,
    }
    _add_settings(shown, found)
    return shown


def history(found: Parameter, *, is_decrypted: bool) -> api.ParameterHistory:
    """As GetParameterHistory gives it."""
    shown: api.ParameterHistory = {
        "Name": found.name,
        "Type": found.type,
        "LastModifiedDate": found.modified_ms / 1000,
        "LastModifiedUser": found.modified_by,
        "Value": value_of(found, is_decrypted=is_decrypted),
        "Version": found.version,
        "Labels": list(found.labels),
        "Tier": found.tier,
        "Policies": [],
        "DataType": found.data_type,
    }
    _add_settings(shown, found)
    return shown


def _add_settings(shown: api.ParameterMetadata | api.ParameterHistory, found: Parameter) -> None:
    """What is shown of parameters that have it."""
    if found.description:
        shown["Description"] = found.description
    if found.key_id:
        shown["KeyId"] = found.key_id
    if found.allowed_pattern:
        shown["AllowedPattern"] = found.allowed_pattern
