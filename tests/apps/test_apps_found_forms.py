"""Files in the forms in which they are found: of version 1, in TypeScript, in many parts, with roles of every kind."""

import json
import shutil
from pathlib import Path

import pytest
from tests.apps.conftest import Starter, http

FOUND = Path(__file__).parent / "found"
TOOLS = Path(__file__).parent / "typescript" / "node_modules"
ACCOUNT = "000000000000"
JSON = {"content-type": "application/json"}


def copied(name: str, tmp_path: Path) -> Path:
    """An application as a clone of its repository has it."""
    return Path(shutil.copytree(FOUND / name, tmp_path / name))


def test_a_file_of_version_1(up: Starter, tmp_path: Path) -> None:
    running = up(copied("photo-gallery", tmp_path), "--option", "unused=1")
    answer = http("GET", running.url("/dev/photos/7"))
    bucket = f"photo-gallery-dev-{ACCOUNT}"
    assert answer.json() == {
        "id": "7",
        "TABLE": "photo-gallery-dev-photos",
        "BUCKET": bucket,
        "SENTRY_DSN": "",
        "SLACK_HOOK": "",
        "MAPS_KEY": "maps-key-of-the-example",
        "SIGNING_KEY": "missing-photo-gallery-dev-signing-key",
        "USER_POOL": "missing-accounts-dev-user-pool-id",
        "CDN": "http://localhost",
        "BUILD": "missing-sha1",
    }
    assert http("PUT", running.url("/dev/photos/7")).status == 403, "apiKeys of version 1 still guard it"
    key = running.client("apigateway", "eu-west-1").get_api_keys(includeValues=True)["items"][0]["value"]
    assert http("PUT", running.url("/dev/photos/7"), headers={"x-api-key": key}).status == 200
    assert running.client("s3", "eu-west-1").head_bucket(Bucket=bucket)
    output = running.output
    for name in ("SENTRY_DSN", "SLACK_HOOK_URL", "/photo-gallery/dev/signing-key", "git:sha1", "secrets.example.yml"):
        assert name in output
    assert "table/photo-gallery-dev-photos" in output


def test_it_is_refused_where_nothing_may_lack(up: Starter, tmp_path: Path) -> None:
    running = up(copied("photo-gallery", tmp_path), "--strict", ready=False)
    running.until("(ended)")
    assert "SENTRY_DSN" in running.output and "serverless.yml:" in running.output
    assert running.stop() == 2


@pytest.mark.skipif(not TOOLS.is_dir(), reason="npm ci has not been run in tests/apps/typescript")
def test_a_service_in_typescript(up: Starter, tmp_path: Path) -> None:
    folder = copied("greeter-ts", tmp_path)
    (folder / "node_modules").symlink_to(TOOLS)
    running = up(folder)
    url = running.url("/dev/hello")
    assert http("POST", url, {"name": "Ada"}, JSON).json() == {"message": "Hello Ada"}
    assert http("POST", url, {}, JSON).status == 400, "the schema in a file of its own is checked"
    seen = len(running.lines)
    index = folder / "src" / "functions" / "hello" / "index.ts"
    index.write_text(index.read_text().replace("path: 'hello'", "path: 'greet'"))
    running.until("deployed in", after=seen)
    assert http("POST", running.url("/dev/greet"), {"name": "Bob"}, JSON).json() == {"message": "Hello Bob"}


def test_a_service_in_many_files(up: Starter, tmp_path: Path) -> None:
    folder = copied("shop-in-parts", tmp_path)
    running = up(folder, "--no-watch")
    assert http("GET", running.url("/orders")).json() == {
        "SHOP_NAME": "Corner EUR shop",
        "MAX_ITEMS": "10",
        "CONTACT": "shop-in-parts-dev@example.com",
        "MOTD": "Welcome!",
        "LEVEL": "debug",
    }
    assert http("POST", running.url("/orders"), {"items": [1, 2]}, JSON).json() == {
        "table": "shop-in-parts-dev-orders",
        "items": 2,
    }


def test_roles_of_every_kind(up: Starter, tmp_path: Path) -> None:
    running = up(copied("payroll-roles", tmp_path), "--no-watch")
    roles = {
        "default": "payroll-roles-dev-us-east-1-lambdaRole",
        "own": "payroll-own-dev",
        "literal": "lambda-basic",
        "substituted": "lambda-basic",
        "named": "auditor-dev",
        "attribute": "auditor-dev",
    }
    for name, role in roles.items():
        arn = http("GET", running.url(f"/{name}")).json()["arn"]
        assert arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/payroll-roles-dev-{name}"
    iam = running.client("iam")
    [inline] = iam.list_role_policies(RoleName="payroll-own-dev")["PolicyNames"]
    own = iam.get_role_policy(RoleName="payroll-own-dev", PolicyName=inline)["PolicyDocument"]["Statement"]
    assert [one.get("Sid") or one.get("Action") or one.get("NotAction") for one in own[-3:]] == [
        "ReadSalaries",
        ["sts:AssumeRole"],
        ["iam:*"],
    ]
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/developer-boundary"
    assert iam.get_role(RoleName=roles["default"])["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert "123456789012:role/company/lambda-basic" in running.output


def test_a_service_that_lives_on_what_others_make(up: Starter, tmp_path: Path) -> None:
    folder = copied("shipping-events", tmp_path)
    running = up(folder)
    settings = {"table": "missing-orders-dev-table-name", "carrier": "missing-shop-dev-carrier-url"}
    assert http("GET", running.url("/settings")).json() == settings
    running.client("s3").put_object(Bucket="shop-dev-labels", Key="7.pdf", Body=b"x")
    running.until('"eventSource":"aws:s3"')
    sqs = running.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="missing-orders-dev-queue-arn")["QueueUrl"], MessageBody="1")
    running.until('"messageId"')
    output = running.output
    for name in ("orders-dev-QueueArn", "keys-dev.SharedKeyArn", "policy/team-boundary", "/shop/dev/warehouse"):
        assert name in output
    # Once the others are there, theirs is taken.
    running.client("ssm").put_parameter(Name="/shop/dev/carrier/url", Value="http://carrier", Type="String")
    export = {"Value": "orders", "Export": {"Name": "orders-dev-TableName"}}
    template = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"T": export}}
    running.client("cloudformation").create_stack(StackName="orders-dev", TemplateBody=json.dumps(template))
    running.drain()
    seen = len(running.lines)
    (folder / "serverless.yml").write_text((folder / "serverless.yml").read_text() + "# edited\n")
    running.until("deployed in", after=seen)
    assert http("GET", running.url("/settings")).json() == {"table": "orders", "carrier": "http://carrier"}
