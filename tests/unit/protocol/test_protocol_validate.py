"""Model constraints and their reports. Expectations are recorded answers of AWS; each case names its recording."""

from typing import Any

import pytest

from stratolite.core.errors import AwsError
from stratolite.protocol.expression import UnreadableExpression, compiled
from stratolite.protocol.models import patches, service_model
from stratolite.protocol.report import PROBLEMS_MAX, length
from stratolite.protocol.validate import validate

OPS = "[add, remove, move, test, replace, copy]"
WRONG_OP = [{"op": "wrong_op", "path": "/x"}]


def report(service: str, operation: str, parameters: dict[str, Any]) -> tuple[str, str]:
    """The code and text of the refusal."""
    with pytest.raises(AwsError) as refused:
        validate(service_model(service).operation(operation), parameters)
    return refused.value.code, refused.value.message


def one(service: str, operation: str, parameters: dict[str, Any]) -> str:
    code, text = report(service, operation, parameters)
    assert code == "ValidationException"
    assert text.startswith("1 validation error detected: ")
    return text.removeprefix("1 validation error detected: ")


def test_enumeration_in_the_path() -> None:
    # lambda: create_function_url_config invalid invoke mode
    values = {"FunctionName": "f", "AuthType": "NONE", "InvokeMode": "UNKNOWN"}
    assert one("lambda", "CreateFunctionUrlConfig", values) == (
        "Value 'UNKNOWN' at 'invokeMode' failed to satisfy constraint: "
        "Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]"
    )


@pytest.mark.parametrize(("weight", "shown"), [(2, "2.0"), (-1.0, "-1.0")])
def test_map_values(weight: float, shown: str) -> None:
    # lambda: test_alias_routingconfig, routing weights out of range
    values = {
        "FunctionName": "f",
        "Name": "a",
        "FunctionVersion": "1",
        "RoutingConfig": {"AdditionalVersionWeights": {"2": weight}},
    }
    assert one("lambda", "CreateAlias", values) == (
        f"Value '{{2={shown}}}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: "
        "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
        "Member must have value greater than or equal to 0.0, Member must not be null]"
    )


def test_map_keys() -> None:
    # lambda: test_alias_routingconfig, $LATEST as an additional version
    values = {
        "FunctionName": "f",
        "Name": "a",
        "FunctionVersion": "1",
        "RoutingConfig": {"AdditionalVersionWeights": {"$LATEST": 0.5}},
    }
    assert one("lambda", "CreateAlias", values) == (
        "Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must "
        "satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than "
        "or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"
    )


def test_list_length_and_elements() -> None:
    # lambda: create_function with two architectures, and with one of an unknown name
    values = {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {}}
    assert one("lambda", "CreateFunction", {**values, "Architectures": ["x86_64", "arm64"]}) == (
        "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: "
        "Member must have length less than or equal to 1"
    )
    assert one("lambda", "CreateFunction", {**values, "Architectures": ["X86_64"]}) == (
        "Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"
    )


def test_subnets_may_be_null() -> None:
    # lambda: create_function with a malformed subnet
    values = {
        "FunctionName": "f",
        "Role": "arn:aws:iam::123456789012:role/r",
        "Code": {},
        "VpcConfig": {"SubnetIds": ["bad"]},
    }
    assert one("lambda", "CreateFunction", values) == (
        "Value '[bad]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must satisfy constraint: [Member "
        "must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must "
        "satisfy regular expression pattern: subnet-[0-9a-z]*]"
    )


