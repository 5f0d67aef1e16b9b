"""S3's answers beside what AWS answered: every member, the further elements of errors included."""

import http.client
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded

_NAMED = re.compile(r"<[^>]*>|111111111111")
_CHANGES = frozenset(
    {"datetime", "date", "timestamp", "display-name", "owner-id", "i-d", "bucket", "continuation-token", "host-id"}
)
"""What recordings put in the place of values that change, where they do not mark it."""


SPECIAL_KEYS = (
    "file%2Fname",
    "test@key/",
    "test%123",
    "test%percent",
    "test key/",
    "test key//",
    "test%123/",
    "a/%F0%9F%98%80/",
)
"""Keys of characters that URLs and lists encode."""


def answered(ask: Callable[..., Any], **request: Any) -> dict[str, Any]:
    """What S3 answers: a result, or an error as boto3 keeps it. A body is read."""
    try:
        answer: dict[str, Any] = ask(**request)
    except ClientError as error:
        return dict(error.response)
    if "Body" in answer:
        answer["Body"] = answer["Body"].read().decode("utf-8", "replace")
    return answer


def refusal(ask: Callable[..., Any], **request: Any) -> dict[str, Any]:
    """The members of the error that S3 answers."""
    answer = answered(ask, **request)
    assert "Error" in answer, answer
    error: dict[str, Any] = answer["Error"]
    return error


class Recording:
    """One entry of the recorded answers."""

    def __init__(self, file: str, entry: str) -> None:
        self._entries = recorded(f"s3/{file}.json", entry)
        self._entry = entry

    def __getitem__(self, step: str) -> Any:
        return self._entries[step]

    def __contains__(self, step: str) -> bool:
        return step in self._entries

    @property
    def steps(self) -> list[str]:
        return list(self._entries)

    @property
    def only(self) -> Any:
        """The one step of an entry that has no more."""
        (step,) = self._entries.values()
        return step

    def check(self, step: str, ask: Callable[..., Any], **request: Any) -> dict[str, Any]:
        """Ask, and compare with what AWS answered at a step; the answer."""
        ours = answered(ask, **request)
        same(ours, self._entries[step], f"{self._entry} {step}")
        return ours


def same(ours: Any, aws: Any, where: str) -> None:
    """Ours is AWS's, save where the recording stands for a value that changes."""
    if isinstance(aws, dict):
        _same_members(ours, aws, where)
    elif isinstance(aws, list):
        assert len(ours) == len(aws), f"{where}: {ours}"
        for index, (mine, theirs) in enumerate(zip(ours, aws, strict=True)):
            same(mine, theirs, f"{where}[{index}]")
    elif isinstance(aws, str):
        assert _same_text(ours, aws), f"{where}: {ours!r} and not {aws!r}"
    else:
        # Elements of errors are text to boto3, whatever they say.
        assert ours == aws or str(ours or None) == str(aws), f"{where}: {ours!r} and not {aws!r}"


def _same_members(ours: Any, aws: dict[str, Any], where: str) -> None:
    status = aws.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status:
        assert ours["ResponseMetadata"]["HTTPStatusCode"] == status, f"{where}: {ours}"
    hidden = {"ResponseMetadata"}
    if aws.get("Body") == "":
        # Some recordings were made after the body had been read.
        hidden.add("Body")
    assert set(ours) - hidden == set(aws) - hidden, f"{where}: {ours} and not {aws}"
    for key in set(aws) - hidden:
        same(ours[key], aws[key], f"{where}.{key}")


def _same_text(ours: Any, aws: str) -> bool:
    if aws in _CHANGES or isinstance(ours, datetime):
        return True
    pattern = "".join(
        ".+" if _NAMED.fullmatch(part) else re.escape(part) for part in re.split(f"({_NAMED.pattern})", aws)
    )
    return re.fullmatch(pattern, str(ours), re.DOTALL) is not None


@dataclass(frozen=True)
class Raw:
    """An answer as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def element(self, name: str) -> str:
        """The text of the first element of a name; empty when there is none."""
        found = re.search(f"<{name}>(.*?)</{name}>", self.body.decode(), re.DOTALL)
        return found[1] if found else ""


def raw(
    cloud: RunningCloud,
    method: str,
    path: str,
    body: bytes | Iterable[bytes] = b"",
    headers: Mapping[str, str] | None = None,
    *,
    region: str = REGION,
) -> Raw:
    """Send a request as it stands, signed by nobody in particular unless ``region`` is empty."""
    signed = {
        "authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{region}/s3/aws4_request, "
        "SignedHeaders=host, Signature=0",
        "x-amz-date": "20260101T000000Z",
    }
    connection = http.client.HTTPConnection(urlsplit(cloud.endpoint).netloc, timeout=180)
    try:
        connection.request(method, path, body, {**(signed if region else {}), **(headers or {})})
        response = connection.getresponse()
        return Raw(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def error_of(answer: Raw) -> dict[str, str]:
    """The elements of an error, as texts."""
    return {element.tag: element.text or "" for element in ET.fromstring(answer.body)}
