"""An application on disk, compiled and packaged in memory, ready for a target.

``load`` reads a folder or file through the front end that fits it; nothing is deployed or written here.
"""

import os
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratolite.cli import terminal
from stratolite.cli.main_file import find as find
from stratolite.cli.options import Choices
from stratolite.cli.skipping import refuse_events, refuse_lacks
from stratolite.cli.steps import Steps
from stratolite.core.call import ACCOUNT_DEFAULT
from stratolite.core.clock import Clock, MovableClock, RealClock
from stratolite.core.errors import Mistakes, UserError
from stratolite.core.warning import Kind, Warning
from stratolite.server.config import cache
from stratolite.targets.content import artefact_key, artefact_prefix, settled
from stratolite.targets.plan import (
    Apply,
    ConfigureStage,
    MakeBucket,
    MakeStandIn,
    MapDomains,
    Plan,
    Prune,
    PutSeeds,
    SetPolicy,
    Step,
    SyncFolder,
    Upload,
)
from stratolite.templates.artefacts import Artefact
from stratolite.templates.serverless.local import Local

if TYPE_CHECKING:
    from stratolite.templates.serverless.diagnosis import Diagnosis
    from stratolite.templates.serverless.model import Ask, Compiled, Deployment, Options
    from stratolite.templates.serverless.survey import Survey
    from stratolite.templates.serverless.variables.resolver import Resolved

STAMP_MS = 1_111_111_111_111
"""The time at which everything is compiled: names that carry it get a digest instead (``targets.content.settled``)."""

_FUNCTION = "AWS::Lambda::Function"
CODE_BYTES_MAX = 262_144_000
"""What Lambda takes of a function's code, unzipped."""


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
    stack_policy: tuple[Mapping[str, Any], ...] = ()
    object_settings: Mapping[str, str] = field(default_factory=dict)
    earlier_artefacts: int = 0
    places: Mapping[str, str] = field(default_factory=dict)
    """Where resources are written, by logical id."""
    local: Local | None = None
    """How it is served on this machine; None for AWS."""
    unsupported: Mapping[str, str] = field(default_factory=dict)
    """Functions of which the front end knows that they cannot run here, by logical id, each with the reason."""
    warnings: tuple[Warning, ...] = ()
    sources: tuple[Path, ...] = ()
    survey: "Survey | None" = None
    """What was found in the file; None for a CloudFormation template, which says it by itself."""

    @cached_property
    def function_names(self) -> frozenset[str]:
        """The names that the template gives to functions."""
        functions = (one for one in self.template.get("Resources", {}).values() if one.get("Type") == _FUNCTION)
        names = (one.get("Properties", {}).get("FunctionName") for one in functions)
        return frozenset(name for name in names if isinstance(name, str))

    @cached_property
    def without_effect(self) -> Mapping[str, str]:
        """The resources that can have no effect on this machine, by logical id, with their types."""
        from stratolite.services.cloudformation.stand_ins import without_effect

        return without_effect(self.template.get("Resources", {}))

    @property
    def runtimes(self) -> frozenset[str]:
        """The runtimes of its functions."""
        functions = (one for one in self.template.get("Resources", {}).values() if one.get("Type") == _FUNCTION)
        names = (one.get("Properties", {}).get("Runtime") for one in functions)
        return frozenset(name for name in names if isinstance(name, str))

    def plan(self) -> Plan:
        """The steps that deploy it."""
        steps: list[Step] = [*self.stand_ins]
        if self.core_template is not None and self.bucket is None:
            steps.append(MakeBucket(self.core_template))
        if self.stack_policy:
            steps.append(SetPolicy(self.stack_policy))
        steps += [*self.uploads, Apply(self.template, self.settings)]
        if self.api_stage is not None:
            steps.append(self.api_stage)
        if self.uploads:
            kept = frozenset(upload.key for upload in self.uploads)
            steps.append(Prune(artefact_prefix(self.uploads[0].artefact), kept, self.earlier_artefacts))
        if self.local is not None:
            steps += _afterwards(self.local)
        return Plan(self.stack_name, tuple(steps), self.bucket)


