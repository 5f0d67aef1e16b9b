"""An application whose deployment a function of its own takes part in."""

import shutil
from pathlib import Path
from textwrap import dedent

import pytest
from tests.apps.conftest import Starter, http

SERVICE = """
    service: made
    provider: {name: aws, runtime: python3.12, versionFunctions: false}
    functions:
      maker: {handler: maker.handler}
    resources:
      Resources:
        Thing:
          Type: Custom::Thing
          Properties:
            ServiceToken: !GetAtt MakerLambdaFunction.Arn
            Greeting: hello
      Outputs:
        Said: {Value: !GetAtt Thing.Said}
    """
MAKER = """
    import json
    import urllib.request

    def handler(event, context):
        greeting = event["ResourceProperties"]["Greeting"]
        print("making a thing that says", greeting)
        names = ("StackId", "RequestId", "LogicalResourceId")
        answer = {"Status": "SUCCESS", "PhysicalResourceId": "thing", "Data": {"Said": greeting + "!"}}
        answer.update({name: event[name] for name in names})
        data = json.dumps(answer).encode()
        urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=data, method="PUT"))
    """


def write(folder: Path, service: str = SERVICE, maker: str = MAKER) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "serverless.yml").write_text(dedent(service))
    (folder / "maker.py").write_text(dedent(maker))
    return folder


def test_what_a_maker_says_is_shown_while_it_is_deployed(up: Starter, tmp_path: Path) -> None:
    folder = write(tmp_path / "app")
    running = up(folder)
    assert "making a thing that says hello" in running.output
    running.until("hello!")
    assert running.client("cloudformation").describe_stacks()["Stacks"][0]["Outputs"]
    seen = len(running.lines)
    (folder / "serverless.yml").write_text(dedent(SERVICE.replace("Greeting: hello", "Greeting: goodbye")))
    running.until("serverless.yml: deployed in", after=seen)
    running.until("making a thing that says goodbye")
    running.stop()


def test_a_maker_that_breaks_is_seen_before_its_time_is_over(up: Starter, tmp_path: Path) -> None:
    hasty = SERVICE.replace("Greeting: hello", "ServiceTimeout: 5")
    folder = write(tmp_path / "app", hasty, "def handler(event, context):\n    raise ValueError('broken')\n")
    running = up(folder, ready=False)
    running.until("ValueError: broken")
    running.until("CloudFormation did not receive a response from your Custom Resource.")
    running.until("(ended)")
    assert running.stop() == 1


RULES = """
    service: ruled
    provider:
      name: aws
      runtime: python3.12
      versionFunctions: false
      eventBridge: {useCloudFormation: false}
    functions:
      maker:
        handler: maker.handler
        events:
          - eventBridge: {pattern: {source: [shop]}, eventBus: first, input: {greeting: from the first}}
          - eventBridge: {pattern: {source: [shop]}, eventBus: first, inputPath: $.detail}
          - eventBridge: {schedule: rate(1 day), name: daily, enabled: false}
    """
HEARER = "def handler(event, context):\n    print('heard', event)\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="the custom resource is one of Node.js")
def test_rules_that_a_custom_resource_makes(up: Starter, tmp_path: Path) -> None:
    folder = write(tmp_path / "app", RULES, HEARER)
    running = up(folder, "--strict")
    events = running.client("events")
    assert [one["Name"] for one in events.list_event_buses()["EventBuses"]] == ["default", "first"]
    (daily,) = events.list_rules()["Rules"]
    assert (daily["Name"], daily["State"], daily["ScheduleExpression"]) == ("daily", "DISABLED", "rate(1 day)")
    entry = {"Source": "shop", "DetailType": "d", "Detail": '{"greeting": "as it was sent"}'}
    events.put_events(Entries=[{**entry, "EventBusName": "first"}])
    running.until("heard {'greeting': 'from the first'}")
    running.until("heard {'greeting': 'as it was sent'}")
    seen = len(running.lines)
    (folder / "serverless.yml").write_text(dedent(RULES.replace("eventBus: first", "eventBus: second")))
    running.until("serverless.yml: deployed in", after=seen)
    assert [one["Name"] for one in events.list_event_buses()["EventBuses"]] == ["default", "second"]
    events.put_events(Entries=[{**entry, "EventBusName": "second"}])
    running.until("heard {'greeting': 'from the first'}", after=seen)
    policy = running.client("lambda").get_policy(FunctionName="ruled-dev-maker")["Policy"]
    assert "rule/second/ruled-dev-maker-rule-1" in policy and "rule/first/" not in policy
    running.stop()


def test_nothing_is_made_where_an_event_is_of_aws_alone_and_all_is_asked_for(up: Starter, tmp_path: Path) -> None:
    daily = "- eventBridge: {schedule: rate(1 day), name: daily, enabled: false}"
    service = RULES.replace("      eventBridge: {useCloudFormation: false}\n", "").replace(
        daily, "- iot: {sql: SELECT 1}"
    )
    running = up(write(tmp_path / "app", service, HEARER), "--strict", ready=False)
    running.until("serverless.yml:13:9: the event iot of maker is not run here")
    running.until("(ended)")
    assert running.stop() == 2


def test_events_of_aws_alone_are_left_out_and_what_refers_to_them_has_values(up: Starter, tmp_path: Path) -> None:
    service = """
        service: mixed
        provider:
          name: aws
          runtime: python3.12
          environment: {RULE: !Ref MakerIotTopicRule1}
        functions:
          maker:
            handler: maker.handler
            events:
              - httpApi: GET /rule
              - iot: {sql: SELECT 1}
              - alb: {listenerArn: !Ref Nobody, priority: 1, conditions: {path: /}}
        """
    maker = "import os\ndef handler(event, context):\n    return os.environ['RULE']\n"
    running = up(write(tmp_path / "app", service, maker), "--no-watch")
    assert running.output.count("2 events are of a kind that is not run here yet, and left out") == 1
    assert "iot of maker" in running.output and "alb of maker" in running.output
    assert "skipped: MakerIotTopicRule1 (AWS::IoT::TopicRule)" in running.output
    assert http("GET", running.url("/rule")).body.startswith(b"mixed-dev-MakerIotTopicRule1-")
