"""Layers become one folder, in their order, as under /opt."""

from pathlib import Path

from stratolite.engine import layers


def layer(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_without_layers_and_with_one_nothing_is_merged(tmp_path: Path) -> None:
    assert layers.merged_place([], tmp_path) is None
    assert layers.merged_place([tmp_path / "one"], tmp_path) == tmp_path / "one"


def test_a_later_layer_covers_the_earlier_ones(tmp_path: Path) -> None:
    first = layer(tmp_path / "first", {"python/a.py": "first", "python/b.py": "first", "thing/inner": "first"})
    last = layer(tmp_path / "last", {"python/b.py": "last", "bin/run": "last", "thing2": "last"})
    (last / "link").symlink_to("python/b.py")
    (first / "thing2").mkdir()
    (last / "thing").write_text("a file over a folder")
    place = layers.merged_place([first, last], tmp_path / "merged")
    assert place is not None
    layers.merge([first, last], place)
    found = {str(path.relative_to(place)): path.read_text() for path in place.rglob("*") if path.is_file()}
    assert found == {
        "python/a.py": "first",
        "python/b.py": "last",
        "bin/run": "last",
        "link": "last",
        "thing": "a file over a folder",
        "thing2": "last",
    }
    assert (place / "link").is_symlink()
    assert layers.merged_place([last, first], tmp_path / "merged") != place


def test_merging_twice_is_harmless(tmp_path: Path) -> None:
    folders = [layer(tmp_path / name, {"a": name}) for name in ("first", "last")]
    place = tmp_path / "merged" / "x"
    for _ in range(2):
        layers.merge(folders, place)
    assert [path.name for path in (tmp_path / "merged").iterdir()] == ["x"]
    assert (place / "a").read_text() == "last"
