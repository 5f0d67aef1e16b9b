"""What needs no kernel: which paths a sandbox loses, and systems that have no namespaces."""

import platform

import pytest

from stratolite.engine import isolation


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/bin/python3", False),
        ("/opt/python/bin", True),
        ("/optional", False),
        ("/tmp/venv/bin/python", True),
        ("/var/lib/x", False),
        ("/var/task", True),
        ("/home/me/app/.stratolite/run", True),
        ("/home/me/app/.stratolite2", False),
    ],
)
def test_what_is_out_of_sight(path: str, expected: bool) -> None:
    assert isolation.is_hidden(path, ["/home/me/app/.stratolite"]) is expected


def test_other_systems_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(OSError, match="Darwin has no namespaces"):
        isolation.enter({})
    isolation.scope()
