"""The AWS CLI's commands for CloudWatch, unchanged."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud


@pytest.fixture
def aws(cloud: RunningCloud, tmp_path: Path) -> Any:
    """``aws cloudwatch`` with the words of a line; what it prints in JSON."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }

    def run(line: str) -> Any:
        command = [str(Path(sys.executable).parent / "aws"), "cloudwatch", *line.split(), "--output", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def test_a_metric_and_its_alarm(cloud: RunningCloud, aws: Any) -> None:
    aws("put-metric-data --namespace cli --metric-name m --value 5 --unit Count --dimensions f=g")
    now_s = cloud.clock.now_ms() // 1000
    (point,) = aws(
        "get-metric-statistics --namespace cli --metric-name m --dimensions Name=f,Value=g --statistics Sum"
        f" --period 300 --start-time {now_s - 120} --end-time {now_s + 60}"
    )["Datapoints"]
    assert (point["Sum"], point["Unit"]) == (5.0, "Count")
    aws(
        "put-metric-alarm --alarm-name a --namespace cli --metric-name none --statistic Sum --period 60 --threshold 1"
        " --evaluation-periods 1 --comparison-operator GreaterThanThreshold --treat-missing-data ignore"
    )
    aws("set-alarm-state --alarm-name a --state-value OK --state-reason tried")
    (alarm,) = aws("describe-alarms --alarm-names a")["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"]) == ("OK", "tried")
    history = aws("describe-alarm-history --alarm-name a --history-item-type StateUpdate")
    assert history["AlarmHistoryItems"][0]["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to OK"
