"""Options that belong together come to a command as one value."""

from pathlib import Path
from typing import Any

import click
import pytest

from stratolite.cli.destination import Destination, destination_options
from stratolite.cli.options import Choices, Served, compile_options, serve_options
from stratolite.core.errors import UserError


def called(*words: str, **commands: Any) -> dict[str, Any]:
    """What a command with some options is called with."""
    found: dict[str, Any] = {}

    def command(**values: Any) -> None:
        found.update(values)

    for decorate in commands.values():
        command = decorate(command)
    click.command()(command).main([*words], standalone_mode=False)
    return found


def test_how_it_is_compiled_and_served() -> None:
    words = ("there", "-s", "prod", "--param", "a=1", "--param", "b=", "--option", "c=2", "--ignore-plugin", "x")
    served = ("--port", "1", "--real-aws", "h", "--origin", "https://a.example.com", "--ephemeral")
    found = called(*words, *served, first=compile_options, then=serve_options)
    assert found == {
        "path": Path("there"),
        "choices": Choices("prod", None, {"a": "1", "b": ""}, ("x",), {"c": "2"}),
        "served": Served(port=1, real_aws=("h",), origins=("https://a.example.com",), ephemeral=True),
    }
    assert called(serve=serve_options) == {"served": Served()}


def test_where_it_goes() -> None:
    found = called("-s", "prod", "--allow-unknown-plugins", to=destination_options("aws"))
    assert found == {"destination": Destination("aws", Path(), Choices("prod", ignore_plugins=("*",)))}
    with pytest.raises(UserError, match="--endpoint names a local cloud"):
        called("--endpoint", "http://x", to=destination_options("aws"))
    with pytest.raises(UserError, match="--profile is for --to aws"):
        called("--profile", "p", to=destination_options("local"))
