"""Which package it is that does not install, by what pip said: outputs of several versions of it, shortened."""

import pytest

from stratolite.templates.dependencies.pins import gave_up, loosened

LINES = ["numpy==1.16.4", "pandas[all]==0.24.2 ; python_version > '3'", "requests>=2", "six"]
OLD = """\
Collecting numpy==1.16.4 (from -r requirements.txt (line 1))
  ERROR: Command errored out with exit status 1:
     cwd: /tmp/pip-install-x2l4/numpy/
ERROR: Command errored out with exit status 1: python setup.py egg_info Check the logs for full command output.
"""
METADATA = """\
  error: subprocess-exited-with-error
  × Preparing metadata (pyproject.toml) did not run successfully.
  ╰─> See above for output.
error: metadata-generation-failed
× Encountered error while generating package metadata.
╰─> numpy
note: This is an issue with the package mentioned above, not pip.
"""
WHEEL = """\
  ERROR: Failed building wheel for numpy
Failed to build numpy
ERROR: Could not build wheels for numpy, which is required to install pyproject.toml-based projects
"""
LATEST = """\
error: failed-wheel-build-for-install
× Failed to build installable wheels for some pyproject.toml based projects
╰─> numpy
"""
NONE = """\
ERROR: Could not find a version that satisfies the requirement numpy==1.16.4 (from versions: 1.26.4, 2.0.0)
ERROR: No matching distribution found for numpy==1.16.4
"""
CONFLICT = """\
ERROR: Cannot install -r x.txt (line 2) and numpy==1.16.4 because these package versions have conflicting dependencies.
The conflict is caused by:
    The user requested numpy==1.16.4
    pandas 0.24.2 depends on numpy>=1.20
"""
BY_PATH = """\
      File "/tmp/pip-install-62n7tzil/numpy_66760b9090c645b1a11596627ee5cbcf/setup.py", line 6, in <module>
        from setuptools import setup, Extension, Feature
error: metadata-generation-failed
╰─> See above for output.
"""
NAMELESS = "Collecting six\nCollecting numpy==1.16.4\n    error: subprocess-exited-with-error\n"


@pytest.mark.parametrize("said", [OLD, METADATA, WHEEL, LATEST, NONE, BY_PATH, NAMELESS])
def test_the_one_that_failed_is_let_go_of_its_version(said: str) -> None:
    found = loosened(LINES, said)
    assert found == (["numpy>=1.16.4,<2", *LINES[1:]], ["numpy==1.16.4"])


def test_those_that_contradict_each_other_are_both_let_go() -> None:
    found = loosened(LINES, CONFLICT)
    assert found is not None
    assert found[0][:2] == ["numpy>=1.16.4,<2", "pandas[all]>=0.24.2,<1 ; python_version > '3'"]
    assert found[1] == ["numpy==1.16.4", "pandas[all]==0.24.2"]


def test_where_no_later_one_installs_any_will_do() -> None:
    assert loosened(["numpy>=1.16.4,<2", "six"], NONE) == (["numpy", "six"], ["numpy>=1.16.4,<2"])


def test_hashes_go_together() -> None:
    found = loosened(["numpy==1.16.4 --hash=sha256:00", "six==1.0 --hash=sha256:01"], NONE)
    assert found == (["numpy>=1.16.4,<2", "six==1.0"], ["numpy==1.16.4"])


@pytest.mark.parametrize("said", ["Temporary failure in name resolution", NONE.replace("numpy", "other")])
def test_where_no_version_of_ours_is_to_blame_nothing_changes(said: str) -> None:
    assert loosened(LINES, said) is None
    assert loosened(["numpy"], NONE) is None


@pytest.mark.parametrize(
    "last",
    [
        "  Building wheel for numpy (setup.py): started",
        "    Running setup.py install for numpy: started",
        "   Building numpy==1.16.4",
        "  Preparing metadata (setup.py): started",
    ],
)
def test_a_build_that_nobody_waits_for_is_one_that_failed(last: str) -> None:
    said = gave_up(["Collecting six", "Collecting numpy==1.16.4", last])
    assert loosened(LINES, said) == (["numpy>=1.16.4,<2", *LINES[1:]], ["numpy==1.16.4"])
