"""Values that are not there: told once by name and place, and stood in for where the rest may run without them."""

import json
import os
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.core.errors import AwsError, UserError
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.variables.resolver import Resolved, resolve
from stratolite.templates.serverless.variables.samples import sample_of
from stratolite.templates.serverless.variables.stand_in import text_for

HEAD = "service: shop\nprovider:\n  name: aws\n  runtime: nodejs20.x\n"


class ParameterNotFound(AwsError):
    """What Systems Manager answers."""


def resolved(folder: Path, text: str, files: dict[str, str] | None = None, **options: Any) -> Resolved:
    """A text that follows HEAD, unless it names a service, resolved beside other files."""
    body = dedent(text)
    for name, content in {"serverless.yml": body if "service:" in body else HEAD + body, **(files or {})}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return resolve(folder / "serverless.yml", Options(**{"env": {}, "is_lenient": True, **options}))


def settings(found: Resolved, *path: str) -> Any:
    value: Any = json.loads(json.dumps(found.document))
    for key in path:
        value = value[key]
    return value


def warning(found: Resolved, text: str) -> str:
    """The one warning that holds a text, without the folder."""
    [one] = [each for each in texts(found.warnings) if text in each]
    return one.replace(f"{found.folder}{os.sep}", "")


NAMES = {
    "/prod/dbHost": "missing-prod-db-host",
    "AUTH_URL": "missing-auth-url",
    "auth-stack.UserPoolArn": "missing-auth-stack-user-pool-arn",
    "": "missing-value",
    "x" * 100: "missing-" + "x" * 55,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_stand_in_tells_what_it_stands_for(name: str) -> None:
    assert text_for(name) == NAMES[name]


def test_variables_of_the_environment_are_told_in_one_warning(tmp_path: Path) -> None:
    text = """\
          environment:
            A: ${env:A}
            B: ${self:custom.b}
            C: x-${env:A}
            D: ${env:D, 'fallback'}
        custom:
          b: ${env:B_KEY}
          bucket: ${env:BUCKET}
        """
    found = resolved(tmp_path, text)
    assert settings(found, "provider", "environment") == {"A": "", "B": "", "C": "x-missing-a", "D": "fallback"}
    assert settings(found, "custom", "bucket") == "missing-bucket", "elsewhere an empty text would do harm"
    assert warning(found, "environment").split("\n") == [
        "these variables of the environment are not set, and empty in functions:",
        "  A  serverless.yml:6:5, serverless.yml:8:5",
        "  B_KEY  serverless.yml:11:3",
        "  BUCKET  serverless.yml:12:3",
    ]


def test_they_are_errors_in_a_deployment_and_where_it_is_strict(tmp_path: Path) -> None:
    text = "custom:\n  a: ${env:A}\n  b: ${ssm:/b}\n  c: ${file(c.yml):x}\n  d: ${opt:d}\n  e: ${git:sha1}\n"
    with pytest.raises(UserError) as error:
        resolved(tmp_path, text, is_lenient=False)
    for place in ("6:3", "7:3", "8:3", "9:3", "10:3"):
        assert f"serverless.yml:{place}" in str(error.value)


def test_what_an_account_does_not_have(tmp_path: Path) -> None:
    asked: list[tuple[str, str, str]] = []

    def ask(service: str, operation: str, request: Any, region: str) -> Any:
        asked.append((operation, request.get("Name") or request.get("StackName") or request.get("Key"), region))
        if request.get("Name") == "/there":
            return {"Parameter": {"Type": "String", "Value": "found"}}
        if request.get("Name") == "/list":
            return {"Parameter": {"Type": "StringList", "Value": "a,b"}}
        raise ParameterNotFound("no")

    text = """\
          environment:
            A: ${ssm:/there~true}
            B: ${ssm.eu-west-1:/lacks}
            C: ${cf.eu-west-1:auth.PoolId}
            D: ${s3:bucket/key}
            E: ${ssm:/lacks, 'mine'}
            F: ${env:F, cf.eu-west-1:auth.PoolId}
        custom:
          list: ${ssm:/list~split}
        """
    found = resolved(tmp_path, text, ask=ask)
    assert settings(found, "provider", "environment") == {
        "A": "found",
        "B": "missing-lacks",
        "C": "missing-auth-pool-id",
        "D": "missing-bucket-key",
        "E": "mine",
        "F": "missing-auth-pool-id",
    }
    assert settings(found, "custom", "list") == ["a", "b"]
    assert ("GetParameter", "/lacks", "eu-west-1") in asked and ("DescribeStacks", "auth", "eu-west-1") in asked
    assert warning(found, "Systems Manager").endswith("\n  /lacks  serverless.yml:7:5")
    assert warning(found, "outputs of other stacks").endswith(
        "\n  auth.PoolId  serverless.yml:8:5, serverless.yml:11:5"
    )
    assert warning(found, "objects of S3").endswith("\n  bucket/key  serverless.yml:9:5")


def test_sources_of_plugins_are_named(tmp_path: Path) -> None:
    found = resolved(tmp_path, "custom:\n  a: ${git:sha1}\n  b: ${vault:x, 'b'}\n  c: v-${git:branch}\n")
    assert settings(found, "custom") == {"a": "missing-sha1", "b": "b", "c": "v-missing-branch"}
    assert warning(found, "nobody answers").endswith(
        "\n  git:sha1  serverless.yml:6:3\n  git:branch  serverless.yml:8:3"
    )


def test_options_and_parameters(tmp_path: Path) -> None:
    text = "custom: {a: '${opt:a}', b: '${opt:b}', p: '${param:p}', s: '${opt:stage}', r: '${opt:region}'}\n"
    found = resolved(tmp_path, text, extra={"a": "given"})
    assert settings(found, "custom") == {
        "a": "given",
        "b": "missing-b",
        "p": "missing-p",
        "s": "dev",
        "r": "us-east-1",
    }
    assert "--option NAME=VALUE" in warning(found, "these options") and "--param NAME=VALUE" in warning(
        found, "--param"
    )


def test_a_region_a_stage_and_an_account_are_those_of_the_deployment(tmp_path: Path) -> None:
    text = """\
        service: shop
        provider: {name: aws, stage: "${env:STAGE}", region: "${env:AWS_REGION}"}
        custom: {a: "${env:ACCOUNT_ID}", t: "shop-${self:provider.stage}", r: "${self:provider.region}"}
        """
    found = resolved(tmp_path, text)
    assert (found.stage, found.region) == ("dev", "us-east-1")
    assert settings(found, "custom") == {"a": "000000000000", "t": "shop-dev", "r": "us-east-1"}
    asked = resolved(tmp_path, text, stage="qa", region="eu-west-1")
    assert settings(asked, "custom") == {"a": "000000000000", "t": "shop-qa", "r": "eu-west-1"}


def test_their_names_may_say_whose_they_are(tmp_path: Path) -> None:
    text = """\
        service: shop
        provider: {name: aws, stage: "${env:SERVERLESS_STAGE}", region: "${env:MY_APP_REGION}"}
        custom: {arn: "${self:provider.region}:${env:CORP_AWS_ACCOUNT_ID}:${param:awsAccountId}", o: "${env:ACCOUNTS}"}
        """
    found = resolved(tmp_path, text)
    assert (found.stage, found.region) == ("dev", "us-east-1")
    assert settings(found, "custom") == {"arn": "us-east-1:000000000000:000000000000", "o": "missing-accounts"}


def test_a_file_that_git_ignores(tmp_path: Path) -> None:
    text = """\
          environment: ${file(env.yml)}
        custom:
          secrets: ${file(secrets.${opt:stage, 'dev'}.json)}
          key: ${self:custom.secrets.stripe.key}
          url: https://${self:custom.secrets.host}/
          port: ${self:custom.secrets.port, 5432}
          other: ${file(./other.yml):a.b}
        """
    found = resolved(tmp_path, text)
    assert settings(found, "provider", "environment") == {}
    assert settings(found, "custom") == {
        "secrets": {},
        "key": "missing-key",
        "url": "https://missing-host/",
        "port": 5432,
        "other": "missing-b",
    }
    told = "serverless.yml:7:3: the file secrets.dev.json is not there, stand-ins are taken for stripe.key, host"
    assert warning(found, "secrets.dev.json") == told
    assert warning(found, "./other.yml").endswith("is not there, stand-ins are taken for a.b")
    assert warning(found, "env.yml") == "serverless.yml:5:3: the file env.yml is not there, and taken for an empty one"


def test_a_sample_beside_it_is_read_instead(tmp_path: Path) -> None:
    text = """\
        custom:
          secrets: ${file(secrets.yml)}
          key: ${self:custom.secrets.key}
          one: ${file(conf/config.dev.json):one}
          more: ${file(conf/config.dev.json):more}
          e: ${env:FROM_SAMPLE}
          f: ${env:NOWHERE}
        """
    files = {
        "secrets.example.yml": "key: sample-key\n",
        "conf/config.json.dist": '{"one": 1}',
        ".env.sample": "FROM_SAMPLE=yes\n",
    }
    found = resolved(tmp_path, text, files)
    assert settings(found, "custom") == {
        "secrets": {"key": "sample-key"},
        "key": "sample-key",
        "one": 1,
        "more": "missing-more",
        "e": "yes",
        "f": "missing-nowhere",
    }
    assert warning(found, "secrets.example.yml").startswith("file(secrets.yml): taken from secrets.example.yml")
    assert warning(found, ".env.sample").startswith("env:FROM_SAMPLE: taken from .env.sample")
    assert {"secrets.example.yml", "config.json.dist", ".env.sample"} <= {each.name for each in found.sources}


SAMPLES = {
    "secrets.yml": ["secrets.yml.example", "secrets.example.yml", "example.secrets.yml", "secrets-sample.yml"],
    ".env": [".env.example", ".env.sample", "env.example", ".env.template", "example.env"],
    "config.dev.json": ["config.dev.example.json", "config.example.json"],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_names_of_samples(tmp_path: Path, name: str) -> None:
    for other in ("secrets.yml.bak", "env", "sample.txt", "config.json"):
        (tmp_path / other).write_text("")
    assert sample_of(tmp_path / name, "dev") is None
    for sample in SAMPLES[name]:
        (tmp_path / sample).write_text("")
        assert sample_of(tmp_path / name, "dev") == tmp_path / sample
        (tmp_path / sample).unlink()


def test_what_an_application_is_made_of_has_no_stand_in(tmp_path: Path) -> None:
    for text in (
        "functions: ${file(functions.yml)}\n",
        "resources:\n  - ${file(tables.yml)}\n",
        "functions: {a: {handler: '${env:H}'}}\n",
    ):
        with pytest.raises(UserError, match="Cannot resolve variable at"):
            resolved(tmp_path, text)


def test_settings_that_no_text_would_do_for(tmp_path: Path) -> None:
    text = """\
          memorySize: ${env:MEMORY}
          vpc: ${file(vpc.yml):vpc}
          iamRoleStatements: ${file(iam.yml)}
          tags: ${file(tags.yml)}
          profile: ${env:PROFILE}
          deploymentBucket: ${env:DEPLOYMENT_BUCKET}
        functions:
          a:
            handler: h.handler
            timeout: ${ssm:/timeout}
            layers: ["${cf:layers.Arn}"]
            role: ${ssm:/role}
            vpc: {securityGroupIds: "${ssm:/groups}", subnetIds: ["${cf:net.A}"]}
            events:
              - sns: {arn: "${cf:topics.Orders}", topicName: orders}
              - sqs: ${cf:queues.Orders}
              - http: {path: x, method: get, authorizer: "${cf:auth.Authorizer}"}
              - http: {path: y, method: get, authorizer: {arn: "${cf:auth.UserPoolArn}"}}
              - schedule: ${env:CRON}
        """
    found = resolved(tmp_path, text)
    provider, function = settings(found, "provider"), settings(found, "functions", "a")
    assert [provider[key] for key in ("memorySize", "vpc", "deploymentBucket")] == [None] * 3
    assert (provider["iamRoleStatements"], provider["tags"]) == ([], {})
    assert not any("PROFILE" in each for each in texts(found.warnings)), "nobody asks for credentials here"
    assert function["timeout"] is None
    assert function["layers"] == ["arn:aws:lambda:us-east-1:000000000000:layer:missing-layers-arn:1"]
    assert function["role"] == "arn:aws:iam::000000000000:role/missing-role"
    assert function["vpc"] == {"securityGroupIds": ["sg-" + "0" * 17], "subnetIds": ["subnet-" + "0" * 17]}
    sns, sqs, guarded, pool, schedule = function["events"]
    assert sns["sns"]["arn"] == "arn:aws:sns:us-east-1:000000000000:missing-topics-orders"
    assert sqs["sqs"] == "arn:aws:sqs:us-east-1:000000000000:missing-queues-orders"
    assert guarded["http"]["authorizer"] == "arn:aws:lambda:us-east-1:000000000000:function:missing-auth-authorizer"
    assert pool["http"]["authorizer"]["arn"].startswith("arn:aws:cognito-idp:us-east-1:000000000000:userpool/")
    assert schedule["schedule"] == "rate(1 day)"


def test_older_files_may_name_settings_that_are_not_there(tmp_path: Path) -> None:
    text = "service: shop\nframeworkVersion: '^1.32'\nprovider: {name: aws}\ncustom: {a: '${self:custom.b}'}\n"
    found = resolved(tmp_path, text)
    assert settings(found, "custom") == {"a": "missing-custom-b"}
    assert warning(found, "these settings").endswith("\n  custom.b  serverless.yml:4:10")
    unsaid = resolved(tmp_path, text.replace("frameworkVersion: '^1.32'\n", ""))
    assert settings(unsaid, "custom") == {"a": "missing-custom-b"}, "it may be for an older one"
    with pytest.raises(UserError, match="Value not found"):
        resolved(tmp_path, text.replace("^1.32", "3"))


def test_tables_of_stages_may_lack_the_one_that_is_run(tmp_path: Path) -> None:
    text = """\
        service: shop
        frameworkVersion: '3'
        provider:
          name: aws
          profile: ${self:custom.profiles.${opt:owner}}
          runtime: ${file(common.yml):runtime}
          environment: {URL: "${self:custom.urls.${opt:stage}}"}
        custom:
          profiles: {ann: one}
          urls: {prod: https://shop.example.com}
        """
    found = resolved(tmp_path, text)
    assert settings(found, "provider", "environment") == {"URL": "missing-custom-urls-dev"}
    assert "runtime" not in settings(found, "provider") or settings(found, "provider", "runtime") is None
    assert "custom.urls.dev" in warning(found, "another --stage may have them")
    assert settings(resolved(tmp_path, text, stage="prod"), "provider", "environment")["URL"].startswith("https://")
    with pytest.raises(UserError, match="Value not found"):
        resolved(tmp_path, text, stage="test", is_lenient=False)


def test_a_stand_in_is_no_truth(tmp_path: Path) -> None:
    found = resolved(tmp_path, "custom: {a: '${strToBool(${env:A})}', b: '${strToBool(${env:B, true})}'}\n")
    assert settings(found, "custom") == {"a": False, "b": True}


def test_the_name_of_the_service_in_both_forms(tmp_path: Path) -> None:
    text = "service: {name: shop, awsKmsKeyArn: 'arn:aws:kms:us-east-1:1:key/a'}\nprovider: {name: aws}\n"
    custom = "custom: {a: '${self:service}', b: '${self:service.name}'}\n"
    found = resolved(tmp_path, text + custom)
    assert settings(found, "service") == "shop" and settings(found, "custom") == {"a": "shop", "b": "shop"}
    assert settings(found, "provider", "kmsKeyArn") == "arn:aws:kms:us-east-1:1:key/a"
    assert "wants 'service: shop'" in warning(found, "service")
    plain = resolved(tmp_path, "service: shop\nprovider: {name: aws}\n" + custom)
    assert settings(plain, "custom") == {"a": "shop", "b": "shop"}


def test_a_sample_of_the_environment_is_that_of_functions(tmp_path: Path) -> None:
    text = "service: shop\nprovider: {name: aws}\nplugins: [serverless-dotenv-plugin]\n"
    found = resolved(tmp_path, text, {".env.example": "A=1\n"})
    assert settings(found, "provider", "environment") == {"A": "1"}
    assert warning(found, "there is no .env").endswith("what .env.example says is in the environment")
    assert "environment" not in settings(resolved(tmp_path, text, is_lenient=False), "provider") or not settings(
        resolved(tmp_path, text, is_lenient=False), "provider", "environment"
    )
    (tmp_path / ".env").write_text("A=2\n")
    assert settings(resolved(tmp_path, text), "provider", "environment") == {"A": "2"}


def test_older_ways_to_write_variables(tmp_path: Path) -> None:
    text = "custom: {a: '${ self:service }', b: '${  opt:b, self:service }', c: '${ Other }', d: '${AWS::Region}'}\n"
    found = resolved(tmp_path, text)
    assert settings(found, "custom") == {"a": "shop", "b": "shop", "c": "${ Other }", "d": "${AWS::Region}"}


SYNTAXES = {
    r'"\\${{([ ~:a-zA-Z0-9._@\\-\\/\\(\\)]+?)}}"': {"a": "${self:service}-x", "b": "shop", "c": "${Table.Arn}"},
    r'"\\${((?!AWS)[ -~]*?)}"': {"a": "shop-x", "b": "${{self:service}}", "c": "${Table.Arn}"},
    r'"\\[\\[(.*)\\]\\]"': {"a": "shop-x", "b": "${{self:service}}", "c": "${Table.Arn}"},
}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_braces_that_the_file_chooses(tmp_path: Path, syntax: str) -> None:
    text = f"""\
service: shop
provider:
  name: aws
  variableSyntax: {syntax}
custom:
  a: ${{self:service}}-x
  b: ${{{{self:service}}}}
  c: ${{Table.Arn}}
"""
    found = resolved(tmp_path, text)
    assert settings(found, "custom") == SYNTAXES[syntax]
    told = [each for each in texts(found.warnings) if "variableSyntax" in each]
    assert (len(told) == 1 and "is not followed" in told[0]) if "[[" in syntax.replace("\\", "") else not told


def test_parameters_of_version_4(tmp_path: Path) -> None:
    text = """\
        service: shop
        frameworkVersion: "4"
        provider: {name: aws}
        stages: {default: {params: {a: 1, b: 2}}, dev: {params: {b: 3}}}
        custom: {a: "${param:a}", b: "${param:b}"}
        """
    found = resolved(tmp_path, text)
    assert settings(found, "custom") == {"a": 1, "b": 3}
    assert not any("stages" in each for each in texts(found.warnings))
