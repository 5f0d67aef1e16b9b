"""Front ends: what a file says becomes one CloudFormation template, and what has to be uploaded with it.

``serverless`` compiles ``serverless.yml``, ``cloudformation`` reads plain templates; ``document`` reads YAML and JSON
with positions, ``artefacts`` makes zips. Nothing is deployed here, and importing this package imports none of them.
"""

from pathlib import Path
from typing import Literal

FrontEnd = Literal["serverless", "sam", "cloudformation"]

SERVERLESS_STEMS = ("serverless", "serverless-compose")


def front_end(file: Path) -> FrontEnd:
    """Which front end reads a file: by its name where that says so, else by what stands in it.

    Raises UserError where the file cannot be read.
    """
    raise NotImplementedError
