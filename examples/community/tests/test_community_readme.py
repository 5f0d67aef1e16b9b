"""What the README shows is what is there."""

import re

import pytest
from driving import APPLICATION

TEXT = (APPLICATION / "README.md").read_text()
EXCERPTS = re.findall(r"^\[`([^`]+)`\]\(\1\)\n\n```\w+\n(.*?)```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("file", "excerpt"), EXCERPTS, ids=[f"{file}-{place}" for place, (file, _) in enumerate(EXCERPTS)]
)
def test_an_excerpt_is_in_its_file(file, excerpt):
    assert excerpt in (APPLICATION / file).read_text()


def test_every_block_is_an_excerpt():
    assert len(EXCERPTS) == TEXT.count("\n```") // 2


def test_every_file_that_is_named_is_there():
    names = re.findall(r"`([\w./-]+(?:\.py|\.yml|/))`", TEXT) + re.findall(r"\]\(([\w./-]+)\)", TEXT)
    # Who has no CI of GitHub has no workflow.
    assert not [name for name in names if not (APPLICATION / name).exists() and not name.startswith(".github")]
