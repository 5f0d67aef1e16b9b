"""Parameter Store over the wire; answered as recorded (``ssm/test_ssm.json``)."""

import itertools
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import REGION, RunningCloud, recorded

_ACCOUNTS = itertools.count(100_000_000_000)


@pytest.fixture
def account() -> str:
    """An account in which nothing is yet."""
    return str(next(_ACCOUNTS))


@pytest.fixture
def ssm(cloud: RunningCloud, account: str) -> Any:
    return cloud.client("ssm", account=account)


def code(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    found: str = caught.value.response["Error"]["Code"]
    return found


def names(answer: dict[str, Any]) -> list[str]:
    return [one["Name"] for one in answer["Parameters"]]


def test_a_parameter_is_shown_as_recorded(ssm: Any, account: str) -> None:
    put = ssm.put_parameter(Name="/a/b", Value="123", Type="String")
    shown = [
        put,
        ssm.get_parameter(Name="/a/b"),
        ssm.get_parameter(Name=f"arn:aws:ssm:{REGION}:{account}:parameter/a/b"),
        ssm.get_parameters(Names=["/a/b"]),
        ssm.get_parameters(Names=[f"arn:aws:ssm:{REGION}:{account}:parameter/a/b"]),
    ]
    entry = recorded("ssm/test_ssm.json", "TestSSM::test_parameters_with_path")
    for answer, (_, expected) in zip(shown, entry.items(), strict=True):
        text = json.dumps({key: value for key, value in expected.items() if key != "ResponseMetadata"})
        for placeholder, value in {
            "<name:1>": "/a/b",
            "<partition>": "aws",
            "<region>": REGION,
            "111111111111": account,
        }.items():
            text = text.replace(placeholder, value)
        del answer["ResponseMetadata"]
        for one in [answer.get("Parameter"), *answer.get("Parameters", [])]:
            if one:
                assert one.pop("LastModifiedDate")
        assert answer == json.loads(text.replace('"LastModifiedDate": "<datetime>", ', ""))


def test_a_name_without_a_path_has_a_slash_in_its_arn(ssm: Any, account: str) -> None:
    """Recorded: ``test_get_parameter_by_arn``."""
    ssm.put_parameter(Name="plain", Value="test", Type="String")
    arn = f"arn:aws:ssm:{REGION}:{account}:parameter/plain"
    assert ssm.get_parameter(Name=arn)["Parameter"]["ARN"] == arn


def test_versions_and_labels_name_one(ssm: Any) -> None:
    for value in ("one", "two", "three"):
        ssm.put_parameter(Name="p", Value=value, Type="String", Overwrite=True, Description="d")
    answer = ssm.label_parameter_version(Name="p", ParameterVersion=2, Labels=["live", "1st", "aws-own"])
    assert (answer["InvalidLabels"], answer["ParameterVersion"]) == (["1st", "aws-own"], 2)
    for selector, value in (("", "three"), (":1", "one"), (":live", "two")):
        parameter = ssm.get_parameter(Name=f"p{selector}")["Parameter"]
        assert (parameter["Value"], parameter.get("Selector", "")) == (value, selector)
    assert code(ssm.get_parameter, Name="p:9") == "ParameterVersionNotFound"
    assert code(ssm.get_parameter, Name="p:gone") == "ParameterVersionNotFound"
    ssm.label_parameter_version(Name="p", Labels=["live"])
    history = ssm.get_parameter_history(Name="p")["Parameters"]
    assert [(one["Version"], one["Labels"]) for one in history] == [(1, []), (2, []), (3, ["live"])]
    answer = ssm.unlabel_parameter_version(Name="p", ParameterVersion=3, Labels=["live", "other"])
    assert (answer["RemovedLabels"], answer["InvalidLabels"]) == (["live"], ["other"])


def test_a_label_too_many_is_refused(ssm: Any) -> None:
    ssm.put_parameter(Name="p", Value="v", Type="String")
    ssm.label_parameter_version(Name="p", Labels=[f"l{number}" for number in range(10)])
    assert code(ssm.label_parameter_version, Name="p", Labels=["more"]) == "ParameterVersionLabelLimitExceeded"


def test_a_secure_string_is_opaque_until_it_is_decrypted(ssm: Any) -> None:
    ssm.put_parameter(Name="/s", Value="secret", Type="SecureString")
    assert "secret" not in ssm.get_parameter(Name="/s")["Parameter"]["Value"]
    assert ssm.get_parameter(Name="/s", WithDecryption=True)["Parameter"]["Value"] == "secret"
    assert ssm.describe_parameters()["Parameters"][0]["KeyId"] == "alias/aws/ssm"


def test_parameters_below_a_path_come_in_pages(ssm: Any) -> None:
    for number in range(12):
        ssm.put_parameter(Name=f"/app/dev/p{number:02}", Value="v", Type="String")
    ssm.put_parameter(Name="/app/dev/deep/p", Value="a,b", Type="StringList")
    ssm.put_parameter(Name="/application/p", Value="v", Type="String")
    pages = list(ssm.get_paginator("get_parameters_by_path").paginate(Path="/app/dev"))
    assert [len(page["Parameters"]) for page in pages] == [10, 2]
    recursive = ssm.get_paginator("get_parameters_by_path").paginate(Path="/app", Recursive=True)
    assert sum(len(page["Parameters"]) for page in recursive) == 13
    assert names(ssm.get_parameters_by_path(Path="/app/")) == []
    kept = [{"Key": "Type", "Values": ["StringList"]}]
    assert names(ssm.get_parameters_by_path(Path="/", Recursive=True, ParameterFilters=kept)) == ["/app/dev/deep/p"]
    assert code(ssm.get_parameters_by_path, Path="app") == "ValidationException"
    assert code(ssm.get_parameters_by_path, Path="/", NextToken="x") == "InvalidNextToken"


@pytest.mark.parametrize("name", ["/top", "top"])
def test_a_name_of_one_level_means_the_same_with_and_without_its_slash(ssm: Any, account: str, name: str) -> None:
    # Both are one ARN. "/a/b" and "a/b" are not: the latter cannot be a name.
    arn = f"arn:aws:ssm:{REGION}:{account}:parameter/top"
    ssm.put_parameter(Name=name, Value="1", Type="String")
    for spelling in ("/top", "top", arn):
        assert ssm.get_parameter(Name=spelling)["Parameter"]["Name"] == name
        assert names(ssm.get_parameters(Names=[spelling])) == [name]
        assert ssm.get_parameter(Name=f"{spelling}:1")["Parameter"]["Version"] == 1
        assert code(ssm.put_parameter, Name=spelling.rpartition(":parameter")[2], Value="2", Type="String") == (
            "ParameterAlreadyExists"
        )
        ssm.put_parameter(Name=spelling.rpartition(":parameter")[2], Value="2", Overwrite=True)
        assert [one["Name"] for one in ssm.get_parameter_history(Name=spelling)["Parameters"]] == [name, name]
        ssm.add_tags_to_resource(
            ResourceType="Parameter", ResourceId=spelling, Tags=[{"Key": spelling, "Value": spelling}]
        )
        ssm.delete_parameter(Name=spelling)
        ssm.put_parameter(Name=name, Value="1", Type="String")
    assert ssm.delete_parameters(Names=["top"])["DeletedParameters"] == ["top"]
    assert ssm.describe_parameters()["Parameters"] == []


def test_filters_keep_what_fits(ssm: Any) -> None:
    ssm.put_parameter(Name="/a/x", Value="v", Type="String", Tags=[{"Key": "team", "Value": "red"}])
    ssm.put_parameter(Name="/a/b/y", Value="v", Type="SecureString", Tier="Advanced")
    ssm.put_parameter(Name="z", Value="v", Type="String")
    for one, expected in (
        ({"Key": "Name", "Option": "BeginsWith", "Values": ["/a"]}, ["/a/b/y", "/a/x"]),
        ({"Key": "Name", "Option": "Contains", "Values": ["y", "z"]}, ["/a/b/y", "z"]),
        # As https://github.com/getmoto/moto tests it: what is contained may begin with a slash.
        ({"Key": "Name", "Option": "Contains", "Values": ["/z", "/x"]}, ["/a/x", "z"]),
        ({"Key": "Name", "Values": ["a/x"]}, ["/a/x"]),
        ({"Key": "Path", "Values": ["/a"]}, ["/a/x"]),
        ({"Key": "Path", "Option": "Recursive", "Values": ["/a"]}, ["/a/b/y", "/a/x"]),
        ({"Key": "tag:team"}, ["/a/x"]),
        ({"Key": "tag:team", "Values": ["blue"]}, []),
        ({"Key": "tag:team", "Option": "BeginsWith", "Values": ["b", "re"]}, ["/a/x"]),
        ({"Key": "Tier", "Values": ["Advanced"]}, ["/a/b/y"]),
        ({"Key": "KeyId", "Values": ["alias/aws/ssm"]}, ["/a/b/y"]),
    ):
        assert names(ssm.describe_parameters(ParameterFilters=[one])) == expected
    assert names(ssm.describe_parameters(Filters=[{"Key": "Name", "Values": ["/a"]}])) == ["/a/b/y", "/a/x"]
    describe = ssm.describe_parameters
    assert (
        code(describe, ParameterFilters=[{"Key": "Type", "Option": "Contains", "Values": ["S"]}])
        == "InvalidFilterOption"
    )
    assert code(describe, ParameterFilters=[{"Key": "Type"}]) == "InvalidFilterValue"
    assert (
        code(ssm.get_parameters_by_path, Path="/", ParameterFilters=[{"Key": "Name", "Values": ["a"]}])
        == "InvalidFilterKey"
    )


PATH_FORM = "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward"
COMMON = 'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive).'


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            [{"Key": "Label", "Values": ["x"]}],
            "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier",
        ),
        ([{"Key": "Name"}], "The following filter values are missing : null for filter key Name"),
        (
            [{"Key": "Name", "Values": ["a"]}, {"Key": "Name", "Values": ["b"]}],
            "The following filter is duplicated in the request: Name. A request can contain only one occurrence of a "
            "specific filter.",
        ),
        ([{"Key": "Path", "Values": ["/aws"]}], COMMON),
        ([{"Key": "Path", "Values": ["/SSM/x"]}], COMMON),
        (
            [{"Key": "Path", "Option": "Equals", "Values": ["/a"]}],
            "The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel]",
        ),
        (
            [{"Key": "Tier", "Values": ["test"]}],
            "The following filter value is not valid: test. Valid values include: [Standard, Advanced, "
            "Intelligent-Tiering]",
        ),
        (
            [{"Key": "Type", "Values": ["test"]}],
            "The following filter value is not valid: test. Valid values include: [String, StringList, SecureString]",
        ),
        ([{"Key": "Path", "Values": ["/###"]}], PATH_FORM),
        ([{"Key": "Path", "Values": ["//"]}], PATH_FORM),
        ([{"Key": "Path", "Values": ["test"]}], PATH_FORM),
    ],
)
def test_filters_that_are_refused(ssm: Any, filters: list[dict[str, Any]], expected: str) -> None:
    # The texts are AWS's, as https://github.com/getmoto/moto expects them in tests/test_ssm/test_ssm_boto3.py.
    with pytest.raises(ClientError) as caught:
        ssm.describe_parameters(ParameterFilters=filters)
    assert expected in caught.value.response["Error"]["Message"]


