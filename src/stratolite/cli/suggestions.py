"""What to try next: lines that one can paste, made for the application that runs.

An application with a route gets a request, one without what fits its first source: a message, an object, an event.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stratolite.cli.info import FUNCTION_URL
from stratolite.server.config import PORT_DEFAULT

if TYPE_CHECKING:
    from stratolite.cli.summary import Summary

_BODY = "'{}'"
_UNNAMED_STAGE = "/Stage/"
"""AWS's translator of serverless templates makes a stage of this name beside that of the template."""
_VALUE = re.compile(r"\{[^}]*\}")
_READ_FROM = {"AWS::SQS::Queue": "sqs", "AWS::DynamoDB::Table": "dynamodb"}
_CALLED_BY = {
    "events.amazonaws.com": "schedule",
    "s3.amazonaws.com": "s3-put",
    "sns.amazonaws.com": "sns",
}
"""Which sample is like what a function gets, by the type of what it reads or by who calls it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the application runs, for commands that have to be told."""

    endpoint: str
    stack_name: str
    region: str
    is_here: bool
    """Whether commands of this folder find the cloud by themselves."""

    @property
    def options(self) -> str:
        """What commands of Stratolite's own need."""
        is_found = self.is_here or self.endpoint.endswith(f":{PORT_DEFAULT}")
        return "" if is_found else f" --endpoint {self.endpoint}"


def suggestions(summary: "Summary", template: Mapping[str, Any], place: Place) -> list[str]:
    """Command lines, the most telling first."""
    lines = _requests(summary)
    sends = [] if lines else list(_sends(summary))[:1]
    if sends:
        keys = "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
        lines = [f"export AWS_ENDPOINT_URL={place.endpoint} AWS_DEFAULT_REGION={place.region} {keys}", *sends]
    lines += list(_sites(summary, template, place))[:1]
    names = [name for name, _ in summary.functions]
    if names:
        named, sample = ("", "") if summary.routes else _sampled(template)
        chosen = named if named in names else names[0]
        short = shlex.quote(_short(chosen, names, place.stack_name))
        sample = f" --generate {sample}" if sample and chosen == named else ""
        lines.append(f"stratolite invoke {short}{sample}{place.options}")
        lines.append(f"stratolite logs {short} -f{place.options}")
    return lines


def _requests(summary: "Summary") -> list[str]:
    """A request of the first route that can be had with GET, or of the first one; with a key where there is one. Where
    there are WebSockets alone, a connection to the first."""
    from stratolite.cli.summary import WEBSOCKET

    key = f" -H {shlex.quote(f'x-api-key: {summary.api_keys[0][1]}')}" if summary.api_keys else ""
    asked = [(method, url) for method, url in summary.routes if method != WEBSOCKET]
    if summary.routes and not asked:
        return [f"npx wscat -c {summary.routes[0][1]}"]
    routes = [(method, url) for method, url in asked if method in ("GET", "ANY")] or asked
    for method, url in sorted(routes, key=_telling)[:1]:
        target = _VALUE.sub("1", url.removesuffix("*").replace("{proxy+}", ""))
        line = f"curl {target}" if method in ("GET", "ANY") else f"curl -X {method} {target} -d {_BODY}"
        return [line if FUNCTION_URL in url else line + key]
    return []


def _telling(route: tuple[str, str]) -> tuple[bool, ...]:
    """Which of several routes is shown: one of an API, of a stage that somebody has named, that needs no value."""
    method, url = route
    return (FUNCTION_URL in url, method != "GET", "{" in url, _UNNAMED_STAGE in url)


def _sites(summary: "Summary", template: Mapping[str, Any], place: Place) -> Iterator[str]:
    """A request to each bucket that is a website; browsers find the name as well."""
    port = urlsplit(place.endpoint).port
    for physical, kind, logical in summary.resources:
        properties = template.get("Resources", {}).get(logical, {}).get("Properties") or {}
        if kind == "AWS::S3::Bucket" and "WebsiteConfiguration" in properties:
            yield f"curl http://{physical}.s3-website.localhost:{port}/"


def _sends(summary: "Summary") -> Iterator[str]:
    """What gives something to the first queue, topic, bucket or bus."""
    made = {kind: physical for physical, kind, _ in reversed(summary.resources)}
    if queue := made.get("AWS::SQS::Queue"):
        yield f"aws sqs send-message --queue-url {queue} --message-body {_BODY}"
    if topic := made.get("AWS::SNS::Topic"):
        yield f"aws sns publish --topic-arn {topic} --message {_BODY}"
    if bucket := made.get("AWS::S3::Bucket"):
        yield f"aws s3 cp FILE s3://{bucket}/"
    if bus := made.get("AWS::Events::EventBus"):
        entry = f"EventBusName={bus},Source=me,DetailType=Try,Detail={{}}"
        yield f"aws events put-events --entries {shlex.quote(entry)}"


def _sampled(template: Mapping[str, Any]) -> tuple[str, str]:
    """The name of the first function that is not called by requests, and what kind of event it gets."""
    resources = template.get("Resources", {})
    for one in resources.values():
        kind, properties = one.get("Type"), one.get("Properties", {})
        sample = ""
        if kind == "AWS::Lambda::EventSourceMapping":
            source = resources.get(_logical_id(properties.get("EventSourceArn")), {})
            sample = _READ_FROM.get(str(source.get("Type")), "")
        elif kind == "AWS::Lambda::Permission":
            sample = _CALLED_BY.get(str(properties.get("Principal")), "")
        function = resources.get(_logical_id(properties.get("FunctionName")), {}) if sample else {}
        name = function.get("Properties", {}).get("FunctionName")
        if isinstance(name, str):
            return name, sample
    return "", ""


def _logical_id(reference: Any) -> str:
    """The resource that ``Ref`` or ``Fn::GetAtt`` names."""
    if not isinstance(reference, dict):
        return ""
    found = reference.get("Ref") or reference.get("Fn::GetAtt") or ""
    return str(found[0] if isinstance(found, list) else found.partition(".")[0])


def _short(name: str, names: Sequence[str], stack_name: str) -> str:
    """A function's name as ``invoke`` takes it: the end of it, where that is of no other."""
    short = name.removeprefix(f"{stack_name}-")
    return short if sum(one == short or one.endswith(f"-{short}") for one in names) == 1 else name
