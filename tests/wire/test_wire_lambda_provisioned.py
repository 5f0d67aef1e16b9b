"""Provisioned concurrency, beside AWS's recordings: what is asked for is there before anybody asks, and stays."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.functions import archive

API = "lambda_/test_lambda_api.json"
RUN = "lambda_/test_lambda.json"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
KIND = """
import os, time
def handler(event, context):
    if event.get("path"):
        open(event["path"], "w").close()
        while os.path.exists(event["path"]):
            time.sleep(0.01)
    if event.get("exit"):
        os._exit(1)
    return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
"""


def create(client: Any, name: str, source: str = KIND) -> dict[str, str]:
    """A function with version 1."""
    code = {"ZipFile": archive(source)}
    request = {"Runtime": "python3.12", "Handler": "handler.handler", "Role": ROLE, "Timeout": 30}
    client.create_function(FunctionName=name, Code=code, Publish=True, **request)
    return {"FunctionName": name}


def kind(client: Any, name: str, qualifier: str = "$LATEST", **event: Any) -> Any:
    """Where an invocation ran: ``on-demand`` or ``provisioned-concurrency``, or the refusal."""
    answer = answered(client.invoke, FunctionName=name, Qualifier=qualifier, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read()) if "Payload" in answer else answer


class Held:
    """An invocation that runs until it is let go."""

    def __init__(self, client: Any, folder: Path, name: str, qualifier: str) -> None:
        self._file = folder / f"{name}-{len(list(folder.iterdir()))}"
        self._result: list[Any] = []
        event = {"path": str(self._file)}
        self._thread = threading.Thread(target=lambda: self._result.append(kind(client, name, qualifier, **event)))
        self._thread.start()
        deadline = time.monotonic() + 120
        while not self._file.exists() and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.005)

    def let_go(self) -> Any:
        self._file.unlink(missing_ok=True)
        self._thread.join(120)
        return self._result[0]


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda")


def provision(client: Any, cloud: RunningCloud, name: str, qualifier: str, count: int) -> Any:
    """The configuration when it is settled."""
    named = {"FunctionName": name, "Qualifier": qualifier}
    client.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=count, **named)
    cloud.drain()
    return client.get_provisioned_concurrency_config(**named)


def test_environments_are_there_before_the_first_invocation(client: Any, cloud: RunningCloud) -> None:
    """test_provisioned_concurrency"""
    aws = recorded(RUN, "test_provisioned_concurrency")
    named = {**create(client, "ahead"), "Qualifier": "1"}
    put = client.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=5, **named)
    equal(put, aws["put_provisioned_5"])
    equal(client.get_provisioned_concurrency_config(**named), aws["get_provisioned_prewait"])
    cloud.drain()
    equal(client.get_provisioned_concurrency_config(**named), aws["get_provisioned_postwait"])
    assert kind(client, "ahead", "1") == "provisioned-concurrency"
    assert kind(client, "ahead") == "on-demand"
    streams = cloud.client("logs").describe_log_streams(logGroupName="/aws/lambda/ahead")["logStreams"]
    assert len([stream for stream in streams if "[1]" in stream["logStreamName"]]) == 5


def test_an_alias_has_them_for_its_version(client: Any, cloud: RunningCloud) -> None:
    """test_provisioned_concurrency_on_alias, test_lambda_provisioned_concurrency_moves_with_alias"""
    aws = recorded(RUN, "test_provisioned_concurrency_on_alias")
    named = create(client, "moves")
    client.create_alias(Name="live", FunctionVersion="1", **named)
    put = client.put_provisioned_concurrency_config(Qualifier="live", ProvisionedConcurrentExecutions=5, **named)
    equal(put, aws["put_provisioned_5"])
    cloud.drain()
    get = client.get_provisioned_concurrency_config
    equal(get(Qualifier="live", **named), aws["get_provisioned_postwait"])
    aws = recorded(RUN, "test_lambda_provisioned_concurrency_moves_with_alias")
    provision(client, cloud, "moves", "live", 1)
    assert kind(client, "moves", "1") == kind(client, "moves", "live") == "provisioned-concurrency"
    client.update_function_configuration(Timeout=10, **named)
    client.publish_version(**named)
    moved = client.update_alias(FunctionVersion="2", Name="live", **named)
    equal(moved, aws["update_alias"])
    equal(get(Qualifier="live", **named), aws["get_provisioned_config_after_alias_move"])
    cloud.drain()
    assert kind(client, "moves", "1") == "on-demand"
    assert kind(client, "moves", "2") == kind(client, "moves", "live") == "provisioned-concurrency"
    equal(answered(get, Qualifier="2", **named), aws["provisioned_concurrency_notfound"])


def test_what_is_over_runs_on_demand(client: Any, cloud: RunningCloud, tmp_path: Path) -> None:
    """test_lambda_provisioned_concurrency_scheduling"""
    aws = recorded(RUN, "test_lambda_provisioned_concurrency_scheduling")
    create(client, "spills")
    equal(provision(client, cloud, "spills", "1", 1), aws["get_provisioned_postwait"])
    assert kind(client, "spills", "1") == "provisioned-concurrency"
    held = Held(client, tmp_path, "spills", "1")
    assert kind(client, "spills", "1") == "on-demand"
    assert held.let_go() == "provisioned-concurrency"
    assert kind(client, "spills", "1") == "provisioned-concurrency"


def test_what_is_reserved_for_provisioned_is_not_for_others(client: Any, cloud: RunningCloud) -> None:
    """test_lambda_concurrency_block, test_reserved_provisioned_overlap"""
    aws = recorded(RUN, "test_lambda_concurrency_block")
    named = create(client, "blocked")
    reserved = client.put_function_concurrency(ReservedConcurrentExecutions=1, **named)
    equal(reserved, aws["reserved_concurrency_result"])
    assert kind(client, "blocked") == "on-demand"
    provision(client, cloud, "blocked", "1", 1)
    equal(kind(client, "blocked"), aws["invoke_latest_first_exc"])
    assert kind(client, "blocked", "1") == "provisioned-concurrency"
    equal(kind(client, "blocked"), aws["invoke_latest_second_exc"])
    aws = recorded(RUN, "test_reserved_provisioned_overlap")
    named = create(client, "overlaps")
    equal(provision(client, cloud, "overlaps", "1", 2), aws["get_provisioned_postwait"])
    reserve, put = client.put_function_concurrency, client.put_provisioned_concurrency_config
    equal(answered(reserve, ReservedConcurrentExecutions=1, **named), aws["reserved_lower_than_provisioned_exc"])
    reserve(ReservedConcurrentExecutions=2, **named)
    equal(client.get_function_concurrency(**named), aws["get_concurrency"])
    equal(kind(client, "overlaps"), aws["reserved_equals_provisioned_latest_invoke_exc"])
    updated = client.update_function_configuration(Timeout=15, Environment={}, **named)
    equal(updated, aws["update_func_config"])
    client.publish_version(**named)
    refused = answered(put, Qualifier="2", ProvisionedConcurrentExecutions=1, **named)
    equal(refused, aws["reserved_equals_provisioned_another_provisioned_exc"])
    refused = answered(put, Qualifier="1", ProvisionedConcurrentExecutions=3, **named)
    equal(refused, aws["reserved_equals_provisioned_increase_provisioned_exc"])


def test_a_function_that_cannot_be_initialised(client: Any, cloud: RunningCloud) -> None:
    """test_provisioned_concurrency_init_failure"""
    aws = recorded(RUN, "test_provisioned_concurrency_init_failure")
    named = {**create(client, "fails", "raise ValueError('no')"), "Qualifier": "1"}
    put = client.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=1, **named)
    equal(put, aws["put_provisioned"])
    cloud.drain()
    equal(client.get_provisioned_concurrency_config(**named), aws["get_provisioned_postwait"])
    client.delete_provisioned_concurrency_config(**named)


def test_life_of_a_configuration(client: Any, cloud: RunningCloud) -> None:
    """test_lambda_provisioned_lifecycle"""
    aws = recorded(API, "test_lambda_provisioned_lifecycle")
    named = create(client, "cycle")
    client.create_alias(Name="a", FunctionVersion="1", **named)
    put, get = client.put_provisioned_concurrency_config, client.get_provisioned_concurrency_config
    one = {"ProvisionedConcurrentExecutions": 1, **named}
    equal(put(Qualifier="1", **one), aws["put_provisioned_on_version"])
    equal(answered(put, Qualifier="a", **one), aws["put_provisioned_on_alias_versionconflict"])
    deleted = client.delete_provisioned_concurrency_config(Qualifier="1", **named)
    equal(deleted, aws["delete_provisioned_version"])
    equal(answered(get, Qualifier="1", **named), aws["get_provisioned_version_postdelete"])
    cloud.drain()
    equal(put(Qualifier="a", **one), aws["put_provisioned_on_alias"])
    equal(answered(put, Qualifier="1", **one), aws["put_provisioned_on_version_conflict"])
    equal(client.delete_alias(Name="a", **named), aws["delete_alias_result"])
    equal(answered(get, Qualifier="a", **named), aws["get_provisioned_alias_postaliasdelete"])
    listed = client.list_provisioned_concurrency_configs(**named)
    equal(listed, aws["list_response_postdeletes"])
    cloud.drain()
    assert kind(client, "cycle", "1") == "on-demand"


def test_what_is_refused(cloud: RunningCloud, client: Any) -> None:
    """test_provisioned_concurrency_exceptions, test_provisioned_concurrency_limits"""
    aws = recorded(API, "test_provisioned_concurrency_exceptions")
    name = create(client, "strict")["FunctionName"]
    put, get = client.put_provisioned_concurrency_config, client.get_provisioned_concurrency_config
    delete, listed = client.delete_provisioned_concurrency_config, client.list_provisioned_concurrency_configs
    for verb, ask, more in (
        ("get", get, {}),
        ("delete", delete, {}),
        ("put", put, {"ProvisionedConcurrentExecutions": 1}),
    ):
        absent = "noalias" if verb != "put" else "doesnotexist"
        cases = {
            f"{verb}_provisioned_qualifier_doesnotexist": (name, absent),
            f"{verb}_provisioned_version_doesnotexist": (name, "10"),
            f"{verb}_provisioned_latest": (name, "$LATEST"),
        }
        for entry, (function, qualifier) in cases.items():
            equal(answered(ask, FunctionName=function, Qualifier=qualifier, **more), aws[entry])
    one = {"ProvisionedConcurrentExecutions": 1}
    nowhere = {"FunctionName": "doesnotexist"}
    equal(answered(get, Qualifier="1", FunctionName=name), aws["get_provisioned_config_doesnotexist"])
    equal(answered(get, Qualifier="noalias", **nowhere), aws["get_provisioned_functionname_doesnotexist"])
    equal(answered(delete, Qualifier="1", **nowhere), aws["delete_provisioned_functionname_doesnotexist"])
    equal(answered(delete, Qualifier="1", FunctionName=name), aws["delete_provisioned_config_doesnotexist"])
    equal(answered(put, Qualifier="noalias", **one, **nowhere), aws["put_provisioned_functionname_doesnotexist_alias"])
    equal(answered(put, Qualifier="1", **one, **nowhere), aws["put_provisioned_functionname_doesnotexist_version"])
    equal(answered(listed, FunctionName=name), aws["list_provisioned_noconfigs"])
    equal(answered(listed, **nowhere), aws["list_provisioned_functionname_doesnotexist"])
    loose = cloud.client("lambda", parameter_validation=False)
    none = answered(
        loose.put_provisioned_concurrency_config, FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=0
    )
    equal(none, aws["put_provisioned_invalid_param_0"])
    aws = recorded(API, "test_provisioned_concurrency_limits")
    left = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    for entry, count in (
        ("put_provisioned_concurrency_account_limit_exceeded", left + 1),
        ("put_provisioned_concurrency_below_unreserved_min_value", left - 99),
    ):
        text = json.dumps(aws[entry]).replace("<unreserved_concurrency>", str(left))
        text = text.replace("<min_unreserved_concurrency>", "100")
        refused = answered(put, FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=count)
        equal(refused, json.loads(text))


def test_two_versions_of_an_alias_share(client: Any, cloud: RunningCloud) -> None:
    """Divided by weight; while there are two, the configuration stays as it is: "you can't manage provisioned
    concurrency settings on the alias while a routing configuration is in place"."""
    named = create(client, "weighted")
    client.update_function_configuration(Timeout=9, **named)
    client.publish_version(**named)
    client.create_alias(Name="live", FunctionVersion="1", **named)
    provision(client, cloud, "weighted", "live", 4)
    client.update_alias(Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}}, **named)
    cloud.drain()
    assert kind(client, "weighted", "1") == kind(client, "weighted", "2") == "provisioned-concurrency"
    shown = client.get_provisioned_concurrency_config(Qualifier="live", **named)
    assert (shown["AllocatedProvisionedConcurrentExecutions"], shown["Status"]) == (4, "READY")
    put = client.put_provisioned_concurrency_config
    refused = answered(put, Qualifier="live", ProvisionedConcurrentExecutions=2, **named)
    assert refused["Error"]["Message"] == "Invalid alias configuration for Provisioned Concurrency"