def load(
    path: Path,
    choices: Choices,
    *,
    stand_ins: bool = True,
    strict: bool = False,
    ask: "Ask | None" = None,
    account: str | None = None,
    steps: Steps | None = None,
) -> Application:
    """Compile and package. Raises UserError with file, line and column, and what ``ask`` raises.

    ``account``: the one of AWS that is deployed to; None for a local cloud. ``strict``: whether values that are not
    there, and what the rest can do without, are errors for a local cloud too. ``steps`` hear of what takes a while.
    """
    from stratolite.templates import front_end

    file = find(path)
    kind = front_end(file)
    if kind == "serverless":
        if account is not None:
            return _on_aws(file, choices, ask, account)
        return _spared(_serverless(file, choices, stand_ins, strict, ask, steps), strict)
    from stratolite.cli.template import loaded

    if kind == "sam" and account is not None:
        todo = "SAM's own tools do: 'sam build' and 'sam deploy', for AWS and for the local cloud."
        raise UserError("templates of SAM are run here, and not deployed", where=str(file), todo=todo)
    is_local = account is None
    application = loaded(file, choices, steps, stand_ins=stand_ins, strict=strict, ask=ask, is_local=is_local)
    if application.uploads and account is not None:
        todo = "'aws cloudformation package' and 'aws cloudformation deploy' do, for AWS and for the local cloud."
        raise UserError("code beside a template is run here, and not deployed", where=str(file), todo=todo)
    return _spared(application, strict or account is not None)


def compiled_for(
    file: Path,
    choices: Choices,
    clock: Clock,
    ask: "Ask | None" = None,
    account: str = ACCOUNT_DEFAULT,
    *,
    is_lenient: bool = False,
    steps: Steps | None = None,
) -> "Compiled":
    """A serverless file, compiled as if at the time that a clock tells. Raises UserError."""
    from stratolite.templates.serverless import compile_service

    options = _options(choices, clock, ask, account)
    tell = terminal.note if steps is None else steps.tell
    runner = choices.runner.through(tell, steps.show) if choices.runner is not None and steps is not None else None
    options = replace(options, is_lenient=is_lenient, tell=tell, runner=runner)
    return compile_service(file, options if steps is None else replace(options, found=partial(_greet, steps)))


def _greet(steps: Steps, resolved: "Resolved") -> None:
    """Say what was found, before minutes of installation."""
    from stratolite.cli.greeting import show_found
    from stratolite.templates.serverless.survey import survey

    service = str(resolved.document["service"])
    found = survey(resolved.document)
    steps.greet(lambda: show_found(service, resolved.stage, resolved.region, resolved.file, found))


def diagnosed(file: Path, choices: Choices, *, is_lenient: bool = True) -> "Diagnosis":
    """What is found and what is wrong in a serverless file, as ``up`` would find it; nothing is built or installed."""
    from stratolite.templates.serverless.diagnosis import diagnose

    options = _options(choices, MovableClock(STAMP_MS), None, ACCOUNT_DEFAULT)
    return diagnose(file, replace(options, is_lenient=is_lenient))


def all_mistakes(path: Path, choices: Choices, first: UserError, *, is_lenient: bool) -> UserError:
    """What to tell of an application that cannot be loaded: its ``first`` mistake, and all others with it.

    Words that may be misspelt are told as warnings before: the mistakes may well follow from them.
    """
    try:
        diagnosis = diagnosed(find(path), choices, is_lenient=is_lenient)
    except UserError:
        return first
    errors = [one.error for one in diagnosis.mistakes]
    if diagnosis.resolved is not None:
        terminal.warn_all([one for one in diagnosis.resolved.warnings if one.kind is Kind.MISTAKE and one.todo])
    # What only an installation or a build finds is no mistake of the file's, and is told by itself.
    if len(errors) < 2 or first.what not in [one.what for one in errors]:
        return first
    return Mistakes(f"{len(errors)} mistakes", errors)


