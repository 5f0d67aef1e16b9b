# ruff: noqa: RUF009 - fields are declared by calls
"""Settings: typed, from everywhere, wrong ones named at once, and secrets that stay secrets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from stratolite_patterns.settings import (
    Reloading,
    Secret,
    SettingsError,
    env,
    load,
    parameter,
    parameters,
    secret,
    staged,
)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Typed:
    text: str = env("TEXT")
    number: int = env("NUMBER")
    ratio: float = env("RATIO")
    price: Decimal = env("PRICE")
    on: bool = env("ON")
    colour: Colour = env("COLOUR")
    level: Literal["INFO", "DEBUG"] = env("LEVEL")
    names: list[str] = env("NAMES")
    ports: tuple[int, ...] = env("PORTS")
    wait: timedelta = env("WAIT")
    rules: dict[str, Any] = env("RULES")
    maybe: int | None = env("MAYBE", default=None)
    token: Secret[str] = env("TOKEN")


GOOD = {
    "STAGE": "staging",
    "TEXT": "hello",
    "NUMBER": " 42 ",
    "RATIO": "0.5",
    "PRICE": "1.10",
    "ON": "False",
    "COLOUR": "red",
    "LEVEL": "DEBUG",
    "NAMES": "ada, bob",
    "PORTS": "[1, 2]",
    "WAIT": "5m",
    "RULES": '{"a": 1}',
    "TOKEN": "hunter2",
}


def test_texts_become_what_was_declared() -> None:
    loaded = load(Typed, environ=GOOD)
    assert loaded == Typed(
        text="hello",
        number=42,
        ratio=0.5,
        price=Decimal("1.10"),
        on=False,
        colour=Colour.RED,
        level="DEBUG",
        names=["ada", "bob"],
        ports=(1, 2),
        wait=timedelta(minutes=5),
        rules={"a": 1},
        maybe=None,
        token=Secret("hunter2"),
    )
    assert load(Typed, environ=GOOD | {"MAYBE": "7"}).maybe == 7


def test_all_that_is_missing_or_malformed_is_named_at_once_and_no_secret_is() -> None:
    wrong = {
        "STAGE": "staging",
        "TEXT": "",
        "NUMBER": "4x",
        "RATIO": "nan",
        "PRICE": "free",
        "ON": "maybe",
        "COLOUR": "green",
        "LEVEL": "LOUD",
        "NAMES": '["a"',
        "PORTS": "1,two",
        "WAIT": "soon",
        "RULES": "[1]",
    }
    with pytest.raises(SettingsError) as raised:
        load(Typed, environ=wrong)
    assert raised.value.problems == (
        "text: TEXT (environment): missing",
        "number: NUMBER (environment): a whole number is needed",
        "ratio: RATIO (environment): a number is needed",
        "price: PRICE (environment): a number is needed",
        "on: ON (environment): true or false is needed",
        "colour: COLOUR (environment): one of red, blue is needed",
        "level: LEVEL (environment): one of INFO, DEBUG is needed",
        "names: NAMES (environment): JSON is needed",
        "ports: PORTS (environment): a whole number is needed",
        "wait: WAIT (environment): a duration is needed, such as 500ms, 30s, 5m, 1h, 7d",
        "rules: RULES (environment): a JSON object is needed",
        "token: TOKEN (environment): missing",
    )


def test_a_malformed_secret_is_named_without_its_value() -> None:
    @dataclass(frozen=True)
    class Pins:
        pin: Secret[int] = env("PIN")

    with pytest.raises(SettingsError) as raised:
        load(Pins, environ={"STAGE": "staging", "PIN": "hunter2"}, stage="staging")
    assert "hunter2" not in str(raised.value)
    assert "a whole number is needed" in str(raised.value)


@dataclass(frozen=True, kw_only=True)
class Staged:
    workers: int = staged(default=1, production=10)
    level: str = env("LEVEL", default="INFO", stages={"development": "DEBUG"})
    key: Secret[str] = env("KEY", stages={"development": "dev-key"})
    fixed: int = 3


def test_three_stages_in_one_declaration() -> None:
    development = load(Staged, environ={"STAGE": "development"})
    assert (development.workers, development.level, development.key.reveal()) == (1, "DEBUG", "dev-key")
    production = load(Staged, environ={"STAGE": "production", "KEY": "k", "LEVEL": "ERROR"})
    assert (production.workers, production.level, production.fixed) == (10, "ERROR", 3)
    # What development may do without, production may not.
    with pytest.raises(SettingsError, match=r"key: KEY \(environment\): missing"):
        load(Staged, environ={"STAGE": "production"})


def test_the_stage_itself_is_checked() -> None:
    with pytest.raises(SettingsError, match=r"STAGE .*missing; one of development, staging, production"):
        load(Staged, environ={})
    with pytest.raises(SettingsError, match=r"'prod' is none of development, .*load\(\.\.\., stages=\.\.\.\)"):
        load(Staged, environ={"STAGE": "prod"})


def test_a_value_for_a_stage_that_there_is_not_is_no_setting() -> None:
    @dataclass(frozen=True)
    class Misspelt:
        workers: int = staged(default=1, prodution=10)

    with pytest.raises(TypeError, match="workers: 'prodution' is no stage; they are development, staging, production"):
        load(Misspelt, environ={"STAGE": "production"})
    assert load(Misspelt, stages=("dev", "prodution"), environ={"STAGE": "prodution"}).workers == 10


def test_mistakes_of_a_declaration_are_told() -> None:
    @dataclass
    class NoSource:
        x: int

    @dataclass
    class Bare:
        x: str = secret("s")

    @dataclass
    class Odd:
        x: object = env("X")

    with pytest.raises(TypeError, match="say where it comes from"):
        load(NoSource, stage="staging")
    with pytest.raises(TypeError, match="Secret"):
        load(Bare, stage="staging")
    with pytest.raises(TypeError, match="no type of a setting"):
        load(Odd, stage="staging")
    with pytest.raises(TypeError, match="no dataclass"):
        load(int, stage="staging")


@pytest.fixture
def base() -> str:
    return f"/app-{uuid4().hex}"


def test_parameters_and_secrets_of_aws(client: Callable[[str], Any], base: str) -> None:
    ssm, manager = client("ssm"), client("secretsmanager")
    for number in range(12):
        ssm.put_parameter(Name=f"{base}/staging/flags/f{number}", Value=str(number), Type="String")
    ssm.put_parameter(Name=f"{base}/staging/greeting", Value="hello", Type="String")
    ssm.put_parameter(Name=f"{base}/staging/key", Value="hunter2", Type="SecureString")
    manager.create_secret(Name=f"{base}/staging/db", SecretString='{"password": "hunter3", "port": 5432}')
    manager.create_secret(Name=f"{base}/staging/plain", SecretString="hunter4")

    @dataclass(frozen=True)
    class Settings:
        greeting: str = parameter(f"{base}/{{stage}}/greeting")
        key: Secret[str] = parameter(f"{base}/{{stage}}/key")
        absent: int = parameter(f"{base}/{{stage}}/absent", default=7)
        flags: dict[str, int] = parameters(f"{base}/{{stage}}/flags")
        password: Secret[str] = secret(f"{base}/{{stage}}/db", field="password")
        port: Secret[int] = secret(f"{base}/{{stage}}/db", field="port")
        plain: Secret[str] = secret(f"{base}/{{stage}}/plain")
        local: Secret[str] = secret(f"{base}/{{stage}}/nowhere", env="LOCAL")

    loaded = load(Settings, stage="staging", environ={"LOCAL": "from here"}, ssm=ssm, manager=manager)
    assert loaded.greeting == "hello"
    assert loaded.absent == 7
    assert loaded.flags == {f"f{number}": number for number in range(12)}
    revealed = [each.reveal() for each in (loaded.key, loaded.password, loaded.port, loaded.plain, loaded.local)]
    assert revealed == ["hunter2", "hunter3", 5432, "hunter4", "from here"]
    assert "hunter" not in repr(loaded)

    with pytest.raises(SettingsError) as raised:
        load(Settings, stage="production", environ={}, ssm=ssm, manager=manager)
    assert len(raised.value.problems) == 6
    assert f"password: {base}/production/db (Secrets Manager, field password): missing" in raised.value.problems


def test_what_is_secret_there_is_secret_here(client: Callable[[str], Any], base: str) -> None:
    ssm, manager = client("ssm"), client("secretsmanager")
    ssm.put_parameter(Name=f"{base}/key", Value="hunter2", Type="SecureString")
    manager.create_secret(Name=f"{base}/text", SecretString="hunter3")
    manager.create_secret(Name=f"{base}/raw", SecretBinary=b"hunter4")

    @dataclass(frozen=True)
    class Settings:
        key: str = parameter(f"{base}/key")
        all_of_it: dict[str, str] = parameters(base)
        text: Secret[str] = secret(f"{base}/text", field="a")
        raw: Secret[str] = secret(f"{base}/raw")

    with pytest.raises(SettingsError) as raised:
        load(Settings, stage="staging", environ={}, ssm=ssm, manager=manager)
    assert [each.rpartition(": ")[2] for each in raised.value.problems] == [
        "is a SecureString, so declare it as Secret[...]",
        "holds a SecureString, so declare it as dict[str, Secret[str]]",
        "is no JSON object, so it has no fields",
        "is binary; a text is needed",
    ]
    assert "hunter" not in str(raised.value)


class Ssm:
    """GetParameters, counted; ``error`` is raised instead."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked: list[list[str]] = []
        self.value = "1"

    def get_parameters(self, *, Names: list[str], WithDecryption: bool) -> dict[str, Any]:
        self.asked.append(Names)
        if self.error:
            raise self.error
        assert WithDecryption
        return {"Parameters": [{"Name": each, "Value": self.value, "Type": "String"} for each in Names]}