def test_changes_while_environments_are_made(client: Any, cloud: RunningCloud) -> None:
    """Each change begins anew with what is there; the last one counts."""
    named = create(client, "hurried")
    for count in (3, 1, 2):
        put = client.put_provisioned_concurrency_config
        put(Qualifier="1", ProvisionedConcurrentExecutions=count, **named)
        client.update_function_configuration(Description=str(count), **named)
    cloud.drain()
    shown = client.get_provisioned_concurrency_config(Qualifier="1", **named)
    assert (shown["AllocatedProvisionedConcurrentExecutions"], shown["Status"]) == (2, "READY")
    assert kind(client, "hurried", "1") == "provisioned-concurrency"
    engine = cloud.cloud.registry.get("lambda_").state.sandbox.engine
    assert sum(one.spec.name == "hurried" for one in engine._all) == 2
    client.delete_function(**named)
    cloud.drain()
    assert not any(one.spec.name == "hurried" for one in engine._all)


def test_an_alias_of_latest_has_none(client: Any, cloud: RunningCloud) -> None:
    """What is not published cannot have any, by whatever name."""
    named = create(client, "unpublished")
    client.create_alias(Name="head", FunctionVersion="$LATEST", **named)
    put = client.put_provisioned_concurrency_config
    refused = answered(put, Qualifier="head", ProvisionedConcurrentExecutions=1, **named)
    text = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
    assert refused["Error"]["Message"] == text
    client.update_alias(Name="head", FunctionVersion="1", **named)
    provision(client, cloud, "unpublished", "head", 1)
    refused = answered(client.update_alias, Name="head", FunctionVersion="$LATEST", **named)
    assert refused["Error"]["Message"] == text


