"""An application on disk, compiled and packaged in memory, ready for a target.

``load`` reads a folder or file through the front end that fits it; nothing is deployed or written here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratolite.cli.options import Choices
from stratolite.core.clock import Clock, MovableClock
from stratolite.core.errors import UserError
from stratolite.server.config import region as default_region
from stratolite.targets.content import artefact_key, artefact_prefix, settled
from stratolite.targets.plan import Apply, ConfigureStage, MakeBucket, MakeStandIn, Plan, Prune, Step, Upload

if TYPE_CHECKING:
    from stratolite.templates.serverless.model import Ask, Compiled, Deployment

STAMP_MS = 1_111_111_111_111
"""The time at which everything is compiled: names that carry it get a digest instead (``targets.content.settled``)."""

NAMES = ("serverless.yml", "serverless.yaml", "serverless.json", "template.yaml", "template.yml", "template.json")
_FUNCTION = "AWS::Lambda::Function"


@dataclass(frozen=True)
class Application:
    """What a front end made of the files. ``sources``: every file that was read, the main one first."""

    file: Path
    service: str
    stage: str
    region: str
    stack_name: str
    template: Mapping[str, Any]
    core_template: Mapping[str, Any] | None = None
    bucket: str | None = None
    uploads: tuple[Upload, ...] = ()
    stand_ins: tuple[MakeStandIn, ...] = ()
    api_stage: ConfigureStage | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()

    @cached_property
    def function_names(self) -> frozenset[str]:
        """The names that the template gives to functions."""
        functions = (one for one in self.template.get("Resources", {}).values() if one.get("Type") == _FUNCTION)
        names = (one.get("Properties", {}).get("FunctionName") for one in functions)
        return frozenset(name for name in names if isinstance(name, str))

    def plan(self) -> Plan:
        """The steps that deploy it."""
        steps: list[Step] = [*self.stand_ins]
        if self.core_template is not None and self.bucket is None:
            steps.append(MakeBucket(self.core_template))
        steps += [*self.uploads, Apply(self.template, self.settings)]
        if self.api_stage is not None:
            steps.append(self.api_stage)
        if self.uploads:
            prefix = artefact_prefix(self.service, self.stage)
            steps.append(Prune(prefix, frozenset(upload.key for upload in self.uploads)))
        return Plan(self.stack_name, tuple(steps), self.bucket)


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


def load(path: Path, choices: Choices, *, stand_ins: bool = True, ask: "Ask | None" = None) -> Application:
    """Compile and package. Raises UserError with file, line and column, and what ``ask`` raises."""
    from stratolite.templates import front_end

    file = find(path)
    kind = front_end(file)
    if kind == "serverless":
        return _serverless(file, choices, stand_ins, ask)
    if kind == "cloudformation":
        return _cloudformation(file, choices)
    raise UserError("SAM templates are not run yet", where=str(file), todo="Use serverless.yml or CloudFormation.")


def compiled_for(file: Path, choices: Choices, clock: Clock, ask: "Ask | None" = None) -> "Compiled":
    """A serverless file, compiled as if at the time that a clock tells. Raises UserError."""
    from stratolite.templates.serverless import Options, compile_service

    options = Options(
        stage=choices.stage,
        region=choices.region,
        params=dict(choices.params),
        ignore_plugins=choices.ignore_plugins,
        env=dict(os.environ),
        clock=clock,
        ask=ask,
    )
    return compile_service(file, options)


def _serverless(file: Path, choices: Choices, stand_ins: bool, ask: "Ask | None") -> Application:
    compiled = compiled_for(file, choices, MovableClock(STAMP_MS), ask)
    if compiled.externals and not stand_ins:
        named = ", ".join(one.arn for one in compiled.externals)
        raise UserError(
            f"the file names what it does not make: {named}",
            where=str(file),
            todo="Leave out --no-stand-ins to run with empty stand-ins.",
        )
    uploads = tuple(Upload(one, artefact_key(compiled.service, compiled.stage, one)) for one in compiled.artefacts)
    keys = {upload.artefact.key: upload.key for upload in uploads}
    return Application(
        file=file,
        service=compiled.service,
        stage=compiled.stage,
        region=compiled.region,
        stack_name=compiled.stack_name,
        template=settled(_local(compiled), str(STAMP_MS), keys),
        core_template=compiled.core_template,
        bucket=compiled.deployment.bucket,
        uploads=uploads,
        stand_ins=_stand_ins(compiled),
        api_stage=_api_stage(compiled.deployment),
        settings=_settings(compiled.deployment),
        warnings=(*compiled.warnings, *_left_out(compiled)),
        sources=(file, *(one for one in compiled.sources if one != file)),
    )


def _stand_ins(compiled: "Compiled") -> tuple[MakeStandIn, ...]:
    functions = [one for one in compiled.template["Resources"].values() if one.get("Type") == _FUNCTION]
    timeouts_s = [int(one["Properties"].get("Timeout", 0)) for one in functions]
    return tuple(MakeStandIn(one.service, one.arn, max(timeouts_s, default=0)) for one in compiled.externals)


def _local(compiled: "Compiled") -> dict[str, Any]:
    """The template without what only an account of AWS needs."""
    kept = {name: one for name, one in compiled.template["Resources"].items() if name not in compiled.aws_only}
    return {**compiled.template, "Resources": kept}


def _left_out(compiled: "Compiled") -> list[str]:
    reasons = dict.fromkeys(compiled.aws_only.values())
    return [
        f"left out: {', '.join(name for name, each in compiled.aws_only.items() if each == reason)} ({reason})"
        for reason in reasons
    ]


def _api_stage(deployment: "Deployment") -> ConfigureStage | None:
    settings = deployment.stage_settings
    if not settings:
        return None
    return ConfigureStage(settings["stageName"], tuple(settings["patchOperations"]), settings["tags"])


def _settings(deployment: "Deployment") -> dict[str, Any]:
    """What a deployment asks of the stack beside its template, as members of CreateStack and UpdateStack.

    Stack policies and rollback triggers are left out: the compiler has warned that nothing local has them.
    """
    settings: dict[str, Any] = {}
    if deployment.stack_tags:
        settings["Tags"] = [{"Key": key, "Value": str(value)} for key, value in deployment.stack_tags.items()]
    if deployment.stack_parameters:
        settings["Parameters"] = [dict(one) for one in deployment.stack_parameters]
    if deployment.notification_arns:
        settings["NotificationARNs"] = list(deployment.notification_arns)
    if deployment.disable_rollback:
        settings["DisableRollback"] = True
    if deployment.role_arn:
        settings["RoleARN"] = deployment.role_arn
    return settings


def _cloudformation(file: Path, choices: Choices) -> Application:
    from stratolite.templates.cloudformation import read

    name = file.parent.resolve().name
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in choices.params.items()]
    return Application(
        file=file,
        service=name,
        stage=choices.stage or "dev",
        region=choices.region or default_region(),
        stack_name=f"{name}-{choices.stage or 'dev'}",
        template=read(file),
        settings={"Parameters": parameters} if parameters else {},
        sources=(file,),
    )
