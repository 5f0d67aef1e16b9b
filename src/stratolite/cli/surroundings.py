"""What stands in a folder that holds no application: services further down, and projects of other tools.

Folders are looked into to a depth of LEVELS_MAX, and no more than FOLDERS_MAX of them: a command that fails must be
quick in a home folder too.
"""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

LEVELS_MAX = 4
FOLDERS_MAX = 2_000
IGNORED = frozenset({"node_modules", "venv", "dist", "build", "vendor", "target", "__pycache__", "cdk.out"})
SERVICE_NAMES = ("serverless.yml", "serverless.yaml", "serverless.json", "serverless.ts", "serverless.js")
OTHERS = {
    "cdk.json": "an application of the AWS CDK",
    "sst.config.ts": "an application of SST",
    "sst.json": "an application of SST",
    "amplify": "a backend of Amplify",
    "Pulumi.yaml": "a project of Pulumi",
    ".chalice": "an application of Chalice",
    "app.arc": "an application of Architect",
    "zappa_settings.json": "an application of Zappa",
    "wrangler.toml": "a project of Cloudflare Workers",
    "netlify.toml": "a project of Netlify",
    "*.tf": "a configuration of Terraform",
    "terraform": "a configuration of Terraform",
}
"""What other tools have in their folders, and what it is."""


def services_below(folder: Path) -> list[Path]:
    """What ``stratolite up`` takes: folders with a service below a folder, and services of other names in it."""
    own = sorted(
        file
        for pattern in ("serverless?*.yml", "serverless?*.yaml", "*?serverless.yml", "*?serverless.yaml")
        for file in folder.glob(pattern)
        if file.name not in SERVICE_NAMES and not file.name.startswith("serverless-compose.")
    )
    return own + sorted(
        place
        for place in _folders(folder)
        if place != folder and any((place / name).is_file() for name in SERVICE_NAMES)
    )


def others(folder: Path) -> list[str]:
    """What a folder holds of other tools: ``an application of the AWS CDK (cdk.json)``."""
    found = {}
    for pattern, what in OTHERS.items():
        first = next(iter(sorted(folder.glob(pattern))), None) if what not in found else None
        if first is not None:
            found[what] = first.name
    return [f"{what} ({name})" for what, name in found.items()]


def _folders(folder: Path) -> Iterator[Path]:
    """A folder and those below it, level by level."""
    waiting = deque([(folder, 0)])
    for _ in range(FOLDERS_MAX):
        if not waiting:
            return
        here, level = waiting.popleft()
        yield here
        if level < LEVELS_MAX:
            try:
                below = [one for one in here.iterdir() if one.is_dir() and not one.is_symlink()]
            except OSError:
                continue
            waiting.extend((one, level + 1) for one in below if one.name[0] != "." and one.name not in IGNORED)