def test_what_queries_take_and_how_much_they_give(ssm: Any) -> None:
    for number in range(12):
        ssm.put_parameter(Name=f"/n/p{number}", Value="v", Type="String")
    # Both operations give ten unless they are asked for more; tags and data types are no filters of the first.
    assert len(ssm.describe_parameters()["Parameters"]) == 10
    assert len(ssm.describe_parameters(MaxResults=50)["Parameters"]) == 12
    for key in ("tag:a", "DataType", "Tier"):
        with pytest.raises(ClientError) as caught:
            ssm.get_parameters_by_path(Path="/", ParameterFilters=[{"Key": key, "Values": ["text"]}])
        assert "Valid filter keys include: [Type, KeyId, Label]." in caught.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as caught:
        ssm.put_parameter(Name="a", Value="v", Type="str")
    assert "enum value set: [SecureString, StringList, String]" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"Name": "a/b"}, "ValidationException"),
        ({"Name": "aws-own"}, "ValidationException"),
        ({"Name": "/ssm/x"}, "ValidationException"),
        ({"Name": "/aws/x"}, "AccessDeniedException"),
        ({"Name": "/a//b"}, "ValidationException"),
        ({"Name": "/a b"}, "ValidationException"),
        ({"Name": "a:1"}, "ValidationException"),
        ({"Name": "/".join(["", *"abcdefghijklmnop"])}, "HierarchyLevelLimitExceededException"),
        ({"Value": ""}, "ValidationException"),
        ({"Value": "x" * 4097}, "ValidationException"),
        ({"Value": "x" * 8193, "Tier": "Advanced"}, "ValidationException"),
        ({"Type": "StringList", "Value": "a,,b"}, "ValidationException"),
        ({"AllowedPattern": "[0-9]+"}, "ParameterPatternMismatchException"),
        ({"AllowedPattern": "("}, "InvalidAllowedPatternException"),
        ({"DataType": "number"}, "ValidationException"),
        ({"DataType": "aws:ec2:image"}, "NotImplemented"),
        ({"Tier": "Advanced", "Policies": "[]"}, "NotImplemented"),
        ({"Overwrite": True, "Tags": [{"Key": "a", "Value": "b"}]}, "ValidationException"),
        ({"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]}, "TooManyTagsError"),
    ],
)
def test_what_may_not_be_is_refused(ssm: Any, request_: dict[str, Any], expected: str) -> None:
    assert code(ssm.put_parameter, **{"Name": "p", "Value": "v", "Type": "String", **request_}) == expected
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_parameter_that_is_there_is_overwritten_only_when_asked(ssm: Any) -> None:
    assert code(ssm.put_parameter, Name="p", Value="v") == "ValidationException"
    ssm.put_parameter(Name="p", Value="v", Type="String", Tier="Advanced")
    assert code(ssm.put_parameter, Name="p", Value="w", Type="String") == "ParameterAlreadyExists"
    changed = {"Name": "p", "Value": "w", "Overwrite": True}
    assert code(ssm.put_parameter, **changed, Type="SecureString") == "HierarchyTypeMismatchException"
    assert code(ssm.put_parameter, **changed, Tier="Standard") == "ValidationException"
    assert ssm.put_parameter(**changed)["Version"] == 2
    assert ssm.put_parameter(**{**changed, "Value": "x" * 5000}, Tier="Intelligent-Tiering")["Tier"] == "Advanced"


