"""What plugins do after a deployment, as it is read from the file."""

from pathlib import Path
from textwrap import dedent

import pytest
from tests.conftest import texts

from stratolite.templates.serverless import compile_service
from stratolite.templates.serverless.local import BucketName, CustomDomain, Local
from stratolite.templates.serverless.making import hint
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.plugins.folders import content_type
from stratolite.templates.serverless.plugins.seeds import attributes

HEAD = "service: s\nprovider: {name: aws, runtime: nodejs20.x}\n"


def read(folder: Path, text: str, **options: str) -> tuple[Local, list[str]]:
    """What a file says, and its warnings without their places."""
    file = folder / "serverless.yml"
    file.write_text(HEAD + dedent(text))
    compiled = compile_service(file, Options(is_lenient=True, **options))  # type: ignore[arg-type]
    return compiled.local, [each.rpartition(".yml:")[2].partition(": ")[2] for each in texts(compiled.local_warnings)]


def test_items_become_attribute_values() -> None:
    item = {
        "id": "a",
        "count": 3,
        "price": 1.5,
        "whole": 2.0,
        "on": True,
        "none": None,
        "tags": ["x", 1],
        "in": {"type": "Buffer", "data": 1},
        "raw": {"type": "Buffer", "data": [1, 255]},
    }
    assert attributes(item) == {
        "id": {"S": "a"},
        "count": {"N": "3"},
        "price": {"N": "1.5"},
        "whole": {"N": "2"},
        "on": {"BOOL": True},
        "none": {"NULL": True},
        "tags": {"L": [{"S": "x"}, {"N": "1"}]},
        "in": {"M": {"type": {"S": "Buffer"}, "data": {"N": "1"}}},
        "raw": {"B": b"\x01\xff"},
    }


SEEDED = """\
plugins: [{plugin}]
custom:
  dynamodb:
    start: {{seed: {wanted}}}
    seed:
      one: {{sources: [{{table: t1, sources: [/one.json]}}]}}
      two: {{sources: [{{table: t2, sources: [one.json, two.json]}}, {{sources: [one.json]}}]}}
"""


@pytest.mark.parametrize("plugin", ["serverless-dynamodb-local", "serverless-dynamodb"])
@pytest.mark.parametrize(
    ("wanted", "tables"), [("true", ["t1", "t2"]), ("two", ["t2"]), ("'one,gone'", ["t1"]), ("false", [])]
)
def test_seeds_are_those_of_the_categories_that_are_wanted(
    tmp_path: Path, plugin: str, wanted: str, tables: list[str]
) -> None:
    (tmp_path / "one.json").write_text('{"id": "1"}')
    (tmp_path / "two.json").write_text('[{"id": "2"}, {"id": "3"}]')
    local, warnings = read(tmp_path, SEEDED.format(plugin=plugin, wanted=wanted))
    assert [seed.table for seed in local.seeds] == tables
    assert {seed.table: len(seed.items) for seed in local.seeds}.get("t2", 3) == 3
    named = [text for text in warnings if "names no table" in text]
    assert bool(named) == ("t2" in tables)
    assert any("no sources for 'gone'" in text for text in warnings) == ("gone" in wanted)


def test_domains_of_each_form(tmp_path: Path) -> None:
    text = """\
        plugins: [serverless-domain-manager]
        custom:
          customDomain: {domainName: API.example.com, basePath: /v1/, certificateName: x}
          customDomains:
            - http: {domainName: h.example.com, basePath: (none), stage: prod}
            - {domainName: h.example.com, basePath: deep/path, apiType: HTTP, stage: prod}
            - {domainName: off.example.com, enabled: 'false'}
            - {domainName: ws.example.com, apiType: websocket}
            - {domainName: odd.example.com, apiType: graphql}
            - {basePath: x}
        """
    local, warnings = read(tmp_path, text, stage="test")
    assert local.domains == (
        CustomDomain("api.example.com", "v1", "ApiGatewayRestApi", "test"),
        CustomDomain("h.example.com", "", "HttpApi", "$default"),
        CustomDomain("h.example.com", "deep/path", "HttpApi", "prod"),
        CustomDomain("ws.example.com", "", "WebsocketsApi", "test", is_websocket=True),
    )
    assert [text.partition(":")[0] for text in warnings] == [
        "the custom domain odd.example.com is left out",
        "a custom domain has no domainName, and is left out",
    ]