def test_ten_parameters_go_in_a_request() -> None:
    fields = {f"p{number}": parameter(f"/p{number}") for number in range(23)}
    kind: Any = dataclass(type("Many", (), {"__annotations__": dict.fromkeys(fields, int), **fields}))
    ssm = Ssm()
    assert load(kind, stage="staging", environ={}, ssm=ssm).p22 == 1
    assert [len(names) for names in ssm.asked] == [10, 10, 3]


@dataclass(frozen=True)
class One:
    x: int = parameter("/x", default=5)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetParameters"), "AccessDeniedException"),
        (EndpointConnectionError(endpoint_url="https://ssm"), "EndpointConnectionError"),
    ],
)
def test_what_cannot_be_read_is_no_default(error: Exception, said: str) -> None:
    ssm = Ssm()
    ssm.error = error
    with pytest.raises(SettingsError, match=rf"x: /x \(SSM\): cannot be read: {said}"):
        load(One, stage="staging", environ={}, ssm=ssm)


def test_aws_is_not_asked_where_no_field_needs_it() -> None:
    load(Staged, environ={"STAGE": "development"}, ssm=object(), manager=object())


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_settings_are_loaded_again_and_old_ones_are_good_for_a_bounded_time() -> None:
    ssm, clock = Ssm(), Clock()
    settings = Reloading(One, max_age_s=300, stale_s=600, now=clock, stage="staging", environ={}, ssm=ssm)
    assert settings().x == settings().x == 1
    assert len(ssm.asked) == 1
    ssm.value = "2"
    clock.now_s += 300
    assert settings().x == 2
    ssm.error = EndpointConnectionError(endpoint_url="https://ssm")
    clock.now_s += 301
    assert [settings().x for _ in range(5)] == [2] * 5
    # Not asked for every request while it is down.
    assert len(ssm.asked) == 3
    clock.now_s += 600
    with pytest.raises(SettingsError, match="EndpointConnectionError"):
        settings()
    ssm.error = None
    clock.now_s += 6
    assert settings().x == 2
    ssm.value = "3"
    settings.forget()
    assert settings().x == 3
