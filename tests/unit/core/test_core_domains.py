"""Which mapping a host and a path mean."""

import pytest

from stratolite.core.domains import Domains, Mapping

ORDERS = Mapping("api.example.com", "orders", "a1", "dev")
OLD_ORDERS = Mapping("api.example.com", "orders/v1", "a2", "dev")
REST = Mapping("api.example.com", "", "a3", "dev")


@pytest.mark.parametrize(
    ("path", "host", "expected"),
    [
        ("/orders", "api.example.com", ORDERS),
        ("/orders/7", "API.Example.com:3000", ORDERS),
        ("/orders/v1/7", "api.example.com.", OLD_ORDERS),
        ("/ordersx", "api.example.com", REST),
        ("/", "api.example.com", REST),
        ("/orders", "example.com", None),
    ],
)
def test_the_longest_base_path_is_meant(path: str, host: str, expected: Mapping | None) -> None:
    domains = Domains()
    domains.map("one", [ORDERS, REST])
    domains.map("two", [OLD_ORDERS])
    assert domains.find(path, host) == expected


def test_a_stack_replaces_its_own_mappings() -> None:
    domains = Domains()
    assert not domains.knows("api.example.com")
    domains.map("one", [ORDERS])
    domains.map("two", [OLD_ORDERS])
    domains.map("one", [])
    assert domains.knows("api.example.com:80") and domains.find("/orders", "api.example.com") is None
    domains.map("two", [])
    assert not domains.knows("api.example.com")


def test_what_events_say_of_it() -> None:
    assert (ORDERS.prefix, REST.prefix, REST.label) == ("/orders", "", "api")
