"""The note that ``up`` and ``start`` leave in the data folder, by which other commands find the cloud."""

import json
from dataclasses import dataclass
from pathlib import Path

NOTE = "cloud.json"


@dataclass(frozen=True, slots=True)
class Note:
    """Where the cloud is. ``region``: the application's, or none."""

    endpoint: str
    app_endpoint: str
    region: str = ""

    def write(self, data: Path) -> None:
        """Leave the note in a data folder."""
        text = json.dumps({"endpoint": self.endpoint, "app_endpoint": self.app_endpoint, "region": self.region})
        _place(data).write_text(text)

    @staticmethod
    def read(data: Path) -> "Note | None":
        """The note in a data folder; None when no cloud has left one."""
        try:
            fields = json.loads(_place(data).read_text())
            return Note(fields["endpoint"], fields["app_endpoint"], fields.get("region", ""))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    @staticmethod
    def remove(data: Path) -> None:
        """Take the note away."""
        _place(data).unlink(missing_ok=True)


def _place(data: Path) -> Path:
    return data / "run" / NOTE
