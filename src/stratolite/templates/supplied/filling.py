"""Fetches what AWS's runtimes bring, once for all applications of a user.

Version 2 is one package; of version 3 there are 400, of which those are fetched that a local cloud can answer, and
whatever else an application names. A folder with more packages takes the place of one with fewer; the earlier one stays
for those who still run on it, and goes with the next.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stratolite.engine import node_sdk
from stratolite.engine.node_sdk import place
from stratolite.templates.dependencies.runner import Runner
from stratolite.templates.supplied.fetching import alone, fetch
from stratolite.templates.supplied.needs import PACKAGE_2

NAMES = {node_sdk.VERSION_2: "aws-sdk", node_sdk.VERSION_3: "@aws-sdk/*"}
"""What people call them."""
ABOUT_MB = {node_sdk.VERSION_2: 100, node_sdk.VERSION_3: 55}
"""What each takes on disk, to be told before."""
KEPT = 2
"""How many folders of version 3 stay."""
UNRUN = "--ignore-scripts"
# Version 2 alone, without what it needs beside it: on AWS nobody finds that either.
NESTED = "--install-strategy=nested"
CLIENTS = (
    "api-gateway",
    "apigatewaymanagementapi",
    "apigatewayv2",
    "cloudformation",
    "cloudwatch",
    "cloudwatch-logs",
    "cognito-identity-provider",
    "dynamodb",
    "dynamodb-streams",
    "elasticache",
    "eventbridge",
    "firehose",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "s3",
    "scheduler",
    "secrets-manager",
    "ses",
    "sesv2",
    "sfn",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
LIBRARIES = (
    "credential-providers",
    "lib-dynamodb",
    "lib-storage",
    "s3-presigned-post",
    "s3-request-presigner",
    "util-dynamodb",
)
VERSION_3 = frozenset((*(f"@aws-sdk/client-{name}" for name in CLIENTS), *(f"@aws-sdk/{name}" for name in LIBRARIES)))
"""The packages of version 3 that are fetched in any case."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A folder that was filled: ``v2``, where, what it takes, how long it took."""

    version: str
    folder: Path
    size_bytes: int
    took_s: float


def missing(cache: Path, packages: Iterable[str]) -> dict[str, frozenset[str]]:
    """Which of these packages are not in the cache, by the version of the SDK that they are of."""
    lacking: dict[str, set[str]] = {}
    for package in packages:
        version = node_sdk.VERSION_2 if package == PACKAGE_2 else node_sdk.VERSION_3
        folder = node_sdk.found(cache, version)
        if folder is None or not (folder / package).is_dir():
            lacking.setdefault(version, set()).add(package)
    return {version: frozenset(names) for version, names in lacking.items()}


def fill(cache: Path, version: str, packages: frozenset[str], runner: Runner) -> Filled:
    """Fetch packages of an SDK, with all that were there before. Raises UserError with what npm says."""
    with alone(place(cache)):
        folder = node_sdk.found(cache, version)
        # Somebody else may have fetched it while this process waited.
        if folder is not None and all((folder / package).is_dir() for package in packages):
            return Filled(version, folder.parent, size_bytes(folder), 0)
        wanted = _wanted(version, packages, folder)
        digest = hashlib.sha256("\n".join(sorted(wanted)).encode()).hexdigest()[:12]
        target = place(cache) / (version if version == node_sdk.VERSION_2 else f"{version}-{digest}")
        flags = (UNRUN, NESTED) if version == node_sdk.VERSION_2 else (UNRUN,)
        ran = fetch(target, wanted, runner, NAMES[version], flags)
        _remove_earlier(place(cache), version)
        return Filled(version, target, size_bytes(target), ran.took_s)


def _wanted(version: str, packages: frozenset[str], folder: Path | None) -> dict[str, str]:
    """What is asked of npm: names and ranges."""
    if version == node_sdk.VERSION_2:
        return {PACKAGE_2: "2"}
    before: dict[str, str] = {}
    if folder is not None:
        before = json.loads((folder.parent / "package.json").read_text())["dependencies"]
    names = sorted({*VERSION_3, *packages, *before})
    return {name: "3" if name.startswith("@aws-sdk/") else "*" for name in names}


def _remove_earlier(root: Path, version: str) -> None:
    folders = sorted(root.glob(f"{version}*"), key=lambda one: one.stat().st_mtime_ns, reverse=True)
    for folder in folders[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


def size_bytes(folder: Path) -> int:
    """What the files of a folder take."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())
