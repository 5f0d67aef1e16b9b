"""Attaching a debugger: what an editor has to be told."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stratolite.cli import terminal

ADDRESS = "127.0.0.1"


def explain(debugged: Mapping[str, Any], folder: Path) -> None:
    """Say where a function waits, and how VS Code attaches. ``debugged``: as ``POST debug`` answers it."""
    name, port = debugged["name"], debugged["port"]
    terminal.note(f"{name} waits for a debugger on {ADDRESS}:{port}, from its next invocation on; no time-out counts.")
    how = "chrome://inspect does as well" if debugged["language"] == "node" else "any client of debugpy does as well"
    terminal.note(f"For VS Code, in .vscode/launch.json ({how}):")
    terminal.say(json.dumps(configuration(debugged, folder), indent=2), to_errors=True)


def configuration(debugged: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The configuration of VS Code's launch.json that attaches. ``folder``: the project's."""
    local = str(folder.resolve())
    common = {"name": f"Attach to {debugged['name']}", "request": "attach"}
    if debugged["language"] == "node":
        return common | {
            "type": "node",
            "address": ADDRESS,
            "port": debugged["port"],
            "localRoot": local,
            "remoteRoot": debugged["root"],
        }
    return common | {
        "type": "debugpy",
        "connect": {"host": ADDRESS, "port": debugged["port"]},
        "pathMappings": [{"localRoot": local, "remoteRoot": debugged["root"]}],
    }
