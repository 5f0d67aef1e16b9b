"""What stands in a folder without an application."""

from pathlib import Path

import pytest

from stratolite.cli.main_file import find
from stratolite.cli.surroundings import others, services_below
from stratolite.core.errors import UserError


def service(folder: Path, name: str = "serverless.yml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("service: a\n")
    return folder


def test_services_below_are_named_as_commands(tmp_path: Path) -> None:
    service(tmp_path / "services" / "api")
    service(tmp_path / "jobs", "serverless.ts")
    service(tmp_path / "node_modules" / "x")
    service(tmp_path / ".git" / "x")
    with pytest.raises(UserError) as raised:
        find(tmp_path)
    assert raised.value.todo == (
        f"There are 2 below:\n    stratolite up {tmp_path}/jobs\n    stratolite up {tmp_path}/services/api"
    )


def test_services_of_other_names_are_found(tmp_path: Path) -> None:
    service(tmp_path, "serverless-users.yml")
    service(tmp_path, "serverless-compose.yml")
    service(tmp_path, "jobs.serverless.yaml")
    assert services_below(tmp_path) == [tmp_path / "jobs.serverless.yaml", tmp_path / "serverless-users.yml"]


def test_what_is_deep_or_linked_is_not_looked_into(tmp_path: Path) -> None:
    deep = service(tmp_path / "a" / "b" / "c" / "d" / "e")
    (tmp_path / "link").symlink_to(deep)
    assert services_below(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("cdk.json", "an application of the AWS CDK (cdk.json)"),
        ("main.tf", "a configuration of Terraform (main.tf)"),
        ("sst.config.ts", "an application of SST (sst.config.ts)"),
        ("wrangler.toml", "a project of Cloudflare Workers (wrangler.toml)"),
    ],
)
def test_projects_of_other_tools_are_named(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / name).write_text("")
    assert others(tmp_path) == [what]
    with pytest.raises(UserError) as raised:
        find(tmp_path)
    assert f"There is {what}, which is not run here." in raised.value.todo
    assert "'stratolite init'" in raised.value.todo


def test_an_empty_folder_is_told_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        find(tmp_path)
    assert "serverless.yml" in raised.value.todo and "template.yaml" in raised.value.todo
    assert "'stratolite init'" in raised.value.todo
