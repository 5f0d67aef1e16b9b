"""``stratolite invoke``: call a function of the running cloud, synchronously or not."""

import json
import sys
from pathlib import Path

import click

from stratolite.cli import terminal
from stratolite.cli.client import connect, decode_blob, encode_blob
from stratolite.cli.names import resolve
from stratolite.cli.options import endpoint_option, region_option
from stratolite.core.errors import AwsError, UserError


@click.command()
@click.argument("function")
@click.option("--data", "-d", help="The event, as JSON.")
@click.option("--event", "-e", type=click.Path(path_type=Path), help="A file with the event; - is standard input.")
@click.option("--async", "is_async", is_flag=True, help="Only accept the event; the function runs in the background.")
@click.option("--log", "-l", is_flag=True, help="Show the end of the function's log.")
@endpoint_option
@region_option
def command(
    function: str,
    data: str | None,
    event: Path | None,
    is_async: bool,
    log: bool,
    endpoint: str | None,
    region: str | None,
) -> None:
    """Invoke FUNCTION: its name, or the end of it ('hello' for 'my-service-dev-hello').

    Prints what the function returned. Exit code 1 when the function failed.
    """
    client = connect(endpoint, region)
    payload = _event(data, event)
    try:
        listed = client.call("lambda", "ListFunctions", {"MaxItems": 10_000})
        name = resolve(function, [one["FunctionName"] for one in listed.get("Functions", [])])
        request = {
            "FunctionName": name,
            "InvocationType": "Event" if is_async else "RequestResponse",
            "LogType": "Tail" if log and not is_async else "None",
            "Payload": encode_blob(payload),
        }
        answer = client.call("lambda", "Invoke", request)
    except AwsError as error:
        raise UserError(str(error), where=function, exit_code=1) from error
    if "LogResult" in answer:
        click.echo(decode_blob(answer["LogResult"]).decode("utf-8", "replace"), err=True, nl=False)
    if is_async:
        terminal.say("accepted")
        return
    click.echo(decode_blob(answer.get("Payload", "")).decode("utf-8", "replace"))
    if answer.get("FunctionError"):
        terminal.complain(f"the function failed ({answer['FunctionError']})")
        sys.exit(1)


def _event(data: str | None, event: Path | None) -> bytes:
    if data is not None and event is not None:
        raise UserError("--data and --event exclude each other")
    if event is not None:
        try:
            text = sys.stdin.read() if str(event) == "-" else event.read_text()
        except OSError as error:
            raise UserError(f"the event cannot be read: {error.strerror}", where=str(event)) from error
    else:
        text = data if data is not None else "{}"
    try:
        json.loads(text)
    except ValueError as error:
        where = str(event) if event else "--data"
        raise UserError(f"the event is not JSON: {error}", where=where) from error
    return text.encode()
