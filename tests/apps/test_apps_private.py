"""An application in a private network behind a CDN: what has no effect here stands in, loudly."""

import json
import re
import subprocess
from pathlib import Path

from tests.apps.conftest import Starter, command, http

APP = Path(__file__).parent / "private"


def test_an_application_in_a_network_of_its_own_runs_and_says_what_has_no_effect(up: Starter) -> None:
    running = up(APP)
    assert re.search(r"^16 resources have no local effect: Address, .*, Tables$", running.output, re.MULTILINE)
    shown = http("GET", running.url("/dev/show")).json()
    assert shown["pong"] == "+PONG"
    assert re.fullmatch(r"vpc-[0-9a-f]{17}", shown["VPC"])
    assert re.fullmatch(r"sg-[0-9a-f]{17}", shown["DEFAULT_GROUP"])
    assert re.fullmatch(r"d[0-9a-z]{13}\.cloudfront\.net", shown["SITE"])
    assert re.fullmatch(r"arn:aws:acm:us-east-1:000000000000:certificate/[0-9a-f-]{36}", shown["CERTIFICATE"])
    settings = running.client("lambda").get_function_configuration(FunctionName="private-dev-show")["VpcConfig"]
    assert [one.partition("-")[0] for one in settings["SubnetIds"]] == ["subnet", "subnet"]
    assert settings["SecurityGroupIds"][0].startswith("sg-")

    endpoint = running.note()["endpoint"]
    told = subprocess.run(command("info", "--endpoint", endpoint), capture_output=True, text=True, check=True).stdout
    assert "Site" in told
    assert "AWS::CloudFront::Distribution: nothing is served from edges" in told
    as_json = subprocess.run(
        command("info", "--json", "--endpoint", endpoint), capture_output=True, text=True, check=True
    ).stdout
    assert len(json.loads(as_json)["stacks"][0]["without_effect"]) == 16


def test_strict_refuses_them_by_name(tmp_path: Path) -> None:
    data = tmp_path / "data"
    refused = subprocess.run(
        command("up", APP, "--strict", "--data", data), capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "resources have no local effect: Network (AWS::EC2::VPC), " in refused.stderr
    assert not data.exists()
