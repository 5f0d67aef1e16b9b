"""One trace runs through everything that one request causes."""

import json
import re
from typing import Any

import pytest
from tests.archives import zipped
from tests.conftest import ACCOUNT, RunningCloud

SOURCE = """
import os
def handler(event, context):
    print("trace", os.environ["_X_AMZN_TRACE_ID"])
"""
ROOT = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize("sent", [f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1", ""])
def test_a_trace_goes_from_the_publisher_to_the_function(timed_cloud: RunningCloud, sent: str) -> None:
    function = timed_cloud.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": zipped(SOURCE)},
    )
    sns = timed_cloud.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function["FunctionArn"])

    def trace(request: Any, **_: Any) -> None:
        if sent:
            request.headers["X-Amzn-Trace-Id"] = sent

    sns.meta.events.register("before-sign.sns.Publish", trace)
    sns.publish(TopicArn=topic, Message="m")
    sns.publish(TopicArn=topic, Message="n")
    timed_cloud.drain()
    events = timed_cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/f", filterPattern="trace")["events"]
    roots = [re.search(r"Root=([-0-9a-f]+)", event["message"]) for event in events]
    found = [root[1] for root in roots if root]
    assert len(found) == 2, json.dumps(events)
    if sent:
        assert found == [ROOT, ROOT]
    else:
        assert found[0] != found[1]
