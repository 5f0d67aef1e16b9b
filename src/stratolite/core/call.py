"""One call of one operation: who asks, where, when, under which trace."""

from dataclasses import dataclass, replace

from stratolite.core.arn import Arn, partition_of

ACCOUNT_DEFAULT = "000000000000"
REGION_DEFAULT = "us-east-1"


# Nobody changes one. Not frozen, because every request makes one, which would cost it 1 µs.
@dataclass(slots=True)
class Call:
    """What an operation knows about its caller. ``account`` and ``region`` are the namespace of all state."""

    account: str = ACCOUNT_DEFAULT
    region: str = REGION_DEFAULT
    request_id: str = ""
    now_ms: int = 0
    """The wall time at which the request arrived, in milliseconds."""
    trace_id: str = ""
    """The X-Ray header value (``Root=1-...;Parent=...;Sampled=...``) that everything caused by this call carries."""
    endpoint: str = "http://127.0.0.1:4566"
    """Scheme, host and port by which the caller reached the server: URLs in answers begin with it."""
    access_key_id: str = ""
    principal: str = ""
    """ARN of the caller; empty for a service acting for itself."""
    names_region: bool = True
    """Whether the caller chose the region: an unsigned request does not, nor one signed with version 2."""

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in the caller's account and region."""
        return str(Arn(service, self.region, self.account, resource, partition_of(self.region)))

    def within(self, account: str, region: str) -> "Call":
        """The same call, acting in another namespace."""
        return replace(self, account=account, region=region)