def setting_of(file: Path, choices: Choices, keys: list[str]) -> Any:
    """One setting of a serverless file, before the rest of it can be resolved; None where that cannot be told."""
    from stratolite.templates.serverless.variables.resolver import look_up

    return look_up(file, _options(choices, MovableClock(STAMP_MS), None, ACCOUNT_DEFAULT), keys)


def _options(choices: Choices, clock: Clock, ask: "Ask | None", account: str) -> "Options":
    from stratolite.templates.serverless import Options

    return Options(
        account=account,
        stage=choices.stage,
        region=choices.region,
        params=dict(choices.params),
        extra=dict(choices.options),
        ignore_plugins=choices.ignore_plugins,
        skips_unsupported=choices.skips_unsupported,
        workshop=choices.workshop,
        cache=cache(),
        installs=choices.installs,
        env=dict(os.environ),
        clock=clock,
        ask=ask,
    )


def _serverless(
    file: Path, choices: Choices, stand_ins: bool, strict: bool, ask: "Ask | None", steps: Steps | None
) -> Application:
    compiled = compiled_for(file, choices, MovableClock(STAMP_MS), ask, is_lenient=not strict, steps=steps)
    if compiled.externals and not stand_ins:
        named = ", ".join(one.arn for one in compiled.externals)
        raise UserError(
            f"the file names what it does not make: {named}",
            where=str(file),
            todo="Leave out --no-stand-ins to run with empty stand-ins.",
        )
    if strict:
        refuse_events(compiled.unmade_events)
        refuse_lacks((*compiled.warnings, *compiled.local_warnings))
    kept = {name: one for name, one in compiled.template["Resources"].items() if name not in compiled.aws_only}
    template = {**compiled.template, "Resources": kept}
    return replace(
        _compiled(file, compiled, template, compiled.artefacts),
        stand_ins=_stand_ins(compiled),
        unsupported=compiled.unsupported,
        local=compiled.local,
        warnings=(*compiled.warnings, *compiled.local_warnings, *_left_out(compiled)),
    )


def _spared(application: Application, strict: bool) -> Application:
    """Without properties that have no effect on this machine, and with a word on what is too large for AWS."""
    from stratolite.services.cloudformation.idle import spared

    if strict:
        return application
    template, told = spared(application.template)
    warnings = [Warning(what, kind=Kind.NO_EFFECT, about="resources") for what in told]
    warnings += [
        _too_large(one.artefact) for one in application.uploads if one.artefact.unzipped_bytes() > CODE_BYTES_MAX
    ]
    return replace(application, template=template, warnings=(*application.warnings, *warnings))


def _too_large(artefact: Artefact) -> Warning:
    megabytes = artefact.unzipped_bytes() // 1_000_000
    what = (
        f"{artefact.name} has {megabytes} MB unzipped, and Lambda takes {CODE_BYTES_MAX // 2**20} MiB: it runs here, "
        "and its deployment to AWS would fail (leave files out by package.patterns, or bundle the code)"
    )
    return Warning(what, kind=Kind.REFUSED_BY_AWS, about="functions")


