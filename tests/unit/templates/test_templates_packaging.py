"""What goes into which zip; names are those that Serverless Framework 3.40.0 packs, unless a test says more."""

import base64
import os
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.core.errors import AwsError, UserError
from stratolite.templates.artefacts import Artefact
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.package import Packaging, packaging
from stratolite.templates.serverless.selection import Selection
from stratolite.templates.serverless.variables.resolver import resolve

HEAD = "service: shop\nprovider: {name: aws, runtime: nodejs20.x}\n"
TREE = (
    "h.js src/a.js src/b.ts src/lib/c.js test/t.js README.md docs/README.md .env .gitignore .DS_Store .git/HEAD "
    "yarn-1.log npm-debug.log .serverless/old.zip .serverless_plugins/p.js .stratolite/data.db package-lock.json "
    "layers/one/nodejs/i.js layers/one/.gitignore plug/p.js sub/.git/HEAD deep/a/b.txt"
)
BY_DEFAULT = (
    ".env README.md deep/a/b.txt docs/README.md h.js package-lock.json plug/p.js src/a.js src/b.ts src/lib/c.js "
    "sub/.git/HEAD test/t.js"
)
ONE = "functions: {f: {handler: h.x}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    service = tmp_path / "service"
    for name in TREE.split():
        file = service / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"exports.x = 1 // {name}")
    return service


def packed(folder: Path, text: str) -> Packaging:
    (folder / "serverless.yml").write_text(HEAD + dedent(text))
    return packaging(resolve(folder / "serverless.yml", Options()), "serverless/shop/dev/1")


def names(artefact: Artefact) -> list[str]:
    return [entry.name for entry in artefact.entries]


def test_one_zip_for_the_service(folder: Path) -> None:
    text = "functions: {f: {handler: h.x}, g: {handler: src/a.x}}\nlayers: {one: {path: layers/one}}\n"
    found = packed(folder, text)
    assert found.functions["f"] is found.functions["g"]
    artefact = found.functions["f"]
    assert (artefact.name, artefact.key) == ("shop.zip", "serverless/shop/dev/1/shop.zip")
    assert artefact.owners == ("f", "g")
    # Folders of layers are left out; so is our own data folder, which the Serverless Framework does not know.
    assert names(artefact) == BY_DEFAULT.split()
    layer = found.layers["one"]
    assert (layer.name, layer.owners, names(layer)) == ("one.zip", ("one",), ["nodejs/i.js"])
    assert found.handlers == {"f": folder / "h.js", "g": folder / "src/a.js"}
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("patterns: ['!**', 'src/**']", "src/a.js src/b.ts src/lib/c.js"),
        ("patterns: ['!**', 'src/**', '!**/*.ts']", "src/a.js src/lib/c.js"),
        ("patterns: ['!src/**', 'src/a.js', '!**', './h.js']", "h.js"),
        ("patterns: ['!**', '**/*.md', '.gitignore']", ".gitignore README.md docs/README.md layers/one/.gitignore"),
        ("{exclude: ['**'], include: [h.js, 'docs/**']}", "docs/README.md h.js"),
        ("{exclude: ['**', '!h.js']}", "h.js"),
        ("patterns: ['!**', '.git/**', serverless.yml]", ".git/HEAD serverless.yml"),
    ],
)
def test_the_last_pattern_that_fits_decides(folder: Path, settings: str, expected: str) -> None:
    found = packed(folder, f"package:\n  {settings}\n{ONE}")
    artefact_names = [name for name in names(found.functions["f"]) if not name.startswith("layers/")]
    assert artefact_names == [name for name in expected.split() if not name.startswith("layers/")]


