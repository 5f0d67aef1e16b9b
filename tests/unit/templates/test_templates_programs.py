"""Functions that are programs of their own: whether they run here, by what is on disk."""

import io
import zipfile
from pathlib import Path

import pytest

from stratolite.templates.artefacts import Artefact, Entry
from stratolite.templates.document import Map, read_document
from stratolite.templates.serverless.programs import why_not_run, with_bootstraps

SCRIPT = "#!/bin/sh\n"


def document(folder: Path, text: str) -> Map:
    file = folder / "serverless.yml"
    file.write_text(f"service: s\n{text}")
    found = read_document(file)
    assert isinstance(found, Map)
    return found


def program(path: Path, *, mode: int = 0o755, body: bytes = SCRIPT.encode()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    path.chmod(mode)


def zipped(*names: str, mode: int = 0o755, body: bytes = SCRIPT.encode()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, body)
    return out.getvalue()


def reason(folder: Path, text: str) -> str:
    made = document(folder, text)
    return why_not_run(made, folder, made["functions"]["f"])


GO = "provider: {runtime: go1.x}\nfunctions: {f: {handler: ./bin/f}}"
OWN = "provider: {runtime: provided.al2}\nfunctions: {f: {handler: x}}"


@pytest.mark.parametrize(("text", "name"), [(GO, "bin/f"), (OWN, "bootstrap")])
def test_the_program_has_to_be_there_and_to_be_executed(tmp_path: Path, text: str, name: str) -> None:
    assert reason(tmp_path, text) == f"its program {name} is not there: it has to be built before"
    program(tmp_path / name, mode=0o644)
    assert reason(tmp_path, text).endswith("cannot be executed on this machine: permission denied")
    program(tmp_path / name, body=b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xff\x00")
    assert reason(tmp_path, text).endswith("cannot be executed on this machine: exec format error")
    program(tmp_path / name)
    assert reason(tmp_path, text) == ""


def test_it_may_be_in_a_zip_that_somebody_else_makes(tmp_path: Path) -> None:
    text = "provider: {runtime: provided.al2023}\nfunctions: {f: {handler: x, package: {artifact: out.zip}}}"
    assert reason(tmp_path, text) == "its package out.zip is not there: it has to be built before"
    (tmp_path / "out.zip").write_bytes(b"no zip")
    assert reason(tmp_path, text).startswith("its package out.zip cannot be read")
    (tmp_path / "out.zip").write_bytes(zipped("other"))
    assert reason(tmp_path, text) == "its package out.zip has no bootstrap"
    (tmp_path / "out.zip").write_bytes(zipped("bootstrap", mode=0o644))
    assert reason(tmp_path, text).endswith("permission denied")
    (tmp_path / "out.zip").write_bytes(zipped("bootstrap"))
    assert reason(tmp_path, text) == ""


def test_it_may_be_in_a_layer(tmp_path: Path) -> None:
    text = (
        "provider: {runtime: provided}\nlayers: {tools: {path: tools}}\n"
        "functions: {f: {handler: x, layers: [{Ref: ToolsLambdaLayer}]}}"
    )
    assert reason(tmp_path, text) == "its bootstrap would be in a layer that is not on this machine"
    program(tmp_path / "tools" / "bootstrap")
    assert reason(tmp_path, text) == ""


def test_functions_of_go_have_a_bootstrap_that_leads_to_them(tmp_path: Path) -> None:
    functions = "{a: {handler: a}, b: {handler: b}, c: {handler: c, runtime: python3.12}}"
    text = f"provider: {{runtime: go1.x}}\nfunctions: {functions}"
    made = document(tmp_path, text)
    shared = Artefact("s.zip", "k", (Entry("a", "a"),))
    ready = Artefact("b.zip", "b", body=zipped("b"))
    found = with_bootstraps({"a": shared, "b": ready, "c": shared}, made)
    # Who shares an artefact goes on sharing it.
    assert found["a"] == found["c"] and [entry.name for entry in found["a"].entries] == ["a", "bootstrap"]
    script = Path(found["a"].entries[1].path)
    assert script.stat().st_mode & 0o100 and "$_HANDLER" in script.read_text()
    with zipfile.ZipFile(io.BytesIO(found["b"].content())) as archive:
        assert archive.namelist() == ["b", "bootstrap"]
        assert archive.getinfo("bootstrap").external_attr >> 16 == 0o755
    untouched = Artefact("c.zip", "c", (Entry("c", "c"),))
    assert with_bootstraps({"c": untouched}, made) == {"c": untouched}
    bootstrap = Artefact("s.zip", "k", (Entry("bootstrap", "x"),))
    assert with_bootstraps({"a": bootstrap}, made) == {"a": bootstrap}
