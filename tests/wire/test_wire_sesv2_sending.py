"""SES as an application uses it: e-mails are kept for whoever looks.

Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

import json
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import RunningCloud

_numbers = count()


def address(name: str) -> str:
    """An address that no other test writes to."""
    return f"{name}-{next(_numbers)}@example.com"


def simple(text: str = "It is good to have you.") -> dict[str, Any]:
    return {"Simple": {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": text}}}}


@pytest.fixture
def ses(cloud: RunningCloud) -> Any:
    return cloud.client("sesv2")


@pytest.fixture
def captured(cloud: RunningCloud) -> Callable[[str], list[dict[str, Any]]]:
    def read(to: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{cloud.endpoint}/_stratolite/messages?to={to}") as answer:
            found: list[dict[str, Any]] = json.load(answer)["messages"]
        return found

    return read


def test_each_recipient_has_a_copy(ses: Any, captured: Callable[[str], list[dict[str, Any]]]) -> None:
    to, hidden = address("ada"), address("eve")
    destination = {"ToAddresses": [f"Ada <{to}>"], "BccAddresses": [hidden]}
    sent = ses.send_email(FromEmailAddress="Us <us@example.com>", Destination=destination, Content=simple())
    [message] = captured(to)
    assert {name: message[name] for name in ("protocol", "sender", "recipient", "subject", "body", "message_id")} == {
        "protocol": "email",
        "sender": "Us <us@example.com>",
        "recipient": to,
        "subject": "Welcome",
        "body": "It is good to have you.",
        "message_id": sent["MessageId"],
    }
    assert len(captured(hidden)) == 1


def test_mime_is_read(ses: Any, captured: Callable[[str], list[dict[str, Any]]]) -> None:
    mail = EmailMessage()
    to = address("ada")
    mail["From"], mail["To"], mail["Subject"] = "us@example.com", f"Ada Lovelace <{to}>", "Grüße"
    mail.set_content("In plain text.")
    mail.add_alternative("<p>In HTML.</p>", subtype="html")
    mail.add_attachment(b"1,2", maintype="text", subtype="csv", filename="rows.csv")
    ses.send_email(Content={"Raw": {"Data": mail.as_bytes()}})
    [message] = captured(to)
    assert (message["subject"], message["body"]) == ("Grüße", "In plain text.\nAttachment: rows.csv")


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"Destination": {}}, "BadRequestException", "at least one destination"),
        ({"Destination": {"ToAddresses": ["nobody"]}}, "BadRequestException", "Illegal address: nobody"),
        ({"FromEmailAddress": "us"}, "BadRequestException", "Illegal address: us"),
        ({"Destination": {"ToAddresses": ["a@example.com"] * 51}}, "BadRequestException", "Recipient count exceeds 50"),
        ({"Content": {}}, "BadRequestException", "One and only one"),
        ({"ConfigurationSetName": "mine"}, "NotImplemented", "ConfigurationSetName"),
        ({"Content": {"Template": {"TemplateName": "t"}}}, "NotImplemented", "Template"),
    ],
)
def test_what_cannot_be_sent(ses: Any, change: dict[str, Any], code: str, text: str) -> None:
    request = {
        "FromEmailAddress": "us@example.com",
        "Destination": {"ToAddresses": ["a@example.com"]},
        "Content": simple(),
        **change,
    }
    with pytest.raises(ClientError, match=text) as raised:
        ses.send_email(**request)
    assert raised.value.response["Error"]["Code"] == code