def test_a_name_without_wildcards_keeps_out_of_a_folder(folder: Path) -> None:
    """The package globby does not search a folder that such a pattern fits, though it fits no file in it."""
    found = packed(folder, f"package: {{patterns: ['!deep', '!layers', '!*/.git']}}\n{ONE}")
    kept = names(found.functions["f"])
    assert "deep/a/b.txt" not in kept and "sub/.git/HEAD" not in kept
    # What is looked for below it is found all the same.
    again = packed(folder, f"package: {{patterns: ['!deep', 'deep/a/*']}}\n{ONE}")
    assert "deep/a/b.txt" in names(again.functions["f"])


def test_a_second_search_for_everything_is_none(folder: Path) -> None:
    """``**`` is searched for already, without what any later pattern drops."""
    found = packed(folder, f"package: {{patterns: ['!docs/**', '**', '!src/**']}}\n{ONE}")
    kept = names(found.functions["f"])
    assert not any(name.startswith(("docs/", "src/")) for name in kept)


def test_each_function_by_itself(folder: Path) -> None:
    text = """\
        package:
          individually: true
          patterns: ['!**', h.js]
        functions:
          f: {handler: h.x, package: {patterns: ['src/**', '!**/*.ts']}}
          g: {handler: h.x}
        """
    found = packed(folder, text)
    assert names(found.functions["f"]) == ["h.js", "src/a.js", "src/lib/c.js"]
    assert names(found.functions["g"]) == ["h.js"]
    assert [found.functions[key].name for key in "fg"] == ["f.zip", "g.zip"]


def test_one_function_by_itself(folder: Path) -> None:
    text = """\
        functions:
          f: {handler: h.x, package: {individually: true, patterns: ['!**', h.js]}}
          g: {handler: h.x, package: {patterns: ['!**']}}
        """
    found = packed(folder, text)
    assert names(found.functions["f"]) == ["h.js"]
    assert found.functions["g"].name == "shop.zip"
    [warning] = texts(found.warnings)
    assert "serverless.yml:5:31" in warning and "no effect" in warning


