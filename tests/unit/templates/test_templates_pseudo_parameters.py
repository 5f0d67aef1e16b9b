"""``#{AWS::AccountId}`` as the plugin serverless-pseudo-parameters 2.6.1 makes Fn::Sub of it."""

from typing import Any

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

TEXT = """\
service: shop
provider: {{name: aws, runtime: nodejs20.x, environment: {{Q: "arn:aws:sqs:#{{AWS::Region}}:#{{AWS::AccountId}}:q"}}}}
{more}
functions: {{a: {{handler: h.handler}}}}
resources:
  Resources:
    T:
      Type: AWS::SNS::Topic
      Properties:
        DisplayName: "#{{AWS::Region}}"
        TopicName: !Sub "a-#{{AWS::AccountId}}"
        Tags:
          - {{Key: k, Value: "#{{Other.Arn}}"}}
          - {{Key: e, Value: "#@{{AWS::Region}}"}}
          - {{Key: r, Value: in-eu-west-1}}
"""


def made(compile_text: Compile, more: str) -> Any:
    compiled = compile_text(TEXT.format(more=more))
    resources = compiled.template["Resources"]
    return resources["ALambdaFunction"]["Properties"]["Environment"]["Variables"]["Q"], resources["T"]["Properties"]


def test_texts_become_substitutions(compile_text: Compile) -> None:
    queue, topic = made(compile_text, "plugins: [serverless-pseudo-parameters]")
    assert queue == {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:q"}
    assert topic["DisplayName"] == {"Fn::Sub": "${AWS::Region}"}
    assert topic["TopicName"] == {"Fn::Sub": "a-${AWS::AccountId}"}
    assert [tag["Value"] for tag in topic["Tags"]] == [{"Fn::Sub": "${Other.Arn}"}, "#{AWS::Region}", "in-eu-west-1"]


def test_settings_of_the_plugin(compile_text: Compile) -> None:
    custom = "custom: {pseudoParameters: {allowReferences: false, skipRegionReplace: false}}"
    _, topic = made(compile_text, f"plugins: [serverless-pseudo-parameters]\n{custom}")
    assert [tag["Value"] for tag in topic["Tags"]] == [
        "#{Other.Arn}",
        "#{AWS::Region}",
        {"Fn::Sub": "in-${AWS::Region}"},
    ]


def test_without_the_plugin_they_stay_texts_and_are_told(compile_text: Compile) -> None:
    queue, topic = made(compile_text, "")
    assert queue == "arn:aws:sqs:#{AWS::Region}:#{AWS::AccountId}:q"
    assert topic["DisplayName"] == "#{AWS::Region}"
    [told] = [each for each in texts(compile_text(TEXT.format(more="")).warnings) if "#{" in each]
    assert told.startswith("#{AWS::Region}, #{AWS::AccountId}: only the plugin serverless-pseudo-parameters")


@pytest.mark.parametrize("account", ["#{AWS::AccountId}", "123456789012"])
def test_a_queue_that_is_named_by_it_has_a_stand_in(compile_text: Compile, account: str) -> None:
    text = """\
        plugins: [serverless-pseudo-parameters]
        functions: {a: {handler: h.handler, events: [{sqs: "arn:aws:sqs:us-east-1:%s:jobs"}]}}
        """
    compiled = compile_text(text % account, account="123456789012")
    assert [each.arn for each in compiled.externals] == ["arn:aws:sqs:us-east-1:123456789012:jobs"]
