"""What a host name of AWS's says: which service, in which region.

Applications write such names into their code; their requests come here with them (``engine/bootstrap``). No table of
names is needed: the service stands right before the region, or before the domain.
Source: https://docs.aws.amazon.com/general/latest/gr/rande.html
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_DOMAIN = re.compile(r"(.+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws|on\.aws)\.?")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_NO_SERVICE = frozenset({"dualstack", "fips", "vpce"})
_OLD_S3 = re.compile(r"s3(?:-fips)?-(?:external-1|([a-z]{2}(?:-[a-z]+)+-\d))")
"""``s3-us-west-2.amazonaws.com``, as hosts of S3 were written before 2019."""
_SIGNING = {"queue": "sqs", "email": "ses"}
"""Services that have another name in hosts than in signatures."""


@dataclass(frozen=True, slots=True)
class AwsHost:
    """``service`` is the name in signatures (``monitoring``); ``region`` is empty where the name has none."""

    service: str
    region: str


@lru_cache(1024)
def aws_host(host: str) -> AwsHost | None:
    """What ``sqs.eu-west-1.amazonaws.com``, ``eu-west-1.queue.amazonaws.com:443`` or ``a.s3.amazonaws.com`` says.

    None for a host that is none of AWS's.
    """
    name, _, port = host.rpartition(":")
    found = _DOMAIN.fullmatch((name if port.isdecimal() else host).lower())
    if found is None:
        return None
    labels = found[1].split(".")
    old = _OLD_S3.fullmatch(labels[-1])
    if old is not None:
        return AwsHost("s3", old[1] or "us-east-1")
    region = next((label for label in reversed(labels) if _REGION.fullmatch(label)), "")
    rest = [label for label in labels if label not in _NO_SERVICE and label != region]
    service = rest[-1].removesuffix("-fips") if rest else ""
    return AwsHost(_SIGNING.get(service, service), region)


def scheme_of(host: str) -> str:
    """What the client of a host speaks, as far as it knows: what goes to hosts of AWS lost its TLS on the way here."""
    return "http" if aws_host(host) is None else "https"