def test_zips_that_somebody_else_made(folder: Path) -> None:
    for name in ("all.zip", "build/one.zip", "layer.zip"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(name.encode())
    text = """\
        package: {artifact: all.zip}
        functions:
          f: {handler: gone.x}
          g: {handler: gone.x, package: {artifact: ./build/one.zip}}
          i: {image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:b"}
        layers: {l: {package: {artifact: layer.zip}}}
        """
    found = packed(folder, text)
    assert {key: artefact.name for key, artefact in found.functions.items()} == {"f": "all.zip", "g": "one.zip"}
    assert found.functions["g"].content() == b"build/one.zip"
    assert found.functions["g"].key == "serverless/shop/dev/1/one.zip"
    assert found.layers["l"].content() == b"layer.zip"
    assert found.handlers == {}


def test_the_layout_of_a_zip_depends_on_its_files_alone(folder: Path) -> None:
    (folder / "h.js").chmod(0o755)
    first = packed(folder, f"package: {{patterns: ['!**', 'src/**', h.js]}}\n{ONE}").functions["f"]
    os.utime(folder / "src/a.js", (1, 1))
    second = packed(folder, f"package: {{patterns: ['!**', 'src/**', h.js]}}\n{ONE}").functions["f"]
    assert first.content() == second.content() and first.sha256() == second.sha256()
    with zipfile.ZipFile(BytesIO(first.content())) as archive:
        assert archive.testzip() is None
        rows = {info.filename: (info.external_attr >> 16 & 0o777, info.date_time) for info in archive.infolist()}
        assert archive.read("src/a.js") == b"exports.x = 1 // src/a.js"
    assert rows["h.js"] == (0o755, (1980, 1, 1, 0, 0, 0))
    assert rows["src/a.js"] == (0o644, (1980, 1, 1, 0, 0, 0))


def test_links_are_followed_and_never_for_ever(folder: Path) -> None:
    (folder.parent / "shared").mkdir()
    (folder.parent / "shared" / "s.js").write_text("1")
    (folder / "linked").symlink_to("../shared")
    (folder / "link.js").symlink_to("src/a.js")
    (folder / "broken").symlink_to("nowhere")
    (folder / "src" / "round").symlink_to("..")
    kept = names(packed(folder, ONE).functions["f"])
    assert "linked/s.js" in kept and "link.js" in kept and "broken" not in kept
    assert not any(name.startswith("src/round") for name in kept)


def test_files_outside_of_the_folder(folder: Path) -> None:
    """They are packed without the way out, as the archiver names them."""
    (folder.parent / "shared" / "sub").mkdir(parents=True)
    (folder.parent / "shared" / "s.js").write_text("1")
    (folder.parent / "shared" / "sub" / "t.js").write_text("1")
    found = packed(folder, f"package: {{patterns: ['!**', '../shared/**', '!../shared/sub/**', h.js]}}\n{ONE}")
    assert names(found.functions["f"]) == ["shared/s.js", "h.js"]


def test_what_else_is_left_out(folder: Path) -> None:
    text = "useDotenv: true\nplugins: {localPath: plug, modules: []}\n" + ONE
    kept = names(packed(folder, text).functions["f"])
    assert ".env" not in kept
    # The folder's name alone is left out, which no file in it fits.
    assert "plug/p.js" in kept


MISTAKES = {
    "nothing chosen": ("package: {patterns: ['!**']}\n" + ONE, ":3:1", "No file matches include / exclude patterns"),
    "no artefact": ("functions: {f: {handler: h.x, package: {artifact: no.zip}}}\n", ":3:41", "no.zip"),
    "an artefact in S3": ("package: {artifact: 's3://bucket/key.zip'}\n" + ONE, ":3:11", "S3"),
    "no handler file": ("functions: {f: {handler: no.x}}\n", ":3:17", "names a file that does not exist"),
    "no such export": ("functions: {f: {handler: h.gone}}\n", ":3:17", "does not define"),
    "a handler without a name": ("functions: {f: {handler: h}}\n", ":3:17", "not of the form file.name"),
    "no layer folder": ("layers: {l: {path: nowhere}}\n", ":3:14", "the layer l has no folder 'nowhere'"),
    "a layer without a path": ("layers: {l: {description: x}}\n", ":3:13", "the layer l has no folder"),
    "an empty pattern": ("package: {patterns: ['']}\n" + ONE, ":3:1", "pattern"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_told_with_their_place(folder: Path, name: str) -> None:
    text, place, what = MISTAKES[name]
    with pytest.raises(UserError) as error:
        packed(folder, text)
    assert error.value.where == f"{folder / 'serverless.yml'}{place}"
    assert what in error.value.what and error.value.todo


def test_a_handler_that_a_pattern_leaves_out_is_a_warning(folder: Path) -> None:
    found = packed(folder, f"package: {{patterns: ['!h.js']}}\n{ONE}")
    assert any("left out of shop.zip" in warning for warning in texts(found.warnings))


def test_folders_that_are_dropped_whole_are_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    scandir = os.scandir

    def watched(path: str | Path) -> object:
        read.append(str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", watched)
    assert Selection.of(["!.git/**"], ["!**", "src/lib/*"]).files(folder) == ["src/lib/c.js"]
    assert [os.path.relpath(path, folder) for path in read] == [".", "src", "src/lib"]


def test_in_an_empty_folder_the_missing_handler_is_told(tmp_path: Path) -> None:
    text = "service: s\nprovider: {name: aws, runtime: python3.11}\nfunctions:\n  f: {handler: gone.handler}\n"
    (tmp_path / "serverless.yml").write_text(text)
    with pytest.raises(UserError, match="names a file that does not exist") as caught:
        packaging(resolve(tmp_path / "serverless.yml", Options()), "k")
    assert caught.value.where.endswith("serverless.yml:4:7")


class NoSuchBucket(AwsError):
    pass


def test_zips_that_are_in_s3(folder: Path) -> None:
    """By each form of their address; once each, from the account that is deployed to."""
    asked = []

    def ask(service: str, operation: str, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        asked.append((service, operation, f"{request['Bucket']}/{request['Key']}", region))
        if request["Bucket"] == "gone":
            raise NoSuchBucket("The specified bucket does not exist")
        body = request["Key"].encode()
        return {"Body": body if request["Bucket"] == "one" else base64.b64encode(body).decode()}

    text = """\
        package: {artifact: 's3://one/a/all.zip'}
        functions:
          f: {handler: h.x}
          g: {handler: h.x, package: {artifact: 'https://two.s3.eu-west-1.amazonaws.com/b/g.zip'}}
          h: {handler: h.x, package: {artifact: 'https://s3.amazonaws.com/three/h.zip'}}
        """
    (folder / "serverless.yml").write_text(HEAD + dedent(text))
    found = packaging(resolve(folder / "serverless.yml", Options()), "k", ask=ask)
    made = {key: (one.name, one.key, one.content()) for key, one in found.functions.items()}
    assert made == {
        "f": ("all.zip", "k/all.zip", b"a/all.zip"),
        "g": ("g.zip", "k/g.zip", b"b/g.zip"),
        "h": ("h.zip", "k/h.zip", b"h.zip"),
    }
    assert sorted(each[2] for each in asked) == ["one/a/all.zip", "three/h.zip", "two/b/g.zip"]
    assert {(each[0], each[1], each[3]) for each in asked} == {("s3", "GetObject", "us-east-1")}
    asked.clear()
    packaging(resolve(folder / "serverless.yml", Options()), "k", ask=ask, is_dry=True)
    assert not asked
    (folder / "serverless.yml").write_text(HEAD + dedent(text.replace("s3://one", "s3://gone")))
    with pytest.raises(UserError, match=r"s3://gone/a/all\.zip is not to be had: NoSuchBucket") as caught:
        packaging(resolve(folder / "serverless.yml", Options()), "k", ask=ask)
    assert caught.value.where.endswith("serverless.yml:3:11")


def test_what_a_script_is_still_to_make_is_told_with_it(folder: Path) -> None:
    """Under ``up`` the rest runs: an artefact or a layer that is not there is empty, and what is to be run is told."""
    (folder / "package.json").write_text('{"scripts": {"build": "make", "deploy": "serverless deploy"}}')
    text = """\
        functions:
          f: {handler: h.x}
          g: {handler: dist/g.x}
          i: {handler: i.x, package: {artifact: "dist\\\\i.zip"}}
          j: {handler: j.x, package: {artifact: 's3://bucket/key.zip'}}
        layers: {l: {path: dist/layer}}
        """
    (folder / "serverless.yml").write_text(HEAD + dedent(text))
    found = packaging(resolve(folder / "serverless.yml", Options()), "k", is_lenient=True)
    told = [each.partition(": ")[2] for each in texts(found.warnings)]
    assert told[0].startswith('Cannot access package artifact at "dist/i.zip" (for "i"): it fails when it is called.')
    assert told[1].startswith('the package artifact s3://bucket/key.zip (for "j") is in S3')
    assert told[2].startswith("the handler 'dist/g.x' of the function g names a file that does not exist")
    assert told[3].startswith("the layer l has no folder 'dist/layer': the layer is empty.")
    for index in (0, 2, 3):
        assert told[index].endswith("'npm run build' may make it.")
    for artefact in (found.functions["i"], found.functions["j"], found.layers["l"]):
        assert zipfile.ZipFile(BytesIO(artefact.content())).namelist() == ["empty"]
    with pytest.raises(UserError, match="'npm run build' may make it"):
        packed(folder, text)


def test_handlers_with_backslashes_are_told(folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        packed(folder, "functions: {f: {handler: 'src\\a.x', layers: [x]}}\n")
    assert caught.value.todo == "src/a.js is there: write the path with slashes, which every system understands."
