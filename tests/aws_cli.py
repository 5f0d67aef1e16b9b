"""The AWS CLI, unchanged, against a cloud on this machine."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ACCOUNT, REGION, RunningCloud


class AwsCli:
    """The command in a folder. ``service``: its first word, unless each call names one."""

    def __init__(self, cloud: RunningCloud, folder: Path, service: str = "") -> None:
        self.folder = folder
        self._words = [str(Path(sys.executable).parent / "aws"), *([service] if service else [])]
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        }

    def __call__(self, *words: str, sent: bytes = b"", fails: bool = False) -> str:
        """Run a command; what it prints, errors too."""
        done = subprocess.run(
            [*self._words, *words],
            cwd=self.folder,
            env=self._environment,
            input=sent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        said = done.stdout.decode()
        assert bool(done.returncode) is fails, said
        return said
