"""An application whose deployment a function of its own takes part in."""

from pathlib import Path
from textwrap import dedent

from tests.apps.conftest import Starter

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
