"""Values that a repository keeps as an example: ``secrets.example.yml`` beside a ``secrets.yml`` that git ignores.

Names are compared word by word: ``env.yml.example``, ``.env.sample``, ``example.env`` and ``config-dist.json`` are
samples of ``env.yml``, ``.env`` and ``config.json``; of ``config.dev.json`` as well, where the stage is ``dev``.
"""

import re
from pathlib import Path

from stratolite.templates.document import decoded, read_bytes
from stratolite.templates.serverless.variables.dotenv import parse

WORDS = frozenset({"example", "examples", "sample", "template", "tmpl", "tpl", "dist", "default", "defaults"})
ENTRIES_MAX = 10_000
ENVIRONMENT = ".env"


def sample_of(file: Path, stage: str) -> Path | None:
    """The sample of a file that does not exist; None where there is none."""
    wanted = words(file.name)
    without_stage = [word for word in wanted if word != stage.lower()]
    found = [each for each in _beside(file) if set(words(each.name)) & WORDS]
    for same in (wanted, without_stage):
        for each in found:
            if [word for word in words(each.name) if word not in WORDS] == same:
                return each
    return None


def environment_of(folder: Path, stage: str) -> tuple[dict[str, str], Path] | None:
    """What a folder's ``.env.<stage>``, ``.env`` or a sample of them says, whoever should read it; None without one."""
    own = (folder / f"{ENVIRONMENT}.{stage}", folder / ENVIRONMENT)
    file = next((each for each in own if each.is_file()), None) or sample_of(folder / ENVIRONMENT, stage)
    return None if file is None else (parse(decoded(read_bytes(file), str(file))), file)


def _beside(file: Path) -> list[Path]:
    if not file.parent.is_dir():
        return []
    entries = sorted(file.parent.iterdir())[:ENTRIES_MAX]
    return [each for each in entries if each.is_file()]


def words(name: str) -> list[str]:
    """The words of a file's name, by which a sample is known."""
    return [word for word in re.split(r"[._-]+", name.lower()) if word]
