"""Services that say what is packaged: a part of a monorepo, and one with a zip for each function."""

import json
import shutil
import zipfile
from pathlib import Path

from tests.apps.conftest import Starter, http

FOUND = Path(__file__).parent / "found"
ROUTER = """\
exports.get = (name, answer) => async (event) =>
  ({ statusCode: 200, body: JSON.stringify(answer(event.pathParameters[name])) });
"""
CODES = "exports.countryOf = (code) => code.slice(-2);\n"


def install(folder: Path, name: str, text: str) -> None:
    """A package, as npm leaves it."""
    place = folder / "node_modules" / name
    place.mkdir(parents=True)
    (place / "package.json").write_text(json.dumps({"name": name, "version": "2.0.0", "main": "index.js"}))
    (place / "index.js").write_text(text)


def test_a_service_of_a_monorepo_has_what_is_hoisted_above_it(up: Starter, tmp_path: Path) -> None:
    """Packages in the workspace's node_modules, one of them a link into the repository, and ``../../config``."""
    folder = tmp_path / "parcels"
    shutil.copytree(FOUND / "parcels", folder)
    install(folder, "tiny-router", ROUTER)
    install(folder, "parcel-codes", CODES)
    (folder / "node_modules" / "@parcels").mkdir()
    (folder / "node_modules" / "@parcels" / "shared").symlink_to("../../packages/shared")
    (folder / "node_modules" / "tracking").symlink_to("../services/tracking")
    app = up(folder / "services" / "tracking", "--no-install")
    parcel = {"code": "7GB", "country": "GB", "where": "depot", "carrier": "Royal Mail", "files": ["carriers.json"]}
    assert http("GET", app.url("/parcels/7GB")).json() == parcel
    assert "packages lie above the folder of the service" in app.output
    assert "@parcels/shared, parcel-codes, tiny-router" in app.output

    # What lies elsewhere in the repository is watched, too.
    place = len(app.lines)
    shared = folder / "packages" / "shared" / "index.js"
    shared.write_text(shared.read_text().replace("depot", "on its way"))
    place = app.until("deployed in", after=place)
    assert http("GET", app.url("/parcels/7GB")).json()["where"] == "on its way"
    (folder / "config" / "carriers.json").write_text('{ "GB": "Evri" }')
    app.until("deployed in", after=place)
    assert http("GET", app.url("/parcels/7GB")).json()["carrier"] == "Evri"


def test_each_function_has_its_zip_and_one_that_is_ready(up: Starter, tmp_path: Path) -> None:
    folder = tmp_path / "newsletter"
    shutil.copytree(FOUND / "newsletter", folder)
    (folder / "build").mkdir()
    with zipfile.ZipFile(folder / "build" / "import.zip", "w") as ready:
        ready.writestr("import.js", "exports.handler = async () => ({ statusCode: 200, body: 'imported' });\n")
    app = up(folder)
    subscribe = http("POST", app.url("/dev/subscribe"), {}).json()
    # What is included is included: the exclude of the function stands before it.
    assert subscribe["files"] == ["functions/subscribe/index.js", "lib/files.js", "lib/mails/greeting.js"]
    digest = http("GET", app.url("/dev/digest")).json()
    assert digest["files"] == ["functions/digest/index.js", "lib/files.js", "lib/mails/greeting.js"]
    assert digest["mail"] == "Dear reader, * hello *"
    assert http("GET", app.url("/dev/import")).body == b"imported"

    # The zip that a script is still to make stops no other function, and is taken up when it is there.
    assert 'Cannot access package artifact at "build/report.zip"' in app.output
    assert "'npm run package:report' may make it" in app.output
    assert http("GET", app.url("/dev/report")).status == 502
    place = len(app.lines)
    with zipfile.ZipFile(folder / "build" / "report.zip", "w") as ready:
        ready.writestr("report.js", "exports.handler = async () => ({ statusCode: 200, body: 'reported' });\n")
    app.until("deployed in", after=place)
    assert http("GET", app.url("/dev/report")).body == b"reported"
