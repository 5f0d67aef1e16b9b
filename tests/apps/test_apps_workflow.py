"""The deployment workflow: linted, and each of its commands rehearsed against a local cloud, as a runner would run it.

What GitHub and its actions do stands in the tables below: values of expressions, and what an action leaves behind.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.apps.conftest import ROOT
from tests.apps.projects import new_project, run
from tests.conftest import ACCOUNT, REGION, RunningCloud

WORKFLOW = ROOT / "examples" / "community" / ".github" / "workflows" / "deploy.yml"
LINTER = (
    Path(__file__).parent / "actionlint" / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
)
STAGE = "staging"
CHOICE = "github.ref_name == 'main' && 'production' || 'staging'"
STEP_S_MAX = 120
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
"""How a runner calls the shell ``bash``.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
"""
ACTIONS = {"actions/checkout", "actions/setup-python", "aws-actions/configure-aws-credentials"}


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())
    return read


def steps_of(workflow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each step, with the name of its job."""
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            yield name, step


def test_the_linter_finds_nothing() -> None:
    if not LINTER.is_file():
        pytest.skip("npm ci --prefix tests/apps/actionlint has not been run")
    done = run(["node", str(LINTER), WORKFLOW.name], WORKFLOW.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All workflow files passed" in done.stdout, done.stdout


def test_the_linter_finds_what_is_wrong(tmp_path: Path) -> None:
    if not LINTER.is_file():
        pytest.skip("npm ci --prefix tests/apps/actionlint has not been run")
    (tmp_path / "deploy.yml").write_text(WORKFLOW.read_text().replace("needs: [lint, test]", "needs: [lint, tests]"))
    assert 'needs job "tests" which does not exist' in run(["node", str(LINTER), "deploy.yml"], tmp_path).stdout


def test_actions_are_pinned_by_commit_with_their_version() -> None:
    """Tags can be moved by whoever takes an action over; commits cannot."""
    lines = [line.strip() for line in WORKFLOW.read_text().splitlines() if "uses:" in line]
    pinned = [re.fullmatch(r"- uses: ([\w-]+/[\w-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in lines]
    assert {found[1] for found in pinned if found} == ACTIONS
    assert all(pinned), lines


def test_permissions_are_the_least(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {}
    granted = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    read = {"contents": "read"}
    assert granted == {"lint": read, "test": read, "deploy": {**read, "id-token": "write"}}
    assert all(
        step["with"]["persist-credentials"] is False for _, step in steps_of(workflow) if "checkout" in str(step)
    )
    text = WORKFLOW.read_text()
    assert "secrets." not in text
    assert "aws-access-key-id" not in text


def test_deployments_of_a_stage_wait_for_each_other_and_everything_ends(workflow: dict[str, Any]) -> None:
    jobs = workflow["jobs"]
    assert jobs["deploy"]["concurrency"] == {"group": f"deploy-${{{{ {CHOICE} }}}}", "cancel-in-progress": False}
    assert jobs["deploy"]["environment"] == f"${{{{ {CHOICE} }}}}"
    assert jobs["deploy"]["needs"] == ["lint", "test"]
    assert all(1 <= job["timeout-minutes"] <= 60 for job in jobs.values())
    # As PyYAML reads ``on``, by YAML 1.1.
    assert workflow[True] == {"pull_request": None, "push": {"branches": ["staging", "main"]}}  # type: ignore[index]


def test_no_expression_is_pasted_into_a_script(workflow: dict[str, Any]) -> None:
    """Whatever comes from outside reaches scripts by the environment alone, where it is text and no command."""
    assert not [step["run"] for _, step in steps_of(workflow) if "${{" in step.get("run", "")]


@dataclass
class Runner:
    """A runner of GitHub's, as far as these jobs need one: it runs the steps of a job in a checkout."""

    workflow: dict[str, Any]
    checkout: Path
    folder: Path
    """Its temporary files."""
    endpoint: str
    said: dict[str, str] = field(default_factory=dict)
    """What each step printed, by its name."""

    def job(self, name: str) -> dict[str, str]:
        """Runs a job; the outcome of each step that is a command, by its name."""
        job = self.workflow["jobs"][name]
        outcomes: dict[str, str] = {}
        outputs: dict[str, str] = {}
        environment = {**self._environment(), **self._values(job.get("env", {}), outputs)}
        temporary = self.folder / name
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        environment |= {"RUNNER_TEMP": str(temporary), "GITHUB_OUTPUT": str(temporary / "output")}
        ids: dict[str, str] = {}
        for step in job["steps"]:
            if "uses" in step:
                environment |= self._used(step)
                continue
            if not self._is_due(step.get("if"), outcomes, ids):
                outcomes[step["name"]] = "skipped"
            else:
                own = {**environment, **self._values(step.get("env", {}), outputs)}
                outcomes[step["name"]] = self._step(step, own)
                outputs |= self._outputs(step.get("id", ""), temporary / "output")
            ids[step.get("id", "")] = outcomes[step["name"]]
        return outcomes

    def _step(self, step: dict[str, Any], environment: dict[str, str]) -> str:
        script = self.folder / "step.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            [*BASH, str(script)],
            cwd=self.checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=STEP_S_MAX,
            check=False,
        )
        self.said[step["name"]] = done.stdout + done.stderr
        return "success" if done.returncode == 0 else "failure"

    def _environment(self) -> dict[str, str]:
        """What a runner gives to each step; the tools are those of the environment that runs the tests."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        sha = run(["git", "rev-parse", "HEAD"], self.checkout).stdout.strip()
        return {**kept, "PATH": path, "CI": "true", "GITHUB_SHA": sha, "PYTEST_ADDOPTS": "-p no:asyncio"}

    def _used(self, step: dict[str, Any]) -> dict[str, str]:
        """What an action leaves in the environment of the steps after it."""
        action = step["uses"].partition("@")[0]
        assert action in ACTIONS
        if action != "aws-actions/configure-aws-credentials":
            return {}
        wanted = {"role-to-assume", "role-session-name", "role-duration-seconds", "aws-region"}
        assert set(step["with"]) == wanted
        keys = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test"}
        return {**keys, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": self.endpoint}

    def _values(self, texts: dict[str, str], outputs: dict[str, str]) -> dict[str, str]:
        """Values with their expressions resolved: by the table, and by what steps have put out."""
        table = {CHOICE: STAGE, **outputs}
        return {name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: table[found[1]], text) for name, text in texts.items()}

    def _outputs(self, step_id: str, file: Path) -> dict[str, str]:
        text = file.read_text() if file.exists() else ""
        pairs = (line.partition("=") for line in text.splitlines())
        return {f"steps.{step_id}.outputs.{key}": value for key, _, value in pairs}

    def _is_due(self, condition: str | None, outcomes: dict[str, str], ids: dict[str, str]) -> bool:
        has_failed = "failure" in outcomes.values()
        table = {
            None: not has_failed,
            "failure() && steps.smoke.outcome == 'failure'": has_failed and ids.get("smoke") == "failure",
        }
        return table[condition]


def committed(folder: Path, message: str) -> str:
    """A commit of everything; its id."""
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for words in (["init", "-q", "-b", STAGE], ["add", "-A"], ["commit", "-q", "-m", message]):
        done = run([*git, *words], folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return run(["git", "rev-parse", "HEAD"], folder).stdout.strip()


def runner(workflow: dict[str, Any], checkout: Path, cloud: RunningCloud) -> Runner:
    temporary = checkout.parent / "runner"
    temporary.mkdir()
    return Runner(workflow, checkout, temporary, cloud.endpoint)


def release(cloud: RunningCloud, service: str) -> str:
    """The commit that has passed last."""
    found = cloud.client("ssm").get_parameter(Name=f"/{service}/{STAGE}/release")
    return str(found["Parameter"]["Value"])


def test_a_release_and_one_that_is_taken_back(workflow: dict[str, Any], cloud: RunningCloud, tmp_path: Path) -> None:
    """All commands of the workflow, for a project that init has written."""
    project = new_project("events", tmp_path / "goods", "--ci", "github")
    assert (project / ".github" / "workflows" / "deploy.yml").read_text() == WORKFLOW.read_text()
    first = committed(project, "The first release")
    github = runner(workflow, project, cloud)
    for name in ("lint", "test", "deploy"):
        outcomes = github.job(name)
        assert outcomes.pop("Roll back", "skipped") == "skipped"
        assert set(outcomes.values()) == {"success"}, github.said
    assert "3 passed" in github.said["Test"]
    assert release(cloud, "goods") == first

    # Its tests would find this one; here they are left out.
    handlers = project / "orders.py"
    handlers.write_text(handlers.read_text().replace("status=202", "status=200"))
    committed(project, "A release that does not keep what was promised")
    outcomes = github.job("deploy")
    assert outcomes["Deploy"] == "success", github.said
    assert outcomes["Smoke test"] == "failure"
    assert "POST /orders: 200 instead of 202" in github.said["Smoke test"]
    assert outcomes["Keep as the release that passed last"] == "skipped"
    assert outcomes["Roll back"] == "success", github.said["Roll back"]
    assert f"Going back to {first}" in github.said["Roll back"]
    assert release(cloud, "goods") == first


def test_the_community_goes_to_staging(workflow: dict[str, Any], cloud: RunningCloud, tmp_path: Path) -> None:
    """With the network that another team's stack makes there: subnets, security groups, and the cache's own subnets."""
    pytest.importorskip("redis")
    network = {"subnets": "subnet-1,subnet-2", "security-groups": "sg-1", "cache-subnet-group": "caches"}
    for name, value in network.items():
        kind = "StringList" if name.endswith("s") else "String"
        cloud.client("ssm").put_parameter(Name=f"/network/{STAGE}/{name}", Value=value, Type=kind)
    cloud.client("elasticache").create_cache_subnet_group(
        CacheSubnetGroupName="caches", CacheSubnetGroupDescription="Caches", SubnetIds=["subnet-1", "subnet-2"]
    )
    project = new_project("community", tmp_path / "commons", "--ci", "github")
    commit = committed(project, "The first release")
    github = runner(workflow, project, cloud)
    for name in ("lint", "deploy"):
        outcomes = github.job(name)
        assert outcomes.pop("Roll back", "skipped") == "skipped", github.said
        assert set(outcomes.values()) == {"success"}, github.said
    assert release(cloud, "commons") == commit
