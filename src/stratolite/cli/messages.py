"""``stratolite messages``: the e-mails and text messages that an application has sent; they are kept, not sent."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import click

from stratolite.cli import terminal
from stratolite.cli.client import connect
from stratolite.cli.options import endpoint_option, json_option


@click.command()
@click.option("--to", metavar="ADDRESS", default="", help="Only those to one e-mail address or phone number.")
@endpoint_option
@json_option
def command(to: str, endpoint: str | None, as_json: bool) -> None:
    """Show the e-mails and text messages that the application has sent, the latest last.

    Nothing leaves this machine: a link in an e-mail that confirms a subscription can be followed from here. With
    --json, one list of {"id", "sent_ms", "protocol", "type", "sender", "recipient", "subject", "body" ...}.
    """
    client = connect(endpoint, None)
    answer = client.http("GET", f"/_stratolite/messages?{urlencode({'to': to})}")[1]
    messages = json.loads(answer)["messages"]
    if as_json:
        terminal.say(json.dumps(messages, indent=2))
        return
    if not messages:
        terminal.say("No message was sent.")
    for message in messages:
        _show(message)


def _show(message: Mapping[str, Any]) -> None:
    moment = datetime.fromtimestamp(message["sent_ms"] / 1000).strftime("%Y-%m-%d %H:%M:%S")
    terminal.heading(f"{moment}  {message['protocol']} to {message['recipient']}  {message['subject']}".rstrip())
    for line in message["body"].split("\n"):
        terminal.say(f"  {line}".rstrip())
    terminal.say()
