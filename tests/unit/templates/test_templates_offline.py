"""``custom.serverless-offline``: what acts, what is told, and what needs nothing."""

from pathlib import Path

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.core.serving import Cors, Serving
from stratolite.templates.serverless.plugins import offline

ONE = "plugins: [serverless-offline]\nfunctions: {f: {handler: h.handler}}\n"
DEFAULTS = (
    "httpPort lambdaPort albPort websocketPort corsAllowHeaders corsAllowOrigin corsDisallowCredentials "
    "corsExposedHeaders disableCookieValidation dockerHost dockerHostServicePath dockerNetwork dockerReadOnly "
    "enforceSecureCookies host httpsProtocol ignoreJWTSignature layersDir localEnvironment noAuth noPrependStageInUrl "
    "noSponsor noTimeout prefix preLoadModules reloadHandler resourceRoutes terminateIdleLambdaTime useDocker "
    "useInProcess webSocketHardTimeout webSocketIdleTimeout"
)
"""The options of version 13.9.0."""


@pytest.mark.parametrize(
    ("given", "serving"),
    [
        ("prefix: /api/", Serving(prefix="/api")),
        ("noPrependStageInUrl: true", Serving(stage="dev")),
        ("noPrependStageInUrl: 'false'", Serving()),
        ("noAuth: true", Serving(lets_everybody_in=True)),
        ("apiKey: secret", Serving(api_key="secret")),
        ("ignoreJWTSignature: true", Serving(trusts_tokens=True)),
        (
            "corsAllowOrigin: 'https://a.example.com, https://b.example.com', corsDisallowCredentials: true",
            Serving(
                cors=Cors(
                    ("https://a.example.com", "https://b.example.com"),
                    offline.HEADERS_DEFAULT,
                    offline.EXPOSED_DEFAULT,
                    credentials=False,
                )
            ),
        ),
    ],
)
def test_ways_of_serving(compile_text: Compile, given: str, serving: Serving) -> None:
    compiled = compile_text(f"custom: {{serverless-offline: {{{given}}}}}\n{ONE}")
    assert compiled.local.serving == serving
    assert compiled.local_warnings == compiled.warnings == ()


def test_the_stage_may_have_a_name_of_its_own(compile_text: Compile) -> None:
    head = "service: shop\nprovider: {name: aws, runtime: nodejs20.x, apiGateway: {stage: v1}}\n"
    custom = "custom: {serverless-offline: {noPrependStageInUrl: true}}\n"
    assert compile_text(head + custom + ONE).local.serving.stage == "v1"


@pytest.mark.parametrize(("given", "port"), [("httpPort: 4000", 4000), ("port: '4001'", 4001), ("lambdaPort: 1", None)])
def test_the_port_of_apis(compile_text: Compile, given: str, port: int | None) -> None:
    assert compile_text(f"custom: {{serverless-offline: {{{given}}}}}\n{ONE}").local.app_port == port


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("httpPort: many", "httpPort has no effect: 'many' is no port"),
        ("noTimeout: true", "noTimeout has no effect: time-outs are kept"),
        ("webSocketHardTimeout: 60", "webSocketHardTimeout has no effect: connections last two hours at most"),
        ("host: 0.0.0.0", "host has no effect: `up` listens on this machine alone"),
        ("shiny: 1", "shiny has no effect: there is no such setting"),
    ],
)
def test_what_does_not_act_is_told(compile_text: Compile, given: str, told: str) -> None:
    [warning] = texts(compile_text(f"custom: {{serverless-offline: {{{given}}}}}\n{ONE}").local_warnings)
    assert f"custom.serverless-offline.{told}" in warning and "serverless.yml:5:" in warning


def test_a_provider_of_the_projects_own_is_told(compile_text: Compile) -> None:
    text = f"custom: {{offline: {{customAuthenticationProvider: ./auth.js}}}}\n{ONE}"
    [warning] = texts(compile_text(text).local_warnings)
    assert "custom.offline.customAuthenticationProvider has no effect: it is JavaScript" in warning


@pytest.mark.parametrize(
    "given",
    [
        "noTimeout: false",
        "host: localhost",
        "httpsProtocol: ''",
        "useDocker: true",
        "webSocketIdleTimeout: 600",
    ],
)
def test_what_says_what_is_here_anyway_is_not_told(compile_text: Compile, given: str) -> None:
    assert compile_text(f"custom: {{serverless-offline: {{{given}}}}}\n{ONE}").local_warnings == ()


def test_every_option_of_the_plugin_is_known() -> None:
    known = {*offline.ACTS, *offline.TOLD, *offline.UNNEEDED}
    assert {*DEFAULTS.split()} - known == set()
    assert len(known) == len(offline.ACTS) + len(offline.TOLD) + len(offline.UNNEEDED)


def test_the_documentation_has_every_setting() -> None:
    text = (Path(__file__).parents[3] / "docs" / "plugins.md").read_text()
    names = [*offline.ACTS, *offline.TOLD, *offline.UNNEEDED]
    assert [name for name in names if f"`{name}`" not in text] == []
