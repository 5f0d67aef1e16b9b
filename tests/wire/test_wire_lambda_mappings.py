"""Event source mappings through the API: settings, states, refusals. Expectations: recorded answers, or as said."""

from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.dynamodb_tables import table
from tests.wire.functions import ECHO, create

API = "lambda_/test_lambda_api.json"
QUEUES = "lambda_/event_source_mapping/test_lambda_integration_sqs.json"
STREAMS = "lambda_/event_source_mapping/test_lambda_integration_dynamodbstreams.json"
INVALID = "InvalidParameterValueException"
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
LATEST = {"StartingPosition": "LATEST"}


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    client = cloud.client("lambda")
    create(client, "mapped")
    return client


@pytest.fixture(scope="module")
def stream(cloud: RunningCloud) -> Any:
    tables: Any = cloud.client("dynamodb")
    with table(tables, StreamSpecification=STREAM) as name:
        yield tables.describe_table(TableName=name)["Table"]["LatestStreamArn"]


def queue(cloud: RunningCloud, name: str, **attributes: str) -> str:
    cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def made(client: Any, arn: str, **settings: Any) -> Any:
    return client.create_event_source_mapping(**{"FunctionName": "mapped", "EventSourceArn": arn, **settings})


def settled(cloud: RunningCloud, client: Any, uuid: str) -> Any:
    cloud.drain()
    return client.get_event_source_mapping(UUID=uuid)


# Queues ---------------------------------------------------------------------------------------------------------------


def test_a_mapping_of_a_queue_is_enabled_at_once(cloud: RunningCloud, client: Any) -> None:
    entry = recorded(QUEUES, "TestSQSEventSourceMapping::test_event_source_mapping_default_batch_size")
    arn = queue(cloud, "defaults")
    answer = made(client, arn)
    equal(answer, entry["create-event-source-mapping"])
    shown = settled(cloud, client, answer["UUID"])
    assert shown["State"] == "Enabled"
    large = {"UUID": answer["UUID"], "BatchSize": 15}
    equal(answered(client.update_event_source_mapping, **large), entry["invalid-update-event-source-mapping"])
    another = answered(made, client=client, arn=queue(cloud, "defaults-2"), BatchSize=15)
    equal(another, entry["invalid-create-event-source-mapping"])


def test_a_mapping_that_is_made_disabled_is_enabled_later(cloud: RunningCloud, client: Any) -> None:
    entry = recorded(QUEUES, "test_fifo_message_group_parallelism")
    arn = queue(cloud, "grouped.fifo", FifoQueue="true")
    answer = made(client, arn, BatchSize=1, Enabled=False)
    equal(answer, entry["create_esm_disabled"])
    equal(client.update_event_source_mapping(UUID=answer["UUID"], Enabled=True), entry["update_esm_enabling"])
    equal(settled(cloud, client, answer["UUID"]), entry["get_esm_enabled"])


def test_a_function_and_a_queue_have_one_mapping(cloud: RunningCloud, client: Any) -> None:
    entry = recorded(QUEUES, "TestSQSEventSourceMapping::test_duplicate_event_source_mappings")
    arn = queue(cloud, "twice")
    equal(made(client, arn), entry["create"])
    equal(answered(made, client=client, arn=arn), entry["error"])
    code, text, _ = refused(made, client=client, arn=arn, FunctionName="mapped:$LATEST")
    assert code == "ResourceConflictException"
    assert 'function (" mapped:$LATEST ")' in text
    create(client, "mapped-too")
    assert made(client, arn, FunctionName="mapped-too")["State"] == "Creating"


