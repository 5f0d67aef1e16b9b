"""An application on disk, compiled and packaged, ready for a target.

``load`` reads a folder or file through the front end that fits it; nothing is deployed here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stratolite.core.clock import MovableClock
from stratolite.core.errors import UserError
from stratolite.server.config import region as default_region
from stratolite.targets.local import content_key, settled
from stratolite.targets.plan import MakeStandIn, Upload

STAMP_MS = 1_111_111_111_111
"""The time at which everything is compiled: names that carry it get a digest instead (``targets.local.settled``)."""

NAMES = ("serverless.yml", "serverless.yaml", "serverless.json", "template.yaml", "template.yml", "template.json")


@dataclass
class Application:
    """What a front end made of the files."""

    path: Path
    service: str
    stage: str
    region: str
    stack_name: str
    template: dict[str, Any]
    core_template: dict[str, Any] | None = None
    uploads: list[Upload] = field(default_factory=list)
    stand_ins: list[MakeStandIn] = field(default_factory=list)
    tags: Mapping[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    sources: list[Path] = field(default_factory=list)


def find(path: Path) -> Path:
    """The file that describes the application in a folder, or the file itself. Raises UserError."""
    if path.is_file():
        return path
    if not path.exists():
        raise UserError("there is no such file or folder", where=str(path))
    for name in NAMES:
        if (path / name).is_file():
            return path / name
    unread = next((name for name in ("serverless.ts", "serverless.js") if (path / name).is_file()), "")
    if unread:
        raise UserError(
            f"{unread} is not read yet", where=str(path / unread), todo="Write the service as serverless.yml."
        )
    raise UserError(
        "there is no application here",
        where=str(path),
        todo=f"Name a folder with {', '.join(NAMES[:-1])} or {NAMES[-1]}, or the file itself.",
    )


def load(
    path: Path,
    *,
    stage: str | None,
    region: str | None,
    params: Mapping[str, str],
    out: Path | None,
    stand_ins: bool = True,
) -> Application:
    """Compile, and package into ``out`` (skipped when None). Raises UserError with file, line and column."""
    from stratolite.templates import front_end

    file = find(path)
    kind = front_end(file)
    if kind == "serverless":
        return _serverless(file, stage, region, params, out, stand_ins)
    if kind == "cloudformation":
        return _cloudformation(file, stage, region)
    raise UserError("SAM templates are not run yet", where=str(file), todo="Use serverless.yml or CloudFormation.")


def _serverless(
    file: Path, stage: str | None, region: str | None, params: Mapping[str, str], out: Path | None, stand_ins: bool
) -> Application:
    from stratolite.templates.serverless import Options, compile_service, package

    options = Options(
        stage=stage, region=region, params=dict(params), env=dict(os.environ), clock=MovableClock(STAMP_MS)
    )
    compiled = compile_service(file, options)
    uploads, keys = [], {}
    if out is not None:
        for artefact, archive in package(compiled, out).items():
            key = content_key(compiled.service, compiled.stage, archive)
            uploads.append(Upload(archive, key))
            keys[artefact.key] = key
    made = [MakeStandIn(one.service, one.arn) for one in compiled.externals] if stand_ins else []
    if not stand_ins and compiled.externals:
        named = ", ".join(one.arn for one in compiled.externals)
        raise UserError(
            f"the file names what it does not make: {named}", where=str(file), todo="Leave out --no-stand-ins."
        )
    return Application(
        path=file,
        service=compiled.service,
        stage=compiled.stage,
        region=compiled.region,
        stack_name=compiled.stack_name,
        template=settled(compiled.template, str(STAMP_MS), keys),
        core_template=compiled.core_template,
        uploads=uploads,
        stand_ins=made,
        warnings=list(compiled.warnings),
        sources=list(compiled.sources),
    )


def _cloudformation(file: Path, stage: str | None, region: str | None) -> Application:
    from stratolite.templates.cloudformation import read

    return Application(
        path=file,
        service=file.parent.resolve().name,
        stage=stage or "dev",
        region=region or default_region(),
        stack_name=f"{file.parent.resolve().name}-{stage or 'dev'}",
        template=read(file),
        sources=[file],
    )
