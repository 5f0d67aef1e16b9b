"""Which commit of a stage has passed its smoke test last: python scripts/release.py last|keep STAGE [COMMIT]

Kept in Parameter Store, beside what it is true of. `last` prints nothing where there is none yet.
"""

import sys

from deployed import client, service


def name_of(stage: str) -> str:
    """The parameter's name."""
    return f"/{service()}/{stage}/release"


def last(stage: str) -> str:
    """The commit, or nothing."""
    ssm = client("ssm")
    try:
        return str(ssm.get_parameter(Name=name_of(stage))["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return ""


def keep(stage: str, commit: str) -> None:
    """From now on, this one is gone back to."""
    client("ssm").put_parameter(Name=name_of(stage), Value=commit, Type="String", Overwrite=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["last", stage]:
            print(last(stage))
        case ["keep", stage, commit]:
            keep(stage, commit)
        case _:
            sys.exit("usage: python scripts/release.py last STAGE | keep STAGE COMMIT")
