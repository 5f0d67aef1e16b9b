"""What the operator chooses, from options and environment. The only reader of ``os.environ`` below the CLI.

Every setting has an option of ``stratolite up`` and ``start`` and, where named below, an environment variable; the
option wins.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stratolite.core.call import REGION_DEFAULT
from stratolite.core.errors import UserError

PORT_DEFAULT = 4566
APP_PORT_DEFAULT = 3000
DATA_DEFAULT = ".stratolite"


@dataclass(frozen=True, slots=True)
class Config:
    """How one local cloud is run."""

    data: Path = field(default_factory=lambda: Path(DATA_DEFAULT))
    """The data folder (``STRATOLITE_DATA``)."""
    host: str = "127.0.0.1"
    """The address to listen on (``STRATOLITE_HOST``)."""
    port: int = PORT_DEFAULT
    """The port of the AWS APIs (``STRATOLITE_PORT``); 0 takes any free one."""
    app_port: int = APP_PORT_DEFAULT
    """The port of the deployed APIs (``STRATOLITE_APP_PORT``); 0 takes any free one."""
    durability: Literal["process", "power"] = "process"
    """``process``: survives kill -9. ``power``: survives a power cut (``STRATOLITE_DURABILITY``)."""
    isolation: bool = True
    """Whether functions see the machine through namespaces of their own, where it allows them
    (``STRATOLITE_ISOLATION=off`` turns it off)."""
    cold_start_delay: bool = False
    """Whether a cold start takes the time that it takes on AWS (``STRATOLITE_COLD_START_DELAY=on``)."""
    real_aws: tuple[str, ...] = ()
    """Hosts of AWS that functions may reach, ``*`` for all of them; what they send to others comes here
    (``STRATOLITE_REAL_AWS``, with blanks between them)."""
    origins: tuple[str, ...] = ()
    """Origins (``https://app.example.com``) whose pages may use the AWS APIs from a browser, besides this machine's;
    ``*`` for all of them (``STRATOLITE_ORIGINS``, with blanks between them)."""
    is_offline: bool = False
    """Whether functions have ``IS_OFFLINE``, as serverless-offline sets it (``STRATOLITE_IS_OFFLINE=on``)."""
    cache: Path | None = None
    """Where is kept what is fetched once for all applications (``STRATOLITE_CACHE``; else ``stratolite`` in
    ``XDG_CACHE_HOME``, which is ``~/.cache``)."""
    takes_large_code: bool = False
    """Whether functions may have more code than on AWS: under ``up``, which says so."""
    command: str = "stratolite"
    """What holds the data folder's lock, for the message that another process is shown."""


def read(environment: Mapping[str, str] | None = None) -> Config:
    """The configuration that the environment asks for. Raises UserError naming a variable that makes no sense."""
    values = os.environ if environment is None else environment
    return Config(
        data=Path(values.get("STRATOLITE_DATA", DATA_DEFAULT)),
        host=values.get("STRATOLITE_HOST", "127.0.0.1"),
        port=_port(values, "STRATOLITE_PORT", PORT_DEFAULT),
        app_port=_port(values, "STRATOLITE_APP_PORT", APP_PORT_DEFAULT),
        durability=_durability(values),
        isolation=_switch(values, "STRATOLITE_ISOLATION", default=True),
        cold_start_delay=_switch(values, "STRATOLITE_COLD_START_DELAY", default=False),
        real_aws=tuple(values.get("STRATOLITE_REAL_AWS", "").lower().split()),
        origins=tuple(values.get("STRATOLITE_ORIGINS", "").split()),
        is_offline=_switch(values, "STRATOLITE_IS_OFFLINE", default=False),
        cache=cache(values),
    )


def cache(environment: Mapping[str, str] | None = None) -> Path:
    """The folder of this user for what is fetched once for all applications."""
    values = os.environ if environment is None else environment
    if values.get("STRATOLITE_CACHE"):
        return Path(values["STRATOLITE_CACHE"]).absolute()
    home = values.get("XDG_CACHE_HOME", "")
    # The specification lets relative paths be ignored.
    return (Path(home) if home.startswith("/") else Path.home() / ".cache") / "stratolite"


def region(environment: Mapping[str, str] | None = None) -> str:
    """The region that the environment names, as AWS's tools read it."""
    values = os.environ if environment is None else environment
    return values.get("AWS_REGION") or values.get("AWS_DEFAULT_REGION") or REGION_DEFAULT


def _port(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:
        raise UserError(f"{name} is not a port number: {text!r}", where="environment", todo="Use 0 to 65535.")
    return int(text)


def _durability(values: Mapping[str, str]) -> Literal["process", "power"]:
    text = values.get("STRATOLITE_DURABILITY") or "process"
    if text == "process":
        return "process"
    if text == "power":
        return "power"
    raise UserError(
        f"STRATOLITE_DURABILITY is {text!r}", where="environment", todo="Use 'process' (default) or 'power'."
    )


def _switch(values: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = values.get(name) or ("on" if default else "off")
    if text not in ("on", "off"):
        raise UserError(f"{name} is {text!r}", where="environment", todo="Use 'on' or 'off'.")
    return text == "on"
