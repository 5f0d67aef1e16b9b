"""The SDKs for JavaScript that AWS's runtimes supply: where they lie on this machine, and who finds which.

Runtimes up to nodejs16.x bring ``aws-sdk``, version 2, later ones ``@aws-sdk/*``, version 3. Functions find the one of
their runtime at /var/runtime/node_modules, after their own packages and those of their layers; then the other one as
well: what lacks on AWS is told before (``templates/supplied``), and runs. Nothing is installed here: others fill the
folders, each as a whole by one rename. Costs two looks at a folder for an environment.

    <cache>/node-sdk/v2/node_modules/aws-sdk
    <cache>/node-sdk/v3-<digest>/node_modules/@aws-sdk/*      the newest of its kind, which has most packages
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included
"""

import re
from pathlib import Path

VERSION_2_MAJOR_MAX = 16
"""The last major version of Node.js whose runtime has version 2."""
VERSION_2 = "v2"
VERSION_3 = "v3"


def place(cache: Path) -> Path:
    """The folder of all that is supplied."""
    return cache / "node-sdk"


def version_of(runtime: str) -> str:
    """Which SDK a runtime of Node.js brings."""
    match = re.match(r"nodejs(\d+)", runtime)
    major = int(match[1]) if match else 0  # The first had no number.
    return VERSION_2 if major <= VERSION_2_MAJOR_MAX else VERSION_3


def found(cache: Path | None, version: str) -> Path | None:
    """The ``node_modules`` of an SDK; None where it is not on this machine."""
    if cache is None:
        return None
    folders = [one for one in place(cache).glob(f"{version}*") if one.is_dir()]
    newest = max(folders, key=lambda one: one.stat().st_mtime_ns, default=None)
    return newest / "node_modules" if newest is not None else None


def supplied(cache: Path | None, runtime: str) -> tuple[Path, ...]:
    """The ``node_modules`` that a function of a runtime finds, that of its runtime first."""
    if cache is None:
        return ()
    own = version_of(runtime)
    other = VERSION_3 if own == VERSION_2 else VERSION_2
    return tuple(folder for version in (own, other) if (folder := found(cache, version)) is not None)
