"""Every service package has one shape, and generated files are what the generator writes."""

import subprocess
import sys
from pathlib import Path

import pytest

from stratolite.services import SERVICES

ROOT = Path(__file__).parent.parent.parent
SERVICES_PATH = ROOT / "src" / "stratolite" / "services"
REQUIRED = {"__init__.py", "api.py", "operations", "rules.py"}
TOGETHER = {"store.py", "schema.sql"}
"""A service that keeps nothing of its own (the streams API) has neither."""


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_has_the_shape(service: object) -> None:
    folder = SERVICES_PATH / service.name  # type: ignore[attr-defined]
    missing = {name for name in REQUIRED if not (folder / name).exists()}
    assert not missing, f"{folder.name} lacks {', '.join(sorted(missing))}"
    kept = {name for name in TOGETHER if (folder / name).exists()}
    assert kept in (set(), TOGETHER), f"{folder.name} has {', '.join(kept)} alone"


def test_generated_files_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stratolite.protocol.generate", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_layers_hold_for_services() -> None:
    """Services never import each other: they meet through core/ports/."""
    names = {service.name for service in SERVICES}
    found = []
    for name in names:
        for path in (SERVICES_PATH / name).rglob("*.py"):
            text = path.read_text()
            found += [
                f"{path.relative_to(ROOT)} imports {other}"
                for other in names - {name}
                if f"stratolite.services.{other} " in text or f"stratolite.services.{other}." in text
            ]
    assert not found, "; ".join(found)
