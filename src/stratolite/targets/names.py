"""Names that the APIs of a stack have on this machine: its custom domains."""

from collections.abc import Iterable

from stratolite.core.domains import Domains, Mapping
from stratolite.core.places import Places
from stratolite.targets.done import Stack
from stratolite.templates.serverless.local import CustomDomain


class Names:
    """Gives them on a running cloud. One for all deployments of a run: names that are gone are taken back."""

    def __init__(self, domains: Domains, places: Places) -> None:
        self._domains = domains
        self._places = places
        self._mapped: list[Mapping] = []

    def map(self, stack: Stack, domains: Iterable[CustomDomain]) -> tuple[list[Mapping], bool]:
        """Give names to the stack's APIs, in place of those that they had; the mappings, and whether they are new."""
        mappings = [
            Mapping(one.name, one.base_path, stack.made.get(one.api, one.api), one.stage, one.is_websocket)
            for one in domains
        ]
        is_news = mappings != self._mapped
        if is_news:
            self._domains.map(stack.name, mappings)
            self._places.forget()
            self._mapped = mappings
        return mappings, is_news
