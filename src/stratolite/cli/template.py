"""A template of SAM or CloudFormation as an application: its code packaged, its transforms applied."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratolite.cli.application import Application
from stratolite.cli.options import Choices
from stratolite.cli.skipping import refuse_lacks
from stratolite.cli.steps import Steps
from stratolite.core.arn import partition_of
from stratolite.core.call import ACCOUNT_DEFAULT
from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, Warning
from stratolite.server.config import cache
from stratolite.server.config import region as default_region
from stratolite.targets.content import own_bucket
from stratolite.targets.plan import MakeStandIn, Upload

if TYPE_CHECKING:
    from stratolite.templates.sam import Wanted
    from stratolite.templates.serverless.model import Ask

_LAYER = re.compile(r"arn:[^:*?]+:lambda:[^:*?]+:\d{12}:layer:[^:]+:\d+")
_VARIABLE = re.compile(r"\$\{(AWS::\w+)\}")
_NO_NAME = re.compile(r"[^A-Za-z0-9-]+")
NAME_LENGTH_MAX = 100


def loaded(
    file: Path,
    choices: Choices,
    steps: Steps | None = None,
    *,
    stand_ins: bool = True,
    strict: bool = False,
    ask: "Ask | None" = None,
    is_local: bool = True,
) -> Application:
    """A template as an application. Raises UserError, and what ``ask`` raises.

    ``stand_ins``: whether layers of others may be stood in for. ``strict``: whether what lacks is refused.
    ``ask``: for what other stacks export. ``is_local``: whether it goes to a local cloud.
    """
    from stratolite.templates import front_end
    from stratolite.templates.cloudformation import read
    from stratolite.templates.sam import Wanted, package
    from stratolite.templates.sam.code import Building
    from stratolite.templates.sam.configuration import NAME, overrides
    from stratolite.templates.serverless.imports import stood_in

    service, stage = file.parent.resolve().name, choices.stage or "dev"
    region = choices.region or default_region()
    document = read(file)
    configured = overrides(file.parent, stage) if front_end(file) == "sam" else {}
    declared = document.get("Parameters") or {}
    params = {name: value for name, value in configured.items() if name in declared} | dict(choices.params)
    runner = choices.runner
    if runner is not None and steps is not None:
        runner = runner.through(steps.tell, steps.show)
    wanted = Wanted(
        parameters=params,
        region=region,
        account=ACCOUNT_DEFAULT,
        stack_name=stack_name(service, stage),
        bucket=own_bucket(ACCOUNT_DEFAULT, region),
        prefix=f"{service}/{stage}",
        building=Building(runner, choices.installs, cache()),
    )
    packaged = package(file, document, wanted, expands=front_end(file) == "sam")
    if strict:
        refuse_lacks(packaged.warnings)
    named = sorted(set(_layers(packaged.template, region)))
    if not strict:
        named += sorted(set(_stored(packaged.template, params, region)))
    absent = "" if strict or not is_local else stood_in(packaged.template, ask, _known(packaged.template, wanted))
    told = (Warning(absent, str(file), Kind.ABSENT, "variables"),) if absent else ()
    if named and not stand_ins:
        todo = "Leave out --no-stand-ins to run with empty stand-ins."
        raise UserError(f"the file names what it does not make: {', '.join(named)}", where=str(file), todo=todo)
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in params.items()]
    return Application(
        file=file,
        service=service,
        stage=stage,
        region=region,
        stack_name=wanted.stack_name,
        template=packaged.template,
        stand_ins=tuple(MakeStandIn(arn.split(":")[2], arn) for arn in named),
        uploads=tuple(Upload(one, one.key) for one in packaged.artefacts),
        places={key: str(mark) for key, mark in document["Resources"].marks.items()},
        settings={"Parameters": parameters} if parameters else {},
        warnings=(*packaged.warnings, *told),
        sources=tuple(dict.fromkeys((file, file.parent / NAME, *packaged.sources))),
    )


def _known(template: Mapping[str, Any], wanted: "Wanted") -> dict[str, str]:
    """The values of parameters and pseudo parameters that are known before there is a stack."""
    declared = template.get("Parameters") or {}
    defaults = {name: one.get("Default") for name, one in declared.items() if isinstance(one, dict)}
    return {name: str(value) for name, value in (defaults | dict(wanted.parameters)).items() if value is not None} | {
        "AWS::Partition": partition_of(wanted.region),
        "AWS::Region": wanted.region,
        "AWS::AccountId": wanted.account,
        "AWS::StackName": wanted.stack_name,
    }


def _layers(template: Mapping[str, Any], region: str) -> Iterator[str]:
    """The layers of others that functions have, by ARN."""
    known = {"AWS::Region": region, "AWS::Partition": partition_of(region), "AWS::AccountId": ACCOUNT_DEFAULT}
    for resource in template["Resources"].values():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        layers = properties.get("Layers") if isinstance(properties, dict) else None
        for one in layers if isinstance(layers, list) else ():
            text = one.get("Fn::Sub") if isinstance(one, dict) else one
            if isinstance(text, str):
                arn = _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)
                if _LAYER.fullmatch(arn):
                    yield arn


def _stored(template: Mapping[str, Any], given: Mapping[str, str], region: str) -> Iterator[str]:
    """The parameters of Parameter Store whose values are asked for, by ARN."""
    for key, declared in (template.get("Parameters") or {}).items():
        kind = str(declared.get("Type", "")) if isinstance(declared, dict) else ""
        name = given.get(key, declared.get("Default")) if kind.startswith("AWS::SSM::Parameter::Value") else None
        if isinstance(name, str) and name:
            yield f"arn:aws:ssm:{region}:{ACCOUNT_DEFAULT}:parameter/{name.removeprefix('/')}"


def stack_name(service: str, stage: str) -> str:
    """What a stack may be called: names of folders may have more in them."""
    name = _NO_NAME.sub("-", f"{service}-{stage}").strip("-")[:NAME_LENGTH_MAX]
    return name if name[:1].isalpha() else f"s-{name}"
