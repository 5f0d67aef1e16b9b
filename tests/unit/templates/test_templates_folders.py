"""Folders that plugins upload into buckets: which files, and what is said of them."""

from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.templates.serverless.local import BucketName

ONE = "functions: {f: {handler: h.handler}}\n"
FILES = {"site/index.html": "<p>", "site/app.js": "1", "site/notes.txt": ""}


def test_assets_are_chosen_by_patterns(compile_text: Compile) -> None:
    """README of serverless-s3-deploy: targets, each with a bucket and its files."""
    custom = """
plugins: [serverless-s3-deploy]
custom:
  assets:
    targets:
      - bucket: {Ref: Site}
        prefix: v1
        acl: public-read
        files:
          - {source: site, globs: ['*.html', '*.js'], headers: {CacheControl: no-cache}}
"""
    [folder] = compile_text(custom + ONE, FILES).local.folders
    assert folder.bucket == BucketName(logical_id="Site") and not folder.deletes
    assert {file.key: file.settings for file in folder.files} == {
        "v1/app.js": {"ContentType": "application/javascript", "CacheControl": "no-cache", "ACL": "public-read"},
        "v1/index.html": {"ContentType": "text/html", "CacheControl": "no-cache", "ACL": "public-read"},
    }


def test_a_single_page_goes_into_the_bucket_of_its_output(compile_text: Compile) -> None:
    text = "plugins: [serverless-single-page-app-plugin]\ncustom: {s3LocalPath: site/}\n"
    [folder] = compile_text(text + ONE, FILES).local.folders
    assert folder.bucket == BucketName(output="WebAppS3BucketOutput")
    assert [file.key for file in folder.files] == ["app.js", "index.html", "notes.txt"]


def test_a_folder_that_is_not_there_is_told(compile_text: Compile) -> None:
    compiled = compile_text("plugins: [serverless-single-page-app-plugin]\ncustom: {s3LocalPath: dist/}\n" + ONE)
    assert compiled.local.folders == ()
    assert "the folder dist/ is not there yet" in texts(compiled.local_warnings)[0]


def test_sites_of_finch(compile_text: Compile) -> None:
    """README of serverless-finch: documents have names by default, rules are written as S3 has them."""
    text = """
plugins: [serverless-finch]
custom:
  client:
    bucketName: holidays
    distributionFolder: site
    errorDocument: index.html
    routingRules:
      - redirect: {replaceKeyPrefixWith: documents/, httpRedirectCode: 302}
        condition: {keyPrefixEquals: docs/}
"""
    [folder] = compile_text(text + ONE, FILES).local.folders
    assert folder.makes_bucket and folder.website == {
        "IndexDocument": {"Suffix": "index.html"},
        "ErrorDocument": {"Key": "index.html"},
        "RoutingRules": [
            {
                "Redirect": {"ReplaceKeyPrefixWith": "documents/", "HttpRedirectCode": "302"},
                "Condition": {"KeyPrefixEquals": "docs/"},
            }
        ],
    }
    moved = """
plugins: [serverless-finch]
custom: {client: {bucketName: b, distributionFolder: site, redirectAllRequestsTo: {hostName: example.com}}}
"""
    [folder] = compile_text(moved + ONE, FILES).local.folders
    assert folder.website == {"RedirectAllRequestsTo": {"HostName": "example.com"}}