def test_the_oldest_version_makes_room_unless_it_has_a_label(ssm: Any) -> None:
    for number in range(101):
        ssm.put_parameter(Name="p", Value=str(number), Type="String", Overwrite=True)
    assert code(ssm.get_parameter, Name="p:1") == "ParameterVersionNotFound"
    ssm.label_parameter_version(Name="p", ParameterVersion=2, Labels=["kept"])
    assert code(ssm.put_parameter, Name="p", Value="v", Overwrite=True) == "ParameterMaxVersionLimitExceeded"


def test_what_is_not_there_is_said(ssm: Any) -> None:
    with pytest.raises(ClientError) as caught:
        ssm.get_parameter(Name="/none")
    assert caught.value.response["Error"] == {"Code": "ParameterNotFound", "Message": ""}
    assert code(ssm.delete_parameter, Name="/none") == "ParameterNotFound"
    assert code(ssm.get_parameter_history, Name="/none") == "ParameterNotFound"
    assert ssm.get_parameters(Names=["/none"])["InvalidParameters"] == ["/none"]
    ssm.put_parameter(Name="p", Value="v", Type="String")
    # https://github.com/middyjs/middy/pull/326 asked AWS for one name twice, and got the parameter.
    twice = ssm.get_parameters(Names=["p", "p", "/none", "/none"])
    assert (names(twice), twice["InvalidParameters"]) == (["p"], ["/none"])
    deleted = ssm.delete_parameters(Names=["p", "q"])
    assert (deleted["DeletedParameters"], deleted["InvalidParameters"]) == (["p"], ["q"])
    tagging = {"ResourceType": "Parameter", "ResourceId": "p"}
    assert code(ssm.list_tags_for_resource, **tagging) == "InvalidResourceId"


