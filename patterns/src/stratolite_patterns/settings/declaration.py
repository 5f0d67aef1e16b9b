"""Where the fields of a settings class come from: ``env``, ``parameter``, ``parameters``, ``secret``, ``staged``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEY = "stratolite_patterns.settings"
NOTHING: Any = object()
"""Stands for a default that there is not; None is one."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from. ``kind``: environment, parameter, path, secret, staged; ``name`` may hold {stage}."""

    kind: str
    name: str = ""
    json_field: str = ""
    variable: str = ""
    """An environment variable that goes before a parameter or a secret."""
    default: Any = NOTHING
    stages: Mapping[str, Any] | None = None

    def fallback(self, stage: str) -> Any:
        """What holds where the source has nothing: the stage's value, else the default, else NOTHING."""
        return (self.stages or {}).get(stage, self.default)

    def shown(self, stage: str) -> str:
        """The source, for people."""
        name = self.name.replace("{stage}", stage)
        where = {"environment": "environment", "parameter": "SSM", "path": "SSM path", "secret": "Secrets Manager"}
        return f"{name} ({where.get(self.kind, 'stages')}{', field ' + self.json_field if self.json_field else ''})"


def env(name: str, *, default: Any = NOTHING, stages: Mapping[str, Any] | None = None) -> Any:
    """An environment variable. An empty one counts as missing. ``stages`` are defaults of single stages."""
    return _field(Source("environment", name, default=default, stages=stages))


def parameter(name: str, *, env: str = "", default: Any = NOTHING, stages: Mapping[str, Any] | None = None) -> Any:
    """An SSM parameter, such as ``/app/{stage}/greeting``. A SecureString has to be declared as a Secret.

    ``env`` names an environment variable that goes before it.
    """
    return _field(Source("parameter", name, variable=env, default=default, stages=stages))


def parameters(path: str) -> Any:
    """All SSM parameters under a path: a ``dict[str, str]`` (or ``dict[str, Secret[str]]``), without the path."""
    return _field(Source("path", path))


def secret(
    name: str, *, field: str = "", env: str = "", default: Any = NOTHING, stages: Mapping[str, Any] | None = None
) -> Any:
    """A secret of Secrets Manager by name or ARN, or one ``field`` of a secret that is a JSON object."""
    return _field(Source("secret", name, json_field=field, variable=env, default=default, stages=stages))


def staged(*, default: Any = NOTHING, **stages: Any) -> Any:
    """A value for each stage, and a default for the others: ``staged(default=1, production=10)``."""
    return _field(Source("staged", default=default, stages=stages))


def _field(source: Source) -> Any:
    return field(metadata={KEY: source})
