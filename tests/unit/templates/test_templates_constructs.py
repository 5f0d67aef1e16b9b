"""Constructs of serverless-lift. The ids of the queues are those of the plugin's own tests."""

from typing import Any

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.core.errors import UserError

HEAD = "service: shop\nplugins: [serverless-lift]\nprovider: {name: aws, runtime: nodejs20.x}\n"
QUEUE = """\
constructs:
  emails:
    type: queue
    worker: {handler: h.handler, timeout: 20}
    batchSize: 5
    extensions: {queue: {Properties: {MaximumMessageSize: 2048}}}
functions:
  api: {handler: h.handler, environment: {URL: "${construct:emails.queueUrl}", DLQ: "${construct:emails.dlqArn}"}}
"""


def statements(resources: dict[str, Any]) -> list[Any]:
    policies: list[Any] = resources["IamRoleLambdaExecution"]["Properties"]["Policies"]
    return [one["Action"] for one in policies[0]["PolicyDocument"]["Statement"]]


def test_a_queue_has_a_worker_dead_letters_and_permissions(compile_text: Compile) -> None:
    resources = compile_text(HEAD + QUEUE).template["Resources"]
    queue = resources["emailsQueueF057328A"]["Properties"]
    assert (queue["QueueName"], queue["VisibilityTimeout"], queue["MaximumMessageSize"]) == (
        "shop-dev-emails",
        120,
        2048,
    )
    dead = {"Fn::GetAtt": ["emailsDlq47F8494C", "Arn"]}
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": dead, "maxReceiveCount": 3}
    mapping = resources["EmailsWorkerEventSourceMappingSQSEmailsQueueF057328A"]["Properties"]
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (5, ["ReportBatchItemFailures"])
    variables = resources["ApiLambdaFunction"]["Properties"]["Environment"]["Variables"]
    assert variables == {"URL": {"Ref": "emailsQueueF057328A"}, "DLQ": dead}
    assert ["sqs:SendMessage", "sqs:ChangeMessageVisibility"] in statements(resources)


def test_permissions_may_be_the_files_own(compile_text: Compile) -> None:
    resources = compile_text(f"{HEAD}lift: {{automaticPermissions: false}}\n{QUEUE}").template["Resources"]
    assert ["sqs:SendMessage", "sqs:ChangeMessageVisibility"] not in statements(resources)


def test_what_is_not_made_is_told_or_refused(compile_text: Compile) -> None:
    text = HEAD + "constructs: {site: {type: static-website, path: public}}\nfunctions: {a: {handler: h.handler}}\n"
    assert "the construct 'site' of the type static-website is not made" in " ".join(
        texts(compile_text(text, is_lenient=True).warnings)
    )
    with pytest.raises(UserError, match="is not made"):
        compile_text(text)
    with pytest.raises(UserError, match="has no worker"):
        compile_text(HEAD + "constructs: {q: {type: queue, worker: nobody}}\nfunctions: {a: {handler: h.handler}}\n")
    with pytest.raises(UserError, match="a queue has no 'url'"):
        compile_text(HEAD + QUEUE.replace("queueUrl", "url"))


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ("insecure: true", "the webhook 'w' has no path"),
        ("path: /w", "the webhook 'w' is without an authorizer"),
        ("path: /w, insecure: true, authorizer: {handler: h.auth}", "the webhook 'w' is both insecure and authorized"),
        ("path: /w, insecure: true, method: GET", "the webhook 'w' has no method 'GET'"),
    ],
)
def test_mistakes_of_webhooks_are_told_with_their_place(compile_text: Compile, settings: str, what: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        compile_text(f"{HEAD}constructs: {{w: {{type: webhook, {settings}}}}}\nfunctions: {{}}\n")
    assert "serverless.yml:4:" in raised.value.where