def _on_aws(file: Path, choices: Choices, ask: "Ask | None", account: str) -> Application:
    """For an account of AWS. Raises UserError for plugins whose work there nobody does, unless they are let go."""
    from stratolite.templates.serverless.plugins import lacks

    compiled = compiled_for(file, choices, MovableClock(STAMP_MS), ask, account)
    for name, where in compiled.undone.items():
        if not {name, "*"} & set(choices.ignore_plugins):
            raise UserError(
                f"the plugin {name} is not run, and on AWS its work would lack"
                + (f": {lacks(name)}" if lacks(name) else ""),
                where=where,
                todo="Deploy without it by --allow-unknown-plugins, or with 'serverless deploy'.",
            )
    deployment = compiled.deployment
    settings = _settings(deployment)
    if deployment.rollback_configuration:
        settings["RollbackConfiguration"] = dict(deployment.rollback_configuration)
    template = deepcopy(compiled.template)
    for name, runtime in compiled.aws_runtimes.items():
        template["Resources"][name]["Properties"]["Runtime"] = runtime
    for resource in template["Resources"].values():
        # What is to be done with every deployment is done at another time each time.
        if resource.get("Properties", {}).get("ForceDeploy") == STAMP_MS:
            resource["Properties"]["ForceDeploy"] = RealClock().now_ms()
    return replace(
        _compiled(file, compiled, template, (*compiled.artefacts, *compiled.aws_artefacts)),
        settings=settings,
        stack_policy=deployment.stack_policy,
        object_settings=deployment.object_settings,
        earlier_artefacts=deployment.earlier_artefacts,
        warnings=compiled.warnings,
    )


def _compiled(
    file: Path, compiled: "Compiled", template: Mapping[str, Any], artefacts: Iterable[Artefact]
) -> Application:
    # What is equal is uploaded once, under the name of the first: functions that are packaged by themselves are, often.
    distinct: dict[bytes, Upload] = {}
    keys = {one.key: distinct.setdefault(one.digest(), Upload(one, artefact_key(one))).key for one in artefacts}
    uploads = tuple(distinct.values())
    return Application(
        file=file,
        service=compiled.service,
        stage=compiled.stage,
        region=compiled.region,
        stack_name=compiled.stack_name,
        template=settled(template, str(STAMP_MS), keys),
        core_template=compiled.core_template,
        bucket=compiled.deployment.bucket,
        uploads=uploads,
        api_stage=_api_stage(compiled.deployment),
        settings=_settings(compiled.deployment),
        places=compiled.places,
        survey=compiled.survey,
        sources=tuple(dict.fromkeys((file, *compiled.sources, *compiled.local.sources))),
    )


def _afterwards(local: Local) -> list[Step]:
    """What plugins do once the stack stands."""
    # Also without any: those of an earlier edit go.
    steps: list[Step] = [MapDomains(local.domains)]
    if local.seeds:
        steps.append(PutSeeds(local.seeds))
    return [*steps, *(SyncFolder(folder) for folder in local.folders)]


def _stand_ins(compiled: "Compiled") -> tuple[MakeStandIn, ...]:
    functions = [one for one in compiled.template["Resources"].values() if one.get("Type") == _FUNCTION]
    timeouts_s = [int(one["Properties"].get("Timeout", 0)) for one in functions]
    return tuple(MakeStandIn(one.service, one.arn, max(timeouts_s, default=0)) for one in compiled.externals)


def _left_out(compiled: "Compiled") -> list[Warning]:
    found: dict[str, list[str]] = {}
    for name, reason in compiled.aws_only.items():
        found.setdefault(reason, []).append(name)
    told = [f"left out: {', '.join(names)} ({reason})" for reason, names in found.items()]
    return [Warning(what, kind=Kind.NO_EFFECT, about="resources") for what in told]


def _api_stage(deployment: "Deployment") -> ConfigureStage | None:
    settings = deployment.stage_settings
    if not settings:
        return None
    return ConfigureStage(settings["stageName"], tuple(settings["patchOperations"]), settings["tags"])


def _settings(deployment: "Deployment") -> dict[str, Any]:
    """What a deployment asks of the stack beside its template, as members of CreateStack and UpdateStack.

    Stack policies and rollback triggers are left out: nothing local has them, and the compiler has said so.
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
    if deployment.unusable_role is not None:
        what, where = deployment.unusable_role
        todo = "The role is used before there is a stack that could resolve an intrinsic function."
        raise UserError(f"{what} has to be an ARN", where=where, todo=todo)
    if deployment.role_arn:
        settings["RoleARN"] = deployment.role_arn
    return settings
