"""Names and logical ids. Expectations: the table of https://www.serverless.com/framework/docs-providers-aws-guide-resources
and the templates in tests/golden, which the Serverless Framework wrote."""

import pytest

from stratolite.templates.serverless import lodash, naming


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("users", "Users"),
        ("users/{id}", "UsersIdVar"),
        ("{proxy+}", "ProxyVar"),
        ("users/{user-id}/up-load_x.json", "UsersUserDashidVarUpDashloadxjson"),
        ("Users/CamelCase", "UsersCamelcase"),
        ("{a}-{b}", "ADashbVar"),
        ("123", "123"),
        ("foo{bar}baz", "FoobarVarbaz"),
        ("été", "T"),
    ],
)
def test_a_path_is_a_part_of_logical_ids(path: str, name: str) -> None:
    assert naming.path_name(path) == name


def test_functions_keep_what_a_key_says() -> None:
    assert naming.lambda_function("my-fn_two") == "MyDashfnUnderscoretwoLambdaFunction"
    assert naming.log_group("hello") == "HelloLogGroup"
    assert naming.lambda_version("a", "x+/9=") == "ALambdaVersionx9"
    assert naming.version_output("a") == "ALambdaFunctionQualifiedArn"


def test_topics_keep_letters_and_digits() -> None:
    assert naming.topic("dispatch-it_now") == "SNSTopicDispatchitnow"
    assert naming.topic_subscription("userCreated", "user-events") == "UserCreatedSnsSubscriptionUserevents"
    assert naming.topic_permission("a-b", "t") == "ADashbLambdaPermissionTSNS"
    assert naming.topic_dead_letter_policy("a", "my-topic") == "MytopicToADLQPolicy"


def test_apis() -> None:
    assert naming.api_method("users/{id}", "GET") == "ApiGatewayMethodUsersIdVarGet"
    assert naming.api_method("", "post") == "ApiGatewayMethodPost"
    assert naming.method_model("b", "post", "application/json") == "ApiGatewayMethodBPostApplicationJsonModel"
    assert naming.api_model("post-create-model") == "ApiGatewayPostCreateModelModel"
    assert naming.request_validator("http-basic") == "ApiGatewayHttpbasicRequestValidator"
    assert naming.api_key(2, "free") == "ApiGatewayApiKeyFree2"
    assert naming.usage_plan() == "ApiGatewayUsagePlan"


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("application/json", ["application", "json"]),
        ("application/vnd.api+json2", ["application", "vnd", "api", "json", "2"]),
        ("XMLHttpRequest", ["XML", "Http", "Request"]),
        ("UPPERCase2", ["UPPER", "Case", "2"]),
        ("plain_2model", ["plain", "2", "model"]),
        ("it's", ["its"]),
        ("déjà vu", ["deja", "vu"]),
        ("1st of 22nd", ["1st", "of", "22nd"]),
        ("two words", ["two", "words"]),
    ],
)
def test_words_are_lodashs(phrase: str, words: list[str]) -> None:
    # https://lodash.com/docs/4.17.15#words
    assert lodash.words(phrase) == words


def test_maps_merge_by_key_and_lists_by_index() -> None:
    # https://lodash.com/docs/4.17.15#merge
    target = {"a": [{"b": 2}, {"d": 4}], "x": {"y": 1}, "z": 1}
    source = {"a": [{"c": 3}, {"e": 5}, 6], "x": {"w": None}, "z": [1]}
    assert lodash.merge(target, source) == {
        "a": [{"b": 2, "c": 3}, {"d": 4, "e": 5}, 6],
        "x": {"y": 1, "w": None},
        "z": [1],
    }


def test_whole_numbers_come_first() -> None:
    assert [key for key, _ in lodash.items({"b": 0, "404": 0, "a": 0, "200": 0})] == ["200", "404", "b", "a"]
