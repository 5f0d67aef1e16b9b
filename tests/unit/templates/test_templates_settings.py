"""No setting is ignored without a word: each is read, or stands in a list with the reason why it need not be."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.templates.serverless.deployment import AWS_ALONE, HARMLESS, UNMET
from stratolite.templates.serverless.schema.notation import shape
from stratolite.templates.serverless.schema.shape import Mapping, Shape

PACKAGE = Path(__file__).parents[3] / "src" / "stratolite" / "templates" / "serverless"
SOURCES = "".join(path.read_text() for path in PACKAGE.rglob("*.py") if path.name != "kinds.py")
LISTED = HARMLESS.keys() | UNMET.keys()


def settings(whole: Shape, depth: int, path: str = "") -> Iterator[str]:
    """The names of settings, down to a depth: ``apiGateway.stage``."""
    if not isinstance(whole, Mapping):
        return
    for name, member in whole.members.items():
        yield path + name
        if depth > 1:
            yield from settings(member, depth - 1, f"{path}{name}.")


def is_listed(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[: count + 1]) in LISTED for count in range(len(parts)))


@pytest.mark.parametrize("name", list(settings(shape("Provider"), 2)))
def test_settings_of_the_provider(name: str) -> None:
    assert is_listed(name) or f'"{name.split(".")[-1]}"' in SOURCES, f"provider.{name} is read nowhere"


@pytest.mark.parametrize("name", list(settings(shape("LambdaFunction"), 2)))
def test_settings_of_functions(name: str) -> None:
    assert is_listed(name) or f'"{name.split(".")[-1]}"' in SOURCES, f"{name} is read nowhere"


def test_every_reason_is_said() -> None:
    assert all(HARMLESS.values()) and all(UNMET.values())


@pytest.mark.parametrize("name", sorted(HARMLESS.keys() | UNMET.keys() | AWS_ALONE.keys()))
def test_the_documentation_names_them(name: str) -> None:
    text = (PACKAGE.parents[3] / "docs" / "serverless.md").read_text()
    assert f"`{name}`" in text
    assert (HARMLESS | UNMET | AWS_ALONE)[name].split()[0] in text


@pytest.mark.parametrize(
    ("section", "event", "resource"),
    [("httpApi", "httpApi: GET /x", "HttpApi"), ("apiGateway", "http: GET x", "ApiGatewayRestApi")],
)
def test_the_address_of_an_api_answers_under_up(compile_text: Compile, section: str, event: str, resource: str) -> None:
    text = f"service: s\nprovider: {{name: aws, runtime: nodejs20.x, {section}: {{disableDefaultEndpoint: true}}}}\n"
    text += f"functions: {{a: {{handler: h.handler, events: [{{{event}}}]}}}}\n"
    assert compile_text(text).template["Resources"][resource]["Properties"]["DisableExecuteApiEndpoint"] is True
    local = compile_text(text, is_lenient=True)
    assert "DisableExecuteApiEndpoint" not in local.template["Resources"][resource]["Properties"]
    [told] = texts(local.local_warnings)
    assert told.endswith(f"provider.{section}.disableDefaultEndpoint: the API's address answers here all the same")
