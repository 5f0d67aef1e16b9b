"""Integrations of type AWS with a service other than Lambda: a template writes the request, the service answers.

The URI says what is asked: ``arn:aws:apigateway:<region>:<service>:path/<path>`` of the service's own protocol, or
``...:action/<operation>``. The request goes to the local cloud in the stage's account.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html (``uri``)
"""

from dataclasses import dataclass

from stratolite.protocol.sigv4 import claim
from stratolite.services.apigateway.reply import Fields

QUERY = {"sqs": "2012-11-05", "sns": "2010-03-31"}
"""Services of the query protocol, with the version that it names."""
TARGETS = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "events": ("AWSEvents", "1.1"),
    "kinesis": ("Kinesis_20131202", "1.1"),
}
"""Services of the JSON protocol: what names an operation, and the version of the protocol."""
S3 = "s3"
"""The one service of the REST protocol: its paths are buckets and keys, its methods the integration's."""
SERVICES = (*QUERY, *TARGETS, S3)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an integration asks of a service."""

    service: str
    region: str
    url: str
    """With path parameters as ``{name}``."""
    fields: tuple[tuple[str, str], ...]
    """Headers that name the operation."""

    def signed(self, account: str, now_ms: int) -> Fields:
        """The headers that say for whom it is asked, and when."""
        return claim(account, self.region, self.service, now_ms)


def asked(uri: str) -> Asked | None:
    """What a URI asks; None where it names no service that can be asked."""
    parts = uri.split(":", 5)
    if len(parts) != 6 or parts[2] != "apigateway":
        return None
    region, service, what = parts[3], parts[4].rpartition(".")[2], parts[5]
    host = f"https://{service}.{region}.amazonaws.com"
    kind, _, rest = what.partition("/")
    if service not in SERVICES or kind not in ("path", "action"):
        return None
    if service == S3 and kind != "path":
        return None
    if kind == "path":
        return Asked(service, region, f"{host}/{rest.lstrip('/')}", ())
    action, _, query = rest.partition("&")
    if service in QUERY:
        url = f"{host}/?Action={action}&Version={QUERY[service]}" + (f"&{query}" if query else "")
        return Asked(service, region, url, (("Content-Type", "application/x-www-form-urlencoded"),))
    prefix, version = TARGETS[service]
    fields = (("Content-Type", f"application/x-amz-json-{version}"), ("X-Amz-Target", f"{prefix}.{action}"))
    return Asked(service, region, f"{host}/", fields)
