"""What starting loads: the surfaces of services, and no service before its first use."""

import subprocess
import sys

PROGRAM = """
import asyncio, sys
from stratolite.server.app import Cloud
from stratolite.server.config import Config
from pathlib import Path
async def main():
    cloud = Cloud(Config(data=Path(sys.argv[1]), port=0, app_port=0))
    await cloud.start()
    cloud.registry.surfaces()
    names = [name for name in sys.modules if name.startswith("stratolite.services.")]
    await cloud.close()
    print(*sorted(names))
asyncio.run(main())
"""


def test_starting_loads_no_service(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, f"{tmp_path}/data"], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "stratolite.services.sns.surface" in loaded
    stores = sorted(name for name in loaded if name.endswith((".store", ".domain", ".api", ".rules")))
    assert not stores, f"imported before any request: {', '.join(stores)}"
