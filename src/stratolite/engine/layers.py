"""A function's layers as it sees them under /opt: one folder, in which a later layer covers the earlier ones.

Several layers are merged once, into a folder named by theirs, of hard links where the file system allows. Merging is
blocking work: call it in a thread.
Source: https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stratolite.engine.sandbox import remove

MERGING = ".merging-"


def merged_place(layers: Sequence[Path], root: Path) -> Path | None:
    """Where the merged layers are, or will be; None without any."""
    if len(layers) < 2:
        return layers[0] if layers else None
    names = "\n".join(str(layer) for layer in layers)
    return root / hashlib.sha256(names.encode()).hexdigest()[:32]


def merge(layers: Sequence[Path], place: Path) -> None:
    """Make ``place``, whole or not at all. Raises OSError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=MERGING, dir=place.parent))
    try:
        for layer in layers:
            _cover(folder, layer)
        folder.chmod(0o755)
        if not place.is_dir():
            folder.rename(place)
    finally:
        if folder.exists():
            remove(folder)


def _cover(folder: Path, layer: Path) -> None:
    """Lay a layer over what is there."""
    for entry in os.scandir(layer):
        target = folder / entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if os.path.lexists(target) and not (is_folder and target.is_dir() and not target.is_symlink()):
            shutil.rmtree(target) if target.is_dir() and not target.is_symlink() else target.unlink()
        if is_folder:
            target.mkdir(exist_ok=True)
            _cover(target, Path(entry.path))
        elif entry.is_symlink():
            target.symlink_to(Path(entry.path).readlink())
        else:
            _link(Path(entry.path), target)


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # Another file system, or one without hard links.
        shutil.copy2(source, target)