def test_a_queue_has_to_be_there(client: Any) -> None:
    entry = recorded(QUEUES, "test_esm_with_not_existing_sqs_queue")
    answer = answered(made, client=client, arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:nowhere")
    equal(answer, entry["error"])


@pytest.mark.parametrize("pattern", ["null", '"simple string"', '{"eventSource": "aws:sqs"}', '{"eventSource": []}'])
def test_what_is_no_filter(cloud: RunningCloud, client: Any, pattern: str) -> None:
    entry = recorded(QUEUES, "test_sqs_invalid_event_filter[None]")["create_event_source_mapping_exception"]
    criteria = {"Filters": [{"Pattern": pattern}]}
    equal(answered(made, client=client, arn=queue(cloud, "filtered"), FilterCriteria=criteria), entry)
    entry = recorded(STREAMS, "test_dynamodb_invalid_event_filter[single-string]")["exception_event_source_creation"]
    equal(answered(made, client=client, arn=queue(cloud, "filtered"), FilterCriteria=criteria), entry)


def test_settings_of_a_queue_are_kept_changed_and_cleared(cloud: RunningCloud, client: Any) -> None:
    settings = {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 5,
        "ScalingConfig": {"MaximumConcurrency": 7},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]},
        "KMSKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k",
    }
    answer = made(client, queue(cloud, "kept"), **settings)
    assert settings.items() <= settled(cloud, client, answer["UUID"]).items()
    empty: dict[str, Any] = {"ScalingConfig": {}, "FilterCriteria": {}, "KMSKeyArn": "", "FunctionResponseTypes": []}
    changed = client.update_event_source_mapping(UUID=answer["UUID"], BatchSize=50, **empty)
    assert changed["State"] == "Updating"
    assert changed["BatchSize"] == 50
    assert changed["MaximumBatchingWindowInSeconds"] == 5
    assert changed["FunctionResponseTypes"] == []
    assert not {"ScalingConfig", "FilterCriteria", "KMSKeyArn"} & changed.keys()
    assert settled(cloud, client, answer["UUID"])["State"] == "Enabled"


REFUSALS_OF_QUEUES: list[tuple[dict[str, Any], str]] = [
    # https://github.com/boto/boto3/issues/1613 quotes AWS.
    (LATEST, "StartingPosition is not valid for SQS event sources."),
    (
        {"BatchSize": 11},
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    ),
    *(
        ({name: value}, f"Unsupported {name} parameter for given event source mapping type.")
        for name, value in (
            ("BisectBatchOnFunctionError", True),
            ("MaximumRecordAgeInSeconds", 60),
            ("MaximumRetryAttempts", 1),
            ("ParallelizationFactor", 2),
            ("TumblingWindowInSeconds", 1),
        )
    ),
]


@pytest.mark.parametrize(("settings", "text"), REFUSALS_OF_QUEUES)
def test_what_queues_do_not_have(cloud: RunningCloud, client: Any, settings: dict[str, Any], text: str) -> None:
    """The texts about parameters follow that of ``destination_config_failure``."""
    assert refused(made, client=client, arn=queue(cloud, "plain"), **settings) == (INVALID, text, 400)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        # https://github.com/aws/aws-lambda-dotnet/pull/1758 quotes AWS.
        ({"MaximumBatchingWindowInSeconds": 1}, "Batching window is not supported for FIFO queues"),
        ({"BatchSize": 11}, "Maximum batch size must be between 1 and 10 inclusive"),
    ],
)
def test_what_fifo_queues_do_not_have(cloud: RunningCloud, client: Any, settings: dict[str, Any], text: str) -> None:
    arn = queue(cloud, "ordered.fifo", FifoQueue="true")
    assert refused(made, client=client, arn=arn, **settings) == (INVALID, text, 400)


def test_messages_have_to_be_hidden_for_as_long_as_a_function_may_run(cloud: RunningCloud, client: Any) -> None:
    """https://github.com/winglang/wing/issues/1507 quotes AWS."""
    arn = queue(cloud, "short", VisibilityTimeout="10")
    text = "Queue visibility timeout: 10 seconds is less than Function timeout: 30 seconds"
    assert refused(made, client=client, arn=arn) == (INVALID, text, 400)
    create(client, "quick", Timeout=10)
    uuid = made(client, arn, FunctionName="quick")["UUID"]
    change = {"UUID": uuid, "FunctionName": "mapped"}
    assert refused(client.update_event_source_mapping, **change) == (INVALID, text, 400)


