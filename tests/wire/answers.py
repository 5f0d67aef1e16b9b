"""Comparing answers with what AWS answered, where recordings have names in the place of values that change."""

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

_NAMED = re.compile(r"<[^>]+>|111111111111")
_CHANGES = ("date", "timestamp", "code-sha256")


def answered(ask: Callable[..., Any], **request: Any) -> Any:
    """What a service answers; an error as boto3 keeps it."""
    try:
        return ask(**request)
    except ClientError as error:
        return error.response


def refused(ask: Callable[..., Any], **request: Any) -> tuple[str, str, int]:
    """The code, the text and the HTTP status of a refusal."""
    response = answered(ask, **request)
    assert "Error" in response, response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def equal(ours: Any, aws: Any, where: str = "") -> None:
    """Ours is AWS's answer: the same members, the same values, save where the recording has a name."""
    if isinstance(aws, dict):
        _equal_members(ours, aws, where)
    elif isinstance(aws, list):
        assert len(ours) == len(aws), f"{where}: {ours}"
        for index, (mine, theirs) in enumerate(zip(ours, aws, strict=True)):
            equal(mine, theirs, f"{where}[{index}]")
    elif isinstance(aws, str):
        _equal_text(ours, aws, where)
    else:
        assert ours == aws, f"{where}: {ours!r} and not {aws!r}"


def _equal_members(ours: Any, aws: dict[str, Any], where: str) -> None:
    if isinstance(ours, str):
        # A recording shows documents that travel as text as what they hold.
        ours = json.loads(ours)
    status = aws.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status:
        assert ours["ResponseMetadata"]["HTTPStatusCode"] == status, where
    if "Error" in aws:
        aws = {"Error": {key: aws["Error"][key] for key in ("Code", "Message")}}
        ours = {"Error": {key: ours.get("Error", {}).get(key) for key in ("Code", "Message")}}
    hidden = {"ResponseMetadata"}
    assert set(ours) - hidden == set(aws) - hidden, f"{where}: {sorted(ours)} and not {sorted(aws)}"
    for key in set(aws) - hidden:
        equal(ours[key], aws[key], f"{where}.{key}")


def _equal_text(ours: Any, aws: str, where: str) -> None:
    if aws in _CHANGES or isinstance(ours, datetime):
        return
    if isinstance(ours, bytes):
        ours = str(ours) if aws.startswith("b'") else base64.b64encode(ours).decode()
    pattern = "".join(
        ".+" if _NAMED.fullmatch(part) else re.escape(part) for part in re.split(f"({_NAMED.pattern})", aws)
    )
    assert re.fullmatch(pattern, str(ours), re.DOTALL), f"{where}: {ours!r} and not {aws!r}"
