"""serverless-stage-manager: a service is deployed to the stages that it names, and to no others.

Source: https://github.com/jeremydaly/serverless-stage-manager (1.0.5).
"""

from stratolite.core.errors import UserError
from stratolite.templates.document import List
from stratolite.templates.serverless.plugins.configuration import Configuration

STAGE_MANAGER = "serverless-stage-manager"


def check_stage(configuration: Configuration) -> None:
    """Raises UserError for a stage that is not in ``custom.stages``."""
    stages = configuration.custom("stages")
    where = str(configuration.custom_mark("stages"))
    if not isinstance(stages, List):
        what = f"{STAGE_MANAGER} needs the stages that there are"
        raise UserError(what, where=where, todo="Write 'custom: {stages: [dev, prod]}'.")
    if configuration.stage not in stages:
        known = ", ".join(str(each) for each in stages) or "none"
        raise UserError(
            f"{configuration.stage!r} is not a valid deployment stage",
            where=where,
            todo=f'Add it to "custom.stages", or choose one with --stage: {known}.',
        )