def test_an_environment_that_ends_is_replaced(client: Any, cloud: RunningCloud) -> None:
    create(client, "mended")
    provision(client, cloud, "mended", "1", 2)
    assert kind(client, "mended", "1", exit=True)["errorType"] == "Runtime.ExitError"
    cloud.drain()
    shown = client.get_provisioned_concurrency_config(FunctionName="mended", Qualifier="1")
    assert (shown["AllocatedProvisionedConcurrentExecutions"], shown["Status"]) == (2, "READY")
    assert kind(client, "mended", "1") == "provisioned-concurrency"


def test_configurations_are_listed_in_pages(client: Any, cloud: RunningCloud) -> None:
    named = create(client, "listed")
    for timeout in (11, 12):
        client.update_function_configuration(Timeout=timeout, **named)
        client.publish_version(**named)
    for version in "123":
        client.put_provisioned_concurrency_config(Qualifier=version, ProvisionedConcurrentExecutions=1, **named)
    pages = client.get_paginator("list_provisioned_concurrency_configs").paginate(
        PaginationConfig={"PageSize": 2}, **named
    )
    listed = [[config["FunctionArn"] for config in page["ProvisionedConcurrencyConfigs"]] for page in pages]
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:listed"
    assert listed == [[f"{arn}:1", f"{arn}:2"], [f"{arn}:3"]]


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"


