"""What Parameter Store and Secrets Manager have, fetched for all fields together."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from stratolite_patterns.connections import client_of

PARAMETERS_MAX = 10
"""Names that GetParameters takes at once."""


@dataclass(slots=True)
class Fetched:
    """What was found, and why other names were not. Values are texts; ``secure`` are the names of SecureStrings."""

    parameters: dict[str, str] = field(default_factory=dict)
    secure: set[str] = field(default_factory=set)
    paths: dict[str, dict[str, str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def field_of(self, name: str, json_field: str) -> str | None:
        """One field of a secret, as a text; None where it has none. Raises ValueError where it is no JSON object."""
        value = json.loads(self.secrets[name])
        if not isinstance(value, dict):
            raise ValueError("no object")
        found = value.get(json_field)
        return found if found is None or isinstance(found, str) else json.dumps(found)


def fetch(
    parameters: Iterable[str], paths: Iterable[str], secrets: Iterable[str], *, ssm: Any = None, manager: Any = None
) -> Fetched:
    """Fetch names. Whatever AWS refuses is a problem of the names that it was asked for, with AWS's own code."""
    found = Fetched()
    names = list(dict.fromkeys(parameters))
    for start in range(0, len(names), PARAMETERS_MAX):
        _parameters(found, names[start : start + PARAMETERS_MAX], ssm)
    for path in dict.fromkeys(paths):
        _path(found, path, ssm)
    for name in dict.fromkeys(secrets):
        _secret(found, name, manager)
    return found


def _parameters(found: Fetched, names: list[str], ssm: Any) -> None:
    def ask() -> None:
        answer = client_of(ssm, "ssm").get_parameters(Names=names, WithDecryption=True)
        for each in answer["Parameters"]:
            # A name that is asked for with a version or by its ARN comes back without either.
            asked = {each["Name"], each.get("ARN"), each["Name"] + each.get("Selector", "")} & set(names)
            for name in asked:
                found.parameters[name] = each["Value"]
                if each["Type"] == "SecureString":
                    found.secure.add(name)

    _told(found, names, ask)


def _path(found: Fetched, path: str, ssm: Any) -> None:
    def ask() -> None:
        base = path.rstrip("/") + "/"
        values: dict[str, str] = {}
        pages = client_of(ssm, "ssm").get_paginator("get_parameters_by_path")
        for page in pages.paginate(Path=path, Recursive=True, WithDecryption=True):
            for each in page["Parameters"]:
                values[each["Name"].removeprefix(base)] = each["Value"]
                if each["Type"] == "SecureString":
                    found.secure.add(path)
        found.paths[path] = values

    _told(found, [path], ask)


def _secret(found: Fetched, name: str, manager: Any) -> None:
    def ask() -> None:
        answer = client_of(manager, "secretsmanager").get_secret_value(SecretId=name)
        if "SecretString" in answer:
            found.secrets[name] = answer["SecretString"]
        else:
            found.problems[name] = "is binary; a text is needed"

    _told(found, [name], ask)


def _told(found: Fetched, names: list[str], ask: Any) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        ask()
    except ClientError as error:
        code = error.response["Error"].get("Code", "Unknown")
        if code != "ResourceNotFoundException":
            found.problems.update(dict.fromkeys(names, f"cannot be read: {code}"))
    except BotoCoreError as error:
        found.problems.update(dict.fromkeys(names, f"cannot be read: {type(error).__name__}"))