def test_folders_of_each_plugin(tmp_path: Path) -> None:
    for name in ("web/a.html", "web/deep/b.html", "web/c.bin", "app/x.js", "app/y.css"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    text = """\
        plugins: [serverless-s3-sync, serverless-s3-deploy, serverless-single-page-app-plugin, serverless-s3-local]
        custom:
          s3LocalPath: app/
          s3: {buckets: [one, two]}
          s3Sync:
            buckets:
              - {bucketName: b, bucketPrefix: /p/, localDir: web, defaultContentType: text/x, deleteRemoved: false,
                 bucketTags: {k: 1}, params: [{'*.html': {CacheControl: no-cache, Nonsense: 1}},
                                              {'deep/**': {CacheControl: no-store}}]}
              - {bucketName: off, localDir: web, enabled: false}
              - {localDir: web}
          assets:
            targets:
              - {bucket: {Ref: Bucket}, prefix: css, acl: public-read, empty: true,
                 files: [{source: app/, globs: '**/*.css', headers: {CacheControl: max-age=1}}]}
        """
    local, warnings = read(tmp_path, text)
    one, two, synced, assets, page = local.folders
    assert (str(one.bucket), str(two.bucket), one.makes_bucket, one.files) == ("one", "two", True, ())
    assert (synced.bucket, synced.prefix, synced.deletes, synced.tags) == (BucketName("b"), "p/", False, {"k": "1"})
    assert {file.key: file.settings for file in synced.files} == {
        "p/a.html": {"ContentType": "text/html", "CacheControl": "no-cache"},
        "p/deep/b.html": {"ContentType": "text/html", "CacheControl": "no-store"},
        "p/c.bin": {"ContentType": content_type("c.bin", "text/x")},
    }
    assert (assets.bucket, assets.deletes) == (BucketName(logical_id="Bucket"), True)
    [style] = assets.files
    assert (style.key, style.path) == ("css/y.css", tmp_path / "app" / "y.css")
    assert style.settings == {"ContentType": "text/css", "ACL": "public-read", "CacheControl": "max-age=1"}
    assert (page.bucket, [file.key for file in page.files]) == (
        BucketName(output="WebAppS3BucketOutput"),
        ["x.js", "y.css"],
    )
    assert warnings == [
        "objects are uploaded without Nonsense, which is not set here",
        "objects are uploaded without Nonsense, which is not set here",
        "an entry of custom.s3Sync needs bucketName and localDir, and is left out",
    ]
    assert local.sources == (tmp_path / "web", tmp_path / "app")


def test_a_script_that_would_make_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    assert hint(tmp_path, tmp_path / "web" / "dist") == ""
    scripts = '{"scripts": {"test": "jest", "build": "jest --coverage", "build:prod": "vite build"}}'
    (tmp_path / "web" / "package.json").write_text(scripts)
    assert hint(tmp_path, tmp_path / "web" / "dist") == f"npm run build:prod in {tmp_path / 'web'}"
    (tmp_path / "package.json").write_text('{"scripts": {"compile": "tsc", "dist": "cp"}}')
    (tmp_path / "yarn.lock").touch()
    assert hint(tmp_path, tmp_path / "dist" / "h.js") == "yarn run compile"
    (tmp_path / "package.json").write_text("{")
    assert hint(tmp_path, tmp_path / "dist" / "h.js") == ""
    # Outside of the folder of the service, that folder's own scripts are the last resort.
    assert hint(tmp_path / "web", tmp_path / "other" / "dist") == "npm run build:prod"