def test_secrets_have_names_of_parameters(cloud: RunningCloud, ssm: Any, account: str) -> None:
    secrets = cloud.client("secretsmanager", account=account)
    first = secrets.create_secret(Name="app/db", SecretString="before")["VersionId"]
    secrets.put_secret_value(SecretId="app/db", SecretString="hush")
    name = "/aws/reference/secretsmanager/app/db"
    parameter = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert (parameter["Value"], parameter["Type"]) == ("hush", "SecureString")
    assert json.loads(parameter["SourceResult"])["SecretString"] == "hush"
    assert ssm.get_parameters(Names=[name], WithDecryption=True)["Parameters"][0]["Value"] == "hush"
    assert code(ssm.get_parameter, Name=name) == "ValidationException"
    assert code(ssm.get_parameter, Name=f"{name}-none", WithDecryption=True) == "ParameterNotFound"
    # As https://github.com/getmoto/moto tests it in tests/test_ssm/test_ssm_secretsmanager.py.
    for version in (first, "AWSPREVIOUS"):
        found = ssm.get_parameter(Name=f"{name}:{version}", WithDecryption=True)["Parameter"]
        assert (found["Value"], found["Version"]) == ("before", 0)
    assert code(ssm.get_parameter, Name=f"{name}:NONE", WithDecryption=True) == "ParameterNotFound"
    whole = f"/aws/reference/secretsmanager/{parameter['ARN']}"
    assert ssm.get_parameter(Name=whole, WithDecryption=True)["Parameter"]["Value"] == "hush"


