"""The handler of a WSGI application, which ``.serverless-wsgi`` names. It stands beside the code of a function.

It runs inside the function, in its interpreter, and imports nothing of Stratolite.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

with contextlib.suppress(ImportError):
    importlib.import_module("unzip_requirements")

serverless_wsgi = importlib.import_module("serverless_wsgi")

ROOT = Path(__file__).resolve().parent


def _application(name: str) -> Any:
    """``api/app.app`` is ``app`` in ``api/app.py``, whose folder modules are looked for in."""
    module, _, attribute = name.rpartition(".")
    folder, _, module = module.rpartition("/")
    if folder:
        sys.path.insert(0, str(ROOT / folder))
    return getattr(importlib.import_module(module), attribute)


settings = json.loads((ROOT / ".serverless-wsgi").read_text())
wsgi_app = _application(settings["app"])
serverless_wsgi.TEXT_MIME_TYPES.extend(settings.get("text_mime_types") or [])


def handler(event: Any, context: Any) -> Any:
    """Answers a request; or runs a command, as ``serverless wsgi command`` asks for it."""
    if "_serverless-wsgi" in event:
        return _command(**event["_serverless-wsgi"])
    return serverless_wsgi.handle_request(wsgi_app, event, context)


def _command(command: str, data: str = "") -> list[Any]:
    """The exit code of a command and what it printed."""
    if command == "command":
        done = subprocess.run(
            data, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return [done.returncode, done.stdout]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        if command == "exec":
            exec(data, {})
        elif command == "manage":
            importlib.import_module("django.core.management").call_command(*shlex.split(data))
        elif command == "flask":
            flask = importlib.import_module("flask.cli").FlaskGroup(create_app=lambda: wsgi_app)
            flask.main(shlex.split(data), standalone_mode=False)
        else:
            raise ValueError(f"there is no command {command!r}")
    return [0, printed.getvalue()]
