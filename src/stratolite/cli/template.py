"""A template of SAM or CloudFormation as an application: its code packaged, its transforms applied."""

import re
from pathlib import Path

from stratolite.cli.application import Application
from stratolite.cli.options import Choices
from stratolite.cli.steps import Steps
from stratolite.core.call import ACCOUNT_DEFAULT
from stratolite.server.config import cache
from stratolite.server.config import region as default_region
from stratolite.targets.content import own_bucket
from stratolite.targets.plan import Upload

_NO_NAME = re.compile(r"[^A-Za-z0-9-]+")
NAME_LENGTH_MAX = 100


def loaded(file: Path, choices: Choices, steps: Steps | None = None) -> Application:
    """A template as an application of a local cloud. Raises UserError."""
    from stratolite.templates import front_end
    from stratolite.templates.cloudformation import read
    from stratolite.templates.sam import Wanted, package
    from stratolite.templates.sam.code import Building

    service, stage = file.parent.resolve().name, choices.stage or "dev"
    region = choices.region or default_region()
    document = read(file)
    runner = choices.runner
    if runner is not None and steps is not None:
        runner = runner.through(steps.tell, steps.show)
    wanted = Wanted(
        parameters=choices.params,
        region=region,
        account=ACCOUNT_DEFAULT,
        stack_name=stack_name(service, stage),
        bucket=own_bucket(ACCOUNT_DEFAULT, region),
        prefix=f"{service}/{stage}",
        building=Building(runner, choices.installs, cache()),
    )
    packaged = package(file, document, wanted, expands=front_end(file) == "sam")
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in choices.params.items()]
    return Application(
        file=file,
        service=service,
        stage=stage,
        region=region,
        stack_name=wanted.stack_name,
        template=packaged.template,
        uploads=tuple(Upload(one, one.key) for one in packaged.artefacts),
        places={key: str(mark) for key, mark in document["Resources"].marks.items()},
        settings={"Parameters": parameters} if parameters else {},
        warnings=packaged.warnings,
        sources=tuple(dict.fromkeys((file, *packaged.sources))),
    )


def stack_name(service: str, stage: str) -> str:
    """What a stack may be called: names of folders may have more in them."""
    name = _NO_NAME.sub("-", f"{service}-{stage}").strip("-")[:NAME_LENGTH_MAX]
    return name if name[:1].isalpha() else f"s-{name}"
