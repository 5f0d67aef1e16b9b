"""A site in buckets, as users of serverless-s3-sync and serverless-finch write it."""

import shutil
from pathlib import Path
from typing import Any

from tests.apps.conftest import Starter, eventually, http

FOLDER = Path(__file__).parent / "found" / "holiday-site"
SITE = "holiday-site-dev"
ADMIN = "holiday-admin-dev"


def head(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = s3.head_object(Bucket=bucket, Key=key)
    return found


def test_folders_are_uploaded_and_follow_edits(up: Starter, tmp_path: Path) -> None:
    folder = tmp_path / "holiday-site"
    shutil.copytree(FOLDER, folder)
    app = up(folder)
    s3 = app.client("s3")
    assert http("GET", app.url("/dev/pages")).json() == ["error.html", "index.html", "photos/beach.jpg", "style.css"]

    # What a browser is told of them.
    page = head(s3, SITE, "index.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html", "no-cache")
    photo = head(s3, SITE, "photos/beach.jpg")
    assert (photo["ContentType"], photo["CacheControl"]) == ("image/jpeg", "max-age=31536000")
    assert photo["Metadata"] == {"origin": "camera"}
    assert head(s3, SITE, "style.css")["ContentType"] == "text/css" and "CacheControl" not in head(
        s3, SITE, "style.css"
    )
    grants = s3.get_object_acl(Bucket=SITE, Key="index.html")["Grants"]
    assert any(grant["Grantee"].get("URI", "").endswith("AllUsers") for grant in grants)
    assert http("GET", f"{app.note()['endpoint']}/{SITE}/index.html").body.startswith(b"<h1>Holidays")

    # serverless-finch makes its bucket itself.
    assert head(s3, ADMIN, "index.html")["CacheControl"] == "no-store"
    admin = {"host": f"{ADMIN}.s3-website.localhost"}
    assert http("GET", app.note()["endpoint"], headers=admin).status == 200
    assert head(s3, ADMIN, "app.js")["CacheControl"] == "max-age=60"
    assert head(s3, ADMIN, "app.js")["ContentType"] == "application/javascript"

    # What is built by a command is told, and taken up when it is there; so are edits and removals.
    assert "the folder notes/build is not there yet: run 'npm --prefix notes run build'" in app.output
    host = {"host": f"{SITE}.s3-website.localhost"}
    assert http("GET", app.note()["endpoint"], headers=host).body.startswith(b"<h1>Holidays")
    assert http("GET", f"{app.note()['endpoint']}/nowhere", headers=host).status == 404
    place = len(app.lines)
    (folder / "notes" / "build").mkdir(parents=True)
    (folder / "notes" / "build" / "packing.md").write_text("# Packing")
    app.until("1 file uploaded into the bucket holiday-site-dev-notesbucket", after=place)
    s3.put_object(Bucket=SITE, Key="uploads/mine.txt", Body=b"by the application")
    place = len(app.lines)
    (folder / "site" / "style.css").write_text("h1 { color: navy }")
    (folder / "site" / "error.html").unlink()
    app.until("1 object deleted from the bucket holiday-site-dev", after=place)
    body = eventually(lambda: s3.get_object(Bucket=SITE, Key="style.css")["Body"].read(), lambda text: b"navy" in text)
    assert body == b"h1 { color: navy }"
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=SITE)["Contents"]]
    assert keys == ["index.html", "photos/beach.jpg", "style.css", "uploads/mine.txt"]

    # A new run uploads nothing that is there, and makes the bucket what the folder is: deleteRemoved.
    app.stop()
    app = up(folder, "--no-watch")
    assert "uploaded into" not in app.output
    assert "1 object deleted from the bucket holiday-site-dev" in app.output
