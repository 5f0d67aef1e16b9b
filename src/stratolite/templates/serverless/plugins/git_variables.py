"""serverless-plugin-git-variables: ``${git:sha1}`` and the like, and the same in the environment and tags of functions.

``custom.exportGitVariables: false`` keeps them out of functions; ``gitVariablesEnvWhitelist`` and
``gitVariablesTagsWhitelist`` choose. Git is asked once for each.
Source: https://github.com/jacob-meacham/serverless-plugin-git-variables (5.2.0).
"""

import subprocess
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, mark_of
from stratolite.templates.serverless.plugins.configuration import Configuration

NAME = "serverless-plugin-git-variables"
SOURCE = "git"
GIT_S_MAX = 10

_COMMANDS = {
    "describe": "describe --always",
    "describeLight": "describe --always --tags",
    "sha1": "rev-parse --short HEAD",
    "commit": "rev-parse HEAD",
    "branch": "rev-parse --abbrev-ref HEAD",
    "message": "log -1 --pretty=%B",
    "messageSubject": "log -1 --pretty=%s",
    "messageBody": "log -1 --pretty=%b",
    "user": "config user.name",
    "email": "config user.email",
    "isDirty": "diff --stat",
    "repository": "rev-parse --show-toplevel",
    "tags": "tag --points-at HEAD",
}
_EXPORTED = {
    "GIT_COMMIT_SHORT": "sha1",
    "GIT_COMMIT_LONG": "commit",
    "GIT_BRANCH": "branch",
    "GIT_IS_DIRTY": "isDirty",
    "GIT_REPOSITORY": "repository",
    "GIT_TAGS": "tags",
}


def value(name: str, folder: Path) -> str:
    """What a variable says of the repository that a folder lies in. Raises UserError."""
    command = _COMMANDS.get(name)
    if command is None:
        known = ", ".join(_COMMANDS)
        raise UserError(f"there is no variable git:{name}", todo=f"Variables are {known}.")
    said = _git(command, folder)
    if name == "isDirty":
        return "true" if said else "false"
    if name == "repository":
        return Path(said).name
    if name == "tags":
        return "::".join(said.splitlines()) or _git(_COMMANDS["sha1"], folder)
    return said


def _git(command: str, folder: Path) -> str:
    try:
        done = subprocess.run(
            ["git", *command.split()], cwd=folder, capture_output=True, timeout=GIT_S_MAX, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"git does not answer: {error}", where=str(folder)) from error
    if done.returncode:
        what = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
        raise UserError(f"'git {command}': {what}", where=str(folder))
    return done.stdout.strip()


def export(configuration: Configuration) -> None:
    """Put variables of the repository into the environment and the tags of functions that have none of that name."""
    if configuration.custom("exportGitVariables") is False:
        return
    wanted = {
        "environment": _chosen(configuration.custom("gitVariablesEnvWhitelist")),
        "tags": _chosen(configuration.custom("gitVariablesTagsWhitelist")),
    }
    try:
        values = {name: value(source, configuration.folder) for name, source in _EXPORTED.items()}
    except UserError as error:
        if not configuration.options.is_lenient:
            raise
        at = mark_of(configuration.document, "plugins")
        configuration.warn(f"functions have no GIT_ variables: {error.what}", at, Kind.ABSENT, about="variables")
        return
    for _, function in configuration.functions:
        for section, names in wanted.items():
            target = configuration.section(function, section) if names else Map(function.at)
            for name in names:
                if not target.get(name):
                    target.put(name, values[name], target.at)


def _chosen(given: Any) -> list[str]:
    return [name for name in _EXPORTED if not isinstance(given, List) or name in given]
