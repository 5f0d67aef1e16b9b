"""What the file names and does not make: a topic of another team, a layer of a vendor, a bucket for deployments.

A target makes stand-ins of them, or refuses. Sans I/O.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from stratolite.core.arn import Arn, partition_of
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.model import External

_ACCOUNT = re.compile(r"\d{12}")
_TOPIC = re.compile(r"arn:[^:*?]*:sns:[^:*?]+:[^:*?]+:[^:*?/]+")
_LAYER = re.compile(r"arn:[^:]*:lambda:[^:]+:[^:]+:layer:[^:]+:\d+")


def find_externals(work: Compilation, template: dict[str, Any], notified: Iterable[str]) -> tuple[External, ...]:
    """Topics and layers that resources name, topics that are ``notified``, and the user's own deployment bucket.

    Topics that the template makes are not among them; each is there once. An account in an ARN
    that is none, or that is not where the template makes a topic of the same name, is told as a warning.
    """
    resources: dict[str, Any] = template["Resources"]
    own = {_topic_name(resource) for resource in resources.values()}
    found: dict[str, External] = {}
    bucket = work.service.deployment_bucket
    if isinstance(bucket, str):
        name = str(Arn("s3", "", "", bucket, partition_of(work.service.region)))
        found[name] = External(name, "s3", work.service.region, work.account, bucket)
    for text in (*_texts(resources), *notified):
        if text in found or not (_TOPIC.fullmatch(text) or _LAYER.fullmatch(text)):
            continue
        arn = Arn.parse(text)
        here = arn.account == work.account and arn.region == work.service.region
        if arn.service == "sns" and here and arn.resource in own:
            continue
        _warn(work, arn, named_alike=arn.service == "sns" and arn.resource in own)
        found[text] = External(text, arn.service, arn.region, arn.account, arn.resource)
    return tuple(found.values())


def _warn(work: Compilation, arn: Arn, *, named_alike: bool) -> None:
    if not _ACCOUNT.fullmatch(arn.account):
        work.warn(f"the account {arn.account!r} of {arn} is not 12 digits, as every account of AWS is")
    elif named_alike and arn.region == work.service.region:
        work.warn(
            f"{arn} is not the topic {arn.resource!r} that the file makes: that one is in the account {work.account}. "
            "Name it with Ref, or with ${aws:accountId}"
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _texts(child)


def _topic_name(resource: Any) -> str | None:
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    if not isinstance(properties, dict) or resource.get("Type") != "AWS::SNS::Topic":
        return None
    name = properties.get("TopicName")
    return name if isinstance(name, str) else None