def test_tags(ssm: Any) -> None:
    ssm.put_parameter(Name="p", Value="v", Type="String", Tags=[{"Key": "a", "Value": "1"}])
    resource = {"ResourceType": "Parameter", "ResourceId": "p"}
    ssm.add_tags_to_resource(**resource, Tags=[{"Key": "b", "Value": "2"}])
    ssm.remove_tags_from_resource(**resource, TagKeys=["a", "none"])
    assert ssm.list_tags_for_resource(**resource)["TagList"] == [{"Key": "b", "Value": "2"}]


def test_stacks_make_parameters(cloud: RunningCloud, ssm: Any, account: str) -> None:
    stacks = cloud.client("cloudformation", account=account)
    template: dict[str, Any] = {
        "Resources": {
            "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "one", "Tags": {"a": "1"}}}
        },
        "Outputs": {"Name": {"Value": {"Ref": "P"}}, "Value": {"Value": {"Fn::GetAtt": ["P", "Value"]}}},
    }
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig={"Delay": 0.05})
    outputs = stacks.describe_stacks(StackName="s")["Stacks"][0]["Outputs"]
    name = next(one["OutputValue"] for one in outputs if one["OutputKey"] == "Name")
    # Recorded: resource_providers/ssm/test_parameter.json, ``CFN-MyResource-ywXNmT4uRH69``.
    assert re.fullmatch(r"CFN-P-\w{12}", name)
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "one"
    template["Resources"]["P"]["Properties"] |= {"Value": "two", "Tags": {"b": "2"}}
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_update_complete").wait(StackName="s", WaiterConfig={"Delay": 0.05})
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "two"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    assert tags == [{"Key": "b", "Value": "2"}]
    stacks.delete_stack(StackName="s")
    stacks.get_waiter("stack_delete_complete").wait(StackName="s", WaiterConfig={"Delay": 0.05})
    assert code(ssm.get_parameter, Name=name) == "ParameterNotFound"
