"""Applications whose code a plugin makes or adds to, as their repositories have them."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from tests.apps.conftest import Starter, Up, eventually, http

JSON = {"Content-Type": "application/json"}
FOUND = Path(__file__).parent / "found"
TOOLS = Path(__file__).parent / "typescript" / "node_modules"


def copied(name: str, to: Path) -> Path:
    """An application where it may be written to."""
    return Path(shutil.copytree(FOUND / name, to / name, ignore=shutil.ignore_patterns(".serverless", "node_modules")))


def with_esbuild(folder: Path) -> Path:
    """As if esbuild had been installed."""
    if not TOOLS.is_dir():
        pytest.skip("npm ci --prefix tests/apps/typescript has not been run")
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "esbuild").symlink_to(TOOLS / "esbuild")
    return folder


def builders(running: Up) -> list[int]:
    """The processes below ``up`` that build."""
    return [pid for pid in running.descendants() if "worker.cjs" in Path(f"/proc/{pid}/cmdline").read_text()]


def test_a_wsgi_application_is_served_by_rest_and_http_apis(tmp_path: Path, up: Starter) -> None:
    running = up(copied("bookmarks-wsgi", tmp_path), "--no-watch")
    assert http("GET", running.url("/dev/")).json() == {"bookmarks": 1, "root": "/dev/"}
    assert http("GET", running.url("/")).json() == {"bookmarks": 1, "root": "/"}
    found = http("GET", running.url("/dev/bookmarks/1?a=1&a=2"))
    assert found.json()["query"] == "a=1&a=2"
    assert http("POST", running.url("/dev/bookmarks/2"), {"url": "https://x.test/", "tags": []}).status == 201
    missing = http("GET", running.url("/bookmarks/9"))
    assert (missing.status, missing.headers["content-type"]) == (404, "application/problem+json")
    assert missing.json() == {"title": "no such bookmark"}
    assert http("GET", running.url("/icon")).body == bytes([0, 255, 1])
    nightly = running.client("lambda").invoke(FunctionName="bookmarks-dev-nightly")
    assert json.loads(nightly["Payload"].read()) == {"unzipped": True}


def test_an_application_that_listens_for_http_is_served_by_rest_and_http_apis(tmp_path: Path, up: Starter) -> None:
    folder = copied("storefront", tmp_path)
    # What `npm install` makes of the dependency in its folder.
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "tiny-web").symlink_to(Path("..", "packages", "tiny-web"))
    running = up(folder, "--no-watch", "--no-install")
    assert http("GET", running.url("/dev/")).json() == {"shop": "storefront"}
    answer = http("GET", running.url("/products/1?currency=CHF"))
    assert answer.json() == {"id": "1", "name": "Teapot", "currency": "CHF"}
    assert answer.headers["x-shop"] == "storefront"
    assert http("POST", running.url("/dev/products"), {"name": "Cup"}).json() == {"id": "2", "name": "Cup"}
    assert http("DELETE", running.url("/dev/products/1")).status == 404


def wheel(folder: Path, version: str) -> None:
    """A package that needs no registry."""
    folder.mkdir(exist_ok=True)
    info = f"money-{version}.dist-info"
    with zipfile.ZipFile(folder / f"money-{version}-py3-none-any.whl", "w") as file:
        file.writestr("money/__init__.py", f"def shown(cents):\n    return f'{{cents / 100:.2f}} by {version}'\n")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: money\nVersion: {version}\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")


def test_modules_have_packages_of_their_own(tmp_path: Path, up: Starter) -> None:
    folder = copied("payments-modules", tmp_path)
    wheel(folder / "charge" / "wheels", "2.0")
    wheel(folder / "refund" / "wheels", "1.0")
    running = up(folder, "--no-watch")
    assert http("POST", running.url("/charge"), {"cents": 450}, JSON).json() == {
        "what": "charged",
        "amount": "4.50 by 2.0",
    }
    assert http("POST", running.url("/refund"), {"cents": 450}, JSON).json() == {
        "what": "refunded",
        "amount": "4.50 by 1.0",
    }


def test_es_modules_of_serverless_bundle_are_bundled(tmp_path: Path, up: Starter) -> None:
    running = up(with_esbuild(copied("feed-bundle", tmp_path)), "--no-watch", "--no-install")
    found = http("GET", running.url("/dev/feed?q=x")).json()
    assert found == {"title": "News", "posts": ["Second", "First"], "q": "x"}
    page = http("GET", running.url("/dev/page"))
    assert (page.body, page.headers["content-type"]) == (b"<h1>News</h1>\n", "text/html")


def test_edits_of_bundles_are_live_and_mistakes_keep_what_was_there(tmp_path: Path, up: Starter) -> None:
    folder = with_esbuild(copied("invoices-esbuild", tmp_path))
    running = up(folder, "--no-install")
    lines = [{"price": 2, "count": 3}]
    assert http("POST", running.url("/invoices"), lines, JSON).json() == {"total": 6}
    assert http("GET", running.url("/version")).body == b"1.4.0", "what a plugin of esbuild makes"

    total = folder / "src" / "total.ts"
    text = total.read_text()
    total.write_text(text.replace("(sum", "((sum"))
    running.until("esbuild did not build the handlers")
    place = running.until("src/total.ts:6:")
    running.until("The last good deployment goes on serving", after=place)
    assert http("POST", running.url("/invoices"), lines, JSON).json() == {"total": 6}

    (process,) = builders(running)
    total.write_text(text.replace("line.count", "line.count * 10"))
    running.until("src/total.ts: deployed in")
    eventually(lambda: http("POST", running.url("/invoices"), lines, JSON).json(), lambda found: found == {"total": 60})
    assert builders(running) == [process], "the process that builds is kept"

    plugin = folder / "esbuild.plugins.js"
    plugin.write_text(plugin.read_text().replace("1.4.0", "1.5.0"))
    running.until("esbuild.plugins.js: deployed in")
    eventually(lambda: http("GET", running.url("/version")).body, lambda body: body == b"1.5.0")
    assert running.stop() == 0
    assert not Path(f"/proc/{process}").exists(), "nothing is left"
