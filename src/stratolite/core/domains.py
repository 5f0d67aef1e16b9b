"""Custom domains: which stage of which API a host and the beginning of a path mean. Pure; nobody asks DNS.

Owns: the comparison of hosts and base paths. May not: know what an API is. Of several base paths that fit, the longest
is meant, as API Gateway has it.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mapping:
    """One base path of a domain, and the stage that answers below it.

    ``domain`` is a host in lower case without its port. ``base_path`` has no slashes around it; empty for all paths.
    """

    domain: str
    base_path: str
    api_id: str
    stage: str
    is_websocket: bool = False
    """Whether the API is one of WebSockets: for people alone."""

    @property
    def prefix(self) -> str:
        """``/base``, or nothing."""
        return f"/{self.base_path}" if self.base_path else ""

    @property
    def label(self) -> str:
        """What events call ``domainPrefix``: the first part of the domain."""
        return self.domain.partition(".")[0]


class Domains:
    """The mappings of all stacks."""

    __slots__ = ("_by_domain", "_by_stack")

    def __init__(self) -> None:
        self._by_stack: dict[str, tuple[Mapping, ...]] = {}
        self._by_domain: dict[str, list[Mapping]] = {}

    def map(self, stack: str, mappings: Iterable[Mapping]) -> None:
        """Set the mappings of one stack, in place of those that it had."""
        self._by_stack[stack] = tuple(mappings)
        self._by_domain = {}
        for each in (one for several in self._by_stack.values() for one in several):
            self._by_domain.setdefault(each.domain, []).append(each)
        for several in self._by_domain.values():
            several.sort(key=lambda one: len(one.base_path), reverse=True)

    def knows(self, host: str) -> bool:
        """Whether a host, with its port or without, is a custom domain."""
        return bool(self._by_domain) and _bare(host) in self._by_domain

    def find(self, path: str, host: str) -> Mapping | None:
        """The mapping that a request means; None where its domain has none for the path."""
        for each in self._by_domain.get(_bare(host), ()):
            if path == each.prefix or path.startswith(f"{each.prefix}/"):
                return each
        return None


def _bare(host: str) -> str:
    return host.partition(":")[0].rstrip(".").lower()
