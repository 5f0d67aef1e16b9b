"""Two APIs under custom domains, as serverless-domain-manager's users write them: asked by the header Host."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.apps.conftest import Answer, Starter, Up, http

FOLDER = Path(__file__).parent / "found" / "orders-domain"
DOMAIN = "api.dev.example.com"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(FOLDER, tmp_path_factory.mktemp("domains") / "data", ["--no-watch"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


def get(app: Up, host: str, path: str) -> Answer:
    return http("GET", app.url(path), headers={"Host": host})


def test_the_rest_api_answers_below_its_base_path(app: Up) -> None:
    assert get(app, DOMAIN, "/orders/7?x=1").json() == {
        "path": "/orders/7",
        "context_path": "/orders/7",
        "domain": DOMAIN,
        "prefix": "api",
        "stage": "dev",
        "id": "7",
    }
    preflight = http("OPTIONS", app.url("/orders/7"), headers={"Host": DOMAIN, "Origin": "https://example.com"})
    assert preflight.headers["access-control-allow-origin"] == "*"
    # A name says nothing of case, and a port does not count.
    assert get(app, f"{DOMAIN.upper()}:443", "/orders/7").status == 200


def test_the_http_api_has_a_domain_of_its_own(app: Up) -> None:
    found = get(app, f"http.{DOMAIN}", "/carts/3").json()
    assert found["path"] == found["context_path"] == "/carts/3"
    assert (found["domain"], found["prefix"], found["stage"]) == (f"http.{DOMAIN}", "http", "$default")


def test_one_domain_has_several_apis(app: Up) -> None:
    """Events of payload format 2.0 do not show the base path."""
    assert get(app, DOMAIN, "/carts/v2/carts/3").json()["path"] == "/carts/3"


def test_below_no_base_path_nothing_answers(app: Up) -> None:
    refused = get(app, DOMAIN, "/dev/7")
    assert (refused.status, refused.json()) == (403, {"message": "Forbidden"})
    # Without the name all is as ever.
    assert http("GET", app.url("/dev/7")).json()["path"] == "/7"


def test_up_tells_how_they_are_asked(app: Up) -> None:
    base = app.note()["app_endpoint"]
    rows = [" ".join(line.split()) for line in app.lines]
    assert f"https://{DOMAIN}/orders curl -H 'Host: {DOMAIN}' {base}/orders/" in rows
    assert f"https://http.{DOMAIN} curl -H 'Host: http.{DOMAIN}' {base}/" in rows


def test_a_domain_changes_with_the_file(up: Starter, tmp_path: Path) -> None:
    folder = tmp_path / "orders-domain"
    shutil.copytree(FOLDER, folder)
    app = up(folder)
    assert get(app, DOMAIN, "/orders/7").status == 200
    place = len(app.lines)
    file = folder / "serverless.yml"
    file.write_text(file.read_text().replace("basePath: orders", "basePath: bookings"))
    app.until("/bookings", after=place)
    assert get(app, DOMAIN, "/bookings/7").json()["path"] == "/bookings/7"
    assert get(app, DOMAIN, "/orders/7").status == 403
