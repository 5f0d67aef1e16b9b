"""``stratolite invoke``: call a function of the running cloud, synchronously or not."""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from stratolite.cli import terminal
from stratolite.cli.client import Client, connect, decode_blob, encode_blob
from stratolite.cli.debugging import explain
from stratolite.cli.names import resolve
from stratolite.cli.options import endpoint_option, parse_pairs, region_option
from stratolite.core.call import ACCOUNT_DEFAULT
from stratolite.core.clock import RealClock
from stratolite.core.errors import AwsError, UserError


@click.command()
@click.argument("function", required=False)
@click.option("--data", "-d", help="The event, as JSON.")
@click.option("--event", "-e", type=click.Path(path_type=Path), help="A file with the event; - is standard input.")
@click.option(
    "--generate", "-g", "kind", metavar="KIND", help="A sample event: s3-put, sqs, http ... ('list' for all)."
)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of the sample; can be repeated."
)
@click.option("--show", is_flag=True, help="Print the event, and do not invoke.")
@click.option("--async", "is_async", is_flag=True, help="Only accept the event; the function runs in the background.")
@click.option("--debug", is_flag=True, help="Wait for a debugger before the function is loaded; no time-out counts.")
@click.option("--debug-port", type=click.IntRange(1, 65535), help="Where (default 5678 for Python, 9229 for Node).")
@click.option("--log", "-l", is_flag=True, help="Show the end of the function's log.")
@endpoint_option
@region_option
def command(
    function: str | None,
    data: str | None,
    event: Path | None,
    kind: str | None,
    settings: tuple[str, ...],
    show: bool,
    is_async: bool,
    debug: bool,
    debug_port: int | None,
    log: bool,
    endpoint: str | None,
    region: str | None,
) -> None:
    """Invoke FUNCTION: its name, or the end of it ('hello' for 'my-service-dev-hello').

    The event is --data, a file (--event), a sample (--generate), or an empty object. Prints what the function returned.
    Exit code 1 when the function failed.
    """
    if kind == "list":
        _list()
        return
    client = connect(endpoint, region)
    payload = _event(data, event, kind, settings, client)
    if show:
        click.echo(payload.decode())
        return
    if function is None:
        raise click.UsageError("name the function to invoke")
    try:
        listed = client.call("lambda", "ListFunctions", {"MaxItems": 10_000})
        name = resolve(function, [one["FunctionName"] for one in listed.get("Functions", [])])
        arn = next(one["FunctionArn"] for one in listed["Functions"] if one["FunctionName"] == name)
        request = {
            "FunctionName": name,
            "InvocationType": "Event" if is_async else "RequestResponse",
            "LogType": "Tail" if log and not is_async else "None",
            "Payload": encode_blob(payload),
        }
        with _debugging(client, arn, debug_port) if debug or debug_port else contextlib.nullcontext():
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


@contextlib.contextmanager
def _debugging(client: Client, arn: str, port: int | None) -> Iterator[None]:
    """Have a function wait for a debugger, and no more at the end."""
    explain(client.post("debug", {"function": arn, "port": port}), Path())
    client.wait_s_max = None
    try:
        yield
    finally:
        client.post("debug", {"function": arn, "port": 0})


def _event(data: str | None, event: Path | None, kind: str | None, settings: tuple[str, ...], client: Client) -> bytes:
    if sum(given is not None for given in (data, event, kind)) > 1:
        raise UserError("--data, --event and --generate exclude one another")
    if kind is not None:
        return _sample(kind, settings, client)
    if settings:
        raise UserError("--set changes a sample event", todo="Name one with --generate.")
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


def _sample(kind: str, settings: tuple[str, ...], client: Client) -> bytes:
    from stratolite.cli.samples import sample
    from stratolite.cli.samples.model import Place

    chosen = parse_pairs("--set", settings)
    made = sample(kind, Place(ACCOUNT_DEFAULT, client.region, RealClock().now_ms()), chosen)
    return json.dumps(made, indent=2).encode()


def _list() -> None:
    from stratolite.cli.samples import SAMPLES

    terminal.columns([("KIND", "SETTINGS"), *((kind, ", ".join(one.settings)) for kind, one in SAMPLES.items())])
