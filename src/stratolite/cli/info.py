"""``stratolite info``: what the running cloud has, or an account of AWS."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import click

from stratolite.cli import terminal
from stratolite.cli.client import connect
from stratolite.cli.options import endpoint_option, json_option, profile_option, region_option, to_option
from stratolite.cli.summary import Summary, stacks, summarise
from stratolite.core.errors import AwsError, UserError

FUNCTION_URL = "/_aws/lambda-url/"


@click.command()
@click.argument("stack", required=False)
@to_option("local")
@profile_option
@endpoint_option
@region_option
@json_option
def command(
    stack: str | None, to: str, profile: str | None, endpoint: str | None, region: str | None, as_json: bool
) -> None:
    """Show functions, routes and resources of STACK, or of all stacks; and what has no local effect, and why."""
    if profile and to == "local":
        raise UserError("--profile is for --to aws: a local cloud asks for no credentials")
    if endpoint and to == "aws":
        raise UserError(
            "--endpoint names a local cloud", todo="Another endpoint than AWS's is set by AWS_ENDPOINT_URL."
        )
    try:
        asyncio.run(
            _on_aws(stack, profile, region, as_json) if to == "aws" else _locally(stack, endpoint, region, as_json)
        )
    except AwsError as error:
        raise UserError(str(error), exit_code=1) from error


async def _locally(stack: str | None, endpoint: str | None, region: str | None, as_json: bool) -> None:
    client = connect(endpoint, region)
    health = json.loads(client.http("GET", "/_stratolite/health")[1])
    names = [stack] if stack else await stacks(client.ask)
    found = [await summarise(client.ask, name, health["app_endpoint"]) for name in names]
    if as_json:
        terminal.say(json.dumps({**health, "stacks": [one.as_json() for one in found]}, indent=2))
        return
    terminal.say(f"AWS APIs at {health['endpoint']}, data in {health['data']}")
    _show(found, client.region)


async def _on_aws(stack: str | None, profile: str | None, region: str | None, as_json: bool) -> None:
    from stratolite.targets.account import Account

    account = Account(profile=profile, region=region)

    async def ask(service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return account.call(service, operation, request)

    found = []
    for name in [stack] if stack else await stacks(ask):
        described = await ask("cloudformation", "DescribeStacks", {"StackName": name})
        outputs = {one["OutputKey"]: one["OutputValue"] for one in described["Stacks"][0].get("Outputs", [])}
        place = urlsplit(outputs.get("ServiceEndpoint", ""))
        endpoint = f"{place.scheme}://{place.netloc}" if place.netloc else ""
        summary = await summarise(ask, name, endpoint, is_local=False)
        # Where a function's URL answers on AWS stands in an output.
        summary.routes = [(method, url) for method, url in summary.routes if FUNCTION_URL not in url]
        found.append(summary)
    if as_json:
        shown = {"account": account.id, "region": account.region, "stacks": [one.as_json() for one in found]}
        terminal.say(json.dumps(shown, indent=2))
        return
    terminal.say(f"Account {account.id}, {account.region}")
    _show(found, account.region)


def _show(found: list[Summary], region: str) -> None:
    for one in found:
        terminal.say(f"\n{one.stack_name} ({one.status})")
        one.show()
        one.explain()
    if not found:
        terminal.say(f"No stack is deployed in {region}.")