@pytest.mark.parametrize("most", [1, 1001])
def test_concurrency_is_from_2_to_1000(cloud: RunningCloud, most: int) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html"""
    client: Any = cloud.client("lambda", parameter_validation=False)
    code, text, status = refused(
        made, client=client, arn=queue(cloud, "scaled"), ScalingConfig={"MaximumConcurrency": most}
    )
    assert (code, status) == ("ValidationException", 400)
    assert f"Value '{most}' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint" in text


# Streams --------------------------------------------------------------------------------------------------------------


def test_streams_need_a_starting_position(client: Any, stream: str) -> None:
    entry = recorded(API, "test_create_event_source_validation")
    equal(answered(made, client=client, arn=stream), entry["no_starting_position"])
    wrong = answered(made, client=client, arn=stream, StartingPosition="invalid")
    aws = entry["invalid_starting_position"]["Error"]
    # AWS's order of the three values is that of a set.
    assert wrong["Error"]["Message"].split("[")[0] == aws["Message"].split("[")[0]
    assert wrong["Error"]["Code"] == aws["Code"]
    equal(
        answered(made, client=client, arn=stream, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1),
        entry["incompatible_starting_position"],
    )


def test_a_stream_has_to_be_there(client: Any) -> None:
    entry = recorded(STREAMS, "test_esm_with_not_existing_dynamodb_stream")
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/test-table-4a53f4e8/stream/2025-02-22T03:03:25.490"
    answer = answered(made, client=client, arn=arn, **LATEST)
    assert answer["Error"]["Message"] == f"Stream not found: {arn}"
    assert answer["Error"]["Code"] == entry["error"]["Error"]["Code"]


REFUSALS_OF_STREAMS: list[tuple[dict[str, Any], str]] = [
    # https://github.com/hashicorp/terraform-provider-aws/pull/16113 quotes AWS.
    (
        {"MaximumRecordAgeInSeconds": 59},
        "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)",
    ),
    # https://github.com/aws-controllers-k8s/community/issues/2865 quotes AWS.
    (
        {"DestinationConfig": {"OnFailure": {}}},
        "The Destination field is required for an OnFailure configuration.",
    ),
    # As for queues in ``test_event_source_mapping_exceptions``.
    (
        {"DestinationConfig": {"OnSuccess": {"Destination": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}}},
        "Unsupported DestinationConfig parameter for given event source mapping type.",
    ),
    (
        {"ScalingConfig": {"MaximumConcurrency": 2}},
        "Unsupported ScalingConfig parameter for given event source mapping type.",
    ),
]


@pytest.mark.parametrize(("settings", "text"), REFUSALS_OF_STREAMS)
def test_what_streams_do_not_have(client: Any, stream: str, settings: dict[str, Any], text: str) -> None:
    assert refused(made, client=client, arn=stream, **LATEST, **settings) == (INVALID, text, 400)


# All ------------------------------------------------------------------------------------------------------------------


def test_mappings_that_are_not_there_or_cannot_be(cloud: RunningCloud, client: Any) -> None:
    entry = recorded(API, "test_event_source_mapping_exceptions")
    unknown = {"UUID": "b9cc2bd6-9bd0-4b8e-8b0a-2d3b0e3b5b1f"}
    equal(answered(client.get_event_source_mapping, **unknown), entry["get_unknown_uuid"])
    equal(answered(client.delete_event_source_mapping, **unknown), entry["delete_unknown_uuid"])
    equal(answered(client.update_event_source_mapping, **unknown, Enabled=False), entry["update_unknown_uuid"])
    ask, arn = client.create_event_source_mapping, queue(cloud, "wrong")
    equal(answered(ask, FunctionName="doesnotexist"), entry["create_no_event_source_arn"])
    equal(answered(ask, FunctionName="doesnotexist", EventSourceArn=arn), entry["create_unknown_params"])
    destination = {"OnSuccess": {"Destination": arn}}
    equal(answered(made, client=client, arn=arn, DestinationConfig=destination), entry["destination_config_failure"])


def test_functions_are_named_in_every_way(cloud: RunningCloud, client: Any) -> None:
    entry = recorded(API, "test_function_name_variations")
    create(client, "named", Publish=True)
    client.create_alias(FunctionName="named", Name="myalias", FunctionVersion="1")
    arn = queue(cloud, "variations")
    partial, whole = f"{ACCOUNT}:function:named", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:named"
    for name, text in {
        "name_only_create_esm": "named",
        "partial_arn_latest_create_esm": f"{partial}:$LATEST",
        "partial_arn_version_create_esm": f"{partial}:1",
        "partial_arn_alias_create_esm": f"{partial}:myalias",
        "full_arn_latest_create_esm": whole,
        "full_arn_version_create_esm": f"{whole}:1",
        "full_arn_alias_create_esm": f"{whole}:myalias",
    }.items():
        answer = made(client, arn, FunctionName=text)
        equal(answer, entry[name], name)
        # Another one can be made before this one is gone.
        client.delete_event_source_mapping(UUID=answer["UUID"])


def test_a_mapping_is_deleted_and_outlives_its_function(cloud: RunningCloud, client: Any) -> None:
    """As the streams of ``test_event_source_mapping_lifecycle_delete_function`` do."""
    create(client, "mortal", ECHO)
    uuid = made(client, queue(cloud, "outliving"), FunctionName="mortal")["UUID"]
    client.delete_function(FunctionName="mortal")
    assert settled(cloud, client, uuid)["State"] == "Enabled"
    assert client.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    cloud.drain()
    assert refused(client.get_event_source_mapping, UUID=uuid)[0] == "ResourceNotFoundException"


def test_mappings_are_listed_by_source_and_by_function_in_pages(cloud: RunningCloud) -> None:
    client: Any = cloud.client("lambda", account="210987654321")
    queues: Any = cloud.client("sqs", account="210987654321")
    for name in ("one", "two"):
        create(client, name, Role="arn:aws:iam::210987654321:role/r")
    arns = []
    for number in range(3):
        queues.create_queue(QueueName=f"listed-{number}")
        arns.append(f"arn:aws:sqs:{REGION}:210987654321:listed-{number}")
    uuids = {
        (arn, name): client.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)["UUID"]
        for arn in arns
        for name in ("one", "two")
    }

    def listed(**asked: Any) -> list[str]:
        pages = client.get_paginator("list_event_source_mappings").paginate(**asked)
        return [mapping["UUID"] for page in pages for mapping in page["EventSourceMappings"]]

    assert listed() == sorted(uuids.values())
    assert listed(PaginationConfig={"PageSize": 4}) == sorted(uuids.values())
    assert set(listed(EventSourceArn=arns[0])) == {uuids[arns[0], "one"], uuids[arns[0], "two"]}
    assert set(listed(FunctionName="two")) == {uuids[arn, "two"] for arn in arns}
    assert listed(FunctionName="two", EventSourceArn=arns[1]) == [uuids[arns[1], "two"]]
    assert listed(FunctionName="two:nobody") == []


def test_tags_of_mappings(cloud: RunningCloud, client: Any) -> None:
    entry = recorded(API, "test_tag_exceptions[event_source_mapping]")
    arn = made(client, queue(cloud, "tagged"), Tags={"testtag": "custom"})["EventSourceMappingArn"]
    equal(client.list_tags(Resource=arn), recorded(API, "test_create_tag_on_esm_create")["list_tags_result"])
    client.tag_resource(Resource=arn, Tags={"a": "1"})
    client.untag_resource(Resource=arn, TagKeys=["testtag", "nothing"])
    assert client.list_tags(Resource=arn)["Tags"] == {"a": "1"}
    nowhere = arn[:-12] + "0" * 12
    equal(answered(client.tag_resource, Resource=nowhere, Tags={"a": "1"}), entry["not_found_exception_tag"])
    equal(answered(client.untag_resource, Resource=nowhere, TagKeys=["a"]), entry["not_found_exception_untag"])
    equal(answered(client.list_tags, Resource=nowhere), entry["not_found_exception_list"])


REFUSED_BY_NAME: list[tuple[dict[str, Any], str]] = [
    ({"EventSourceArn": f"arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/c/1", **LATEST}, "Amazon MSK"),
    ({"EventSourceArn": f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:b:1", "Queues": ["q"]}, "Amazon MQ"),
    ({"EventSourceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:c"}, "DocumentDB"),
    (
        {
            "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}},
            "SourceAccessConfigurations": [{"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:::secret:s"}],
        },
        "self-managed Apache Kafka",
    ),
    ({"MetricsConfig": {"Metrics": ["EventCount"]}}, "MetricsConfig"),
    ({"ProvisionedPollerConfig": {"MinimumPollers": 2}}, "ProvisionedPollerConfig"),
]


@pytest.mark.parametrize(("settings", "name"), REFUSED_BY_NAME)
def test_what_is_not_here_is_refused_by_name(
    cloud: RunningCloud, client: Any, settings: dict[str, Any], name: str
) -> None:
    request = {"FunctionName": "mapped", "EventSourceArn": queue(cloud, "other"), **settings}
    if "SelfManagedEventSource" in settings:
        del request["EventSourceArn"]
    code, text, status = refused(client.create_event_source_mapping, **request)
    assert (code, status) == ("NotImplemented", 501)
    assert name in text


def test_self_managed_sources_need_their_access(client: Any) -> None:
    entry = recorded(API, "test_create_event_source_self_managed")["missing-source-access-configuration"]
    endpoints = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}}
    ask = client.create_event_source_mapping
    equal(answered(ask, FunctionName="mapped", SelfManagedEventSource=endpoints, Topics=["topic"]), entry)


def test_a_function_of_another_account_is_not_mapped(cloud: RunningCloud, client: Any) -> None:
    """As nobody makes a function of another account (``create_function``)."""
    stranger: Any = cloud.client("lambda", account="210987654321")
    name = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:mapped"
    code, _, status = refused(made, client=stranger, arn=queue(cloud, "foreign"), FunctionName=name)
    assert (code, status) == ("AccessDeniedException", 403)
