"""The cloud's own requests to AWS's hosts: they are for the cloud itself.

A topic's subscriber, an integration or an API destination may be named by the host that it has on AWS. What functions
send there is led here inside their processes (``engine/bootstrap``); this is the same for what the cloud sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from stratolite.http.hosts import aws_host

PORTS = (None, 80, 443)


@dataclass(frozen=True, slots=True)
class Detour:
    """The way to the cloud at ``endpoint``. Hosts in ``real`` are left alone, ``*`` stands for all of them."""

    endpoint: str
    real: tuple[str, ...] = ()

    def taken(self, url: str, headers: Sequence[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
        """A request as it is to be sent: one to a host of AWS goes to the cloud, under the name of that host.

        Raises ValueError for what is no URL.
        """
        parts = urlsplit(url)
        if parts.port not in PORTS or aws_host(parts.netloc) is None or {parts.hostname, "*"} & {*self.real}:
            return url, [*headers]
        here = urlsplit(self.endpoint)
        rest = [(name, value) for name, value in headers if name.lower() != "host"]
        return urlunsplit((here.scheme, here.netloc, *parts[2:])), [*rest, ("Host", parts.netloc)]
