"""The AWS CLI's own commands for files, unchanged: cp, sync, ls, mv, rm, mb, rb, presign."""

import os
import urllib.request
from pathlib import Path

import pytest
from tests.aws_cli import AwsCli
from tests.conftest import RunningCloud


class Cli(AwsCli):
    """``aws s3`` in a folder."""

    def write(self, name: str, data: bytes) -> None:
        """Make a file that is some minutes old: S3 counts whole seconds, and what seems newer is copied again."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (path.stat().st_mtime - 600,) * 2)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture
def cli(cloud: RunningCloud, tmp_path: Path) -> Cli:
    return Cli(cloud, tmp_path, "s3")


def test_files_there_and_back(cli: Cli) -> None:
    """One small file, one that is uploaded in parts, one of unknown length."""
    large = os.urandom(9 * 1024 * 1024 + 17)
    cli.write("small ä.txt", b"small")
    cli.write("large.bin", large)
    cli("mb", "s3://cli-files")
    cli("cp", "small ä.txt", "s3://cli-files/dir/")
    cli("cp", "large.bin", "s3://cli-files/large.bin", "--metadata", "made=here")
    cli("cp", "-", "s3://cli-files/streamed", sent=large)
    listed = cli("ls", "s3://cli-files", "--recursive", "--summarize")
    assert "dir/small ä.txt" in listed and "Total Objects: 3" in listed
    cli("cp", "s3://cli-files/large.bin", "s3://cli-files/copied.bin")
    cli("mv", "s3://cli-files/copied.bin", "back.bin")
    cli("cp", "s3://cli-files/streamed", "streamed.bin")
    assert cli.read("back.bin") == cli.read("streamed.bin") == large
    url = cli("presign", "s3://cli-files/dir/small ä.txt").strip()
    with urllib.request.urlopen(url, timeout=180) as response:
        assert response.read() == b"small"
    cli("rb", "s3://cli-files", "--force")
    assert "cli-files" not in cli("ls")


def test_folders_follow_each_other(cli: Cli, cloud: RunningCloud) -> None:
    cli("mb", "s3://cli-folders")
    for name in ("site/index.html", "site/a/b.css", "site/a/c.js", "site/.hidden"):
        cli.write(name, name.encode())
    cli("sync", "site", "s3://cli-folders/site", "--acl", "bucket-owner-full-control")
    assert cli("sync", "site", "s3://cli-folders/site", "--dryrun") == ""
    (cli.folder / "site" / "a" / "c.js").unlink()
    cli.write("site/index.html", b"changed, and longer")
    said = cli("sync", "site", "s3://cli-folders/site", "--delete", "--no-progress")
    assert sorted(line.split(":")[0] for line in said.splitlines()) == ["delete", "upload"]
    cli("sync", "s3://cli-folders/site", "down")
    assert cli.read("down/index.html") == b"changed, and longer"
    assert not (cli.folder / "down" / "a" / "c.js").exists()
    s3 = cloud.client("s3")
    assert s3.head_object(Bucket="cli-folders", Key="site/index.html")["ContentType"] == "text/html"
    cli("rm", "s3://cli-folders", "--recursive", "--exclude", "*.css")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="cli-folders")["Contents"]] == ["site/a/b.css"]