def test_missing_member() -> None:
    # lambda: untag_resource without keys
    assert one("lambda", "UntagResource", {"Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}) == (
        "Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"
    )


def test_body_members_of_api_gateway() -> None:
    # apigateway: update_gateway_response, put_integration, put_method_response
    constraint = f"failed to satisfy constraint: Member must satisfy enum value set: {OPS}"
    values = {"restApiId": "a", "responseType": "DEFAULT_4XX", "patchOperations": WRONG_OP}
    assert one("apigateway", "UpdateGatewayResponse", values) == (
        f"Value 'wrong_op' at 'updateGatewayResponseInput.patchOperations.1.member.op' {constraint}"
    )
    method = {"restApiId": "a", "resourceId": "b", "httpMethod": "GET"}
    assert one("apigateway", "PutIntegration", {**method, "type": "HTTPS_PROXY"}) == (
        "Value 'HTTPS_PROXY' at 'putIntegrationInput.type' failed to satisfy constraint: "
        "Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]"
    )
    assert one("apigateway", "PutMethodResponse", {**method, "statusCode": "wrong"}) == (
        r"Value 'wrong' at 'statusCode' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [1-5]\d\d"
    )


def test_several_problems() -> None:
    # apigateway: create_rest_api with two wrong members of the endpoint configuration
    endpoint = {"types": ["wrong"], "ipAddressType": "wrong"}
    code, text = report("apigateway", "CreateRestApi", {"name": "n", "endpointConfiguration": endpoint})
    assert code == "ValidationException"
    assert text == (
        "2 validation errors detected: Value '[wrong]' at 'createRestApiInput.endpointConfiguration.types' failed to "
        "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, "
        "REGIONAL]]; Value 'wrong' at 'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy "
        "constraint: Member must satisfy enum value set: [ipv4, dualstack]"
    )


def test_nested_members_of_a_query_service() -> None:
    # sns: publish and publish_batch with an attribute without its type
    lacking = {"attr1": {"StringValue": "x"}}
    text = "failed to satisfy constraint: Member must not be null"
    assert report("sns", "Publish", {"TopicArn": "t", "Message": "m", "MessageAttributes": lacking}) == (
        "ValidationError",
        f"1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' {text}",
    )
    entries = [{"Id": "1", "Message": "m", "MessageAttributes": lacking}]
    assert report("sns", "PublishBatch", {"TopicArn": "t", "PublishBatchRequestEntries": entries}) == (
        "ValidationError",
        "1 validation error detected: Value null at "
        f"'publishBatchRequestEntries.1.member.messageAttributes.attr1.member.dataType' {text}",
    )


def test_iam_hides_values() -> None:
    # iam: update_service_specific_credential
    values = {"ServiceSpecificCredentialId": "A" * 20, "Status": "wrong"}
    assert report("iam", "UpdateServiceSpecificCredential", values) == (
        "ValidationError",
        "1 validation error detected: Value at 'status' failed to satisfy constraint: "
        "Member must satisfy enum value set",
    )


def test_sts_and_cloudformation_patterns() -> None:
    # sts: assume_role with a bad session name; cloudformation: test_stack_name_creation
    values = {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "Session1:2"}
    assert report("sts", "AssumeRole", values) == (
        "ValidationError",
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
    )
    assert report("cloudformation", "CreateStack", {"StackName": "*@d_$"})[1].endswith(
        "Value '*@d_$' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"
    )


def test_errors_of_logs() -> None:
    # logs: describe_log_streams limit, put_metric_filter transformations, put_delivery_destination
    transformations = [
        {"metricName": f"metric{n}", "metricNamespace": f"namespace{n}", "metricValue": "1"} for n in (1, 2)
    ]
    values = {"logGroupName": "g", "filterName": "f", "filterPattern": "", "metricTransformations": transformations}
    shown = ", ".join(
        f"MetricTransformation(metricName=metric{n}, metricNamespace=namespace{n}, metricValue=1, defaultValue=null, "
        "unit=null, dimensions=null)"
        for n in (1, 2)
    )
    code, text = report("logs", "PutMetricFilter", values)
    assert code == "InvalidParameterException"
    # The members of the printed structure come in another order in the model that is installed.
    assert sorted(text) == sorted(
        f"1 validation error detected: Value '[{shown}]' at 'metricTransformations' failed to satisfy constraint: "
        "Member must have length less than or equal to 1"
    )
    assert one("logs", "PutDeliveryDestination", {"name": "n", "outputFormat": "foobar"}).endswith(
        "Member must satisfy enum value set: [w3c, raw, json, plain, parquet]"
    )


def test_patterns_come_before_lengths() -> None:
    # events: test_create_connection_name_validation-like recording, "This should fail with two errors ..."
    name = "This should fail with two errors 123467890123412341234123412341234"
    code, text = report(
        "events", "CreateConnection", {"Name": name, "AuthorizationType": "INVALID", "AuthParameters": {}}
    )
    assert code == "ValidationException"
    assert text == (
        f"3 validation errors detected: Value '{name}' at 'name' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+; "
        f"Value '{name}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64; "
        "Value 'INVALID' at 'authorizationType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]"
    )


def test_blobs_and_secrets_are_not_shown() -> None:
    # kms: encrypt more than 4096 bytes
    assert one("kms", "Encrypt", {"KeyId": "k", "Plaintext": b"x" * 4097}) == (
        "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"
    )


def test_at_most_ten_problems_are_listed() -> None:
    values = {"restApiId": "a", "patchOperations": WRONG_OP * (PROBLEMS_MAX + 1)}
    _, text = report("apigateway", "UpdateRestApi", values)
    assert text.startswith(f"{PROBLEMS_MAX + 1} validation errors detected: ")
    assert text.count("failed to satisfy") == PROBLEMS_MAX


def test_a_request_within_the_model_passes() -> None:
    validate(service_model("dynamodb").operation("PutItem"), {"TableName": "abc", "Item": {"a": {"S": "x"}}})
    # Recursive shapes: an export's filter nests itself.
    validate(service_model("cloudwatch").operation("PutMetricData"), {"Namespace": "n"})
    # S3 checks everything itself.
    validate(service_model("s3").operation("PutObject"), {})


def test_lengths_are_counted_as_java_does() -> None:
    assert length("ab") == 2
    assert length("\N{GRINNING FACE}") == 2
    assert length([1, 2, 3]) == 3


def test_expressions_are_readable() -> None:
    assert compiled(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*").fullmatch("Zürich 7/=+-@")
    assert not compiled(r"[\p{L}]+").fullmatch("7")
    assert compiled(r"\p{L}+").fullmatch("é")
    assert compiled(r"[\w-_]*").fullmatch("a-_")
    assert compiled(r"[\uD800\uDC00-\uDBFF\uDFFF]+").fullmatch("\N{GRINNING FACE}")
    assert not compiled(r"[\uD800\uDC00-\uDBFF\uDFFF]+").fullmatch("a")
    with pytest.raises(UnreadableExpression):
        compiled("(")


@pytest.mark.parametrize("service", sorted(patches()))
def test_the_model_can_be_checked(service: str) -> None:
    """Every pattern of a served model compiles, and a patch names a shape and values that exist."""
    model = service_model(service)
    for name in model.shape_names:
        shape = model.shape(name)
        if shape.raw.get("pattern"):
            compiled(shape.raw["pattern"])
        if shape.raw.get("enum_order"):
            assert sorted(shape.raw["enum_order"]) == sorted(shape.raw["enum"])
    assert set(patches()[service].get("shapes", {})) <= model.shape_names
    assert patches()[service]["reason"].endswith(".")