def test_they_are_there_again_after_a_restart(data: Path) -> None:
    first = RunningCloud(data).start()
    client = first.client("lambda")
    create(client, "again")
    provision(client, first, "again", "1", 2)
    first.stop()
    second = RunningCloud(data).start()
    second.drain()
    client = second.client("lambda")
    shown = client.get_provisioned_concurrency_config(FunctionName="again", Qualifier="1")
    assert (shown["AllocatedProvisionedConcurrentExecutions"], shown["Status"]) == (2, "READY")
    assert kind(client, "again", "1") == "provisioned-concurrency"
    second.stop()


def test_idleness_ends_the_others_alone(timed_cloud: RunningCloud, tmp_path: Path) -> None:
    client = timed_cloud.client("lambda")
    create(client, "kept")
    provision(client, timed_cloud, "kept", "1", 1)
    held = Held(client, tmp_path, "kept", "1")
    assert kind(client, "kept", "1") == "on-demand"
    held.let_go()
    engine = timed_cloud.cloud.registry.get("lambda_").state.sandbox.engine
    assert engine.environment_count == 2
    timed_cloud.advance(3600)
    timed_cloud.drain()
    assert engine.environment_count == 1
    assert kind(client, "kept", "1") == "provisioned-concurrency"
    # Credentials that grow old are replaced, with their environments.
    timed_cloud.advance(7 * 3600)
    timed_cloud.drain()
    assert kind(client, "kept", "1") == "provisioned-concurrency"
    assert engine.environment_count == 1
