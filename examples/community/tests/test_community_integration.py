"""Handlers in this process, with tables, queues and a bucket in a local cloud, made of the application's own templates.

Run: pytest tests/test_community_integration.py
"""

import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
from driving import APPLICATION, UNIT, Application, Cloud, answer, imported, queued, request
from PIL import Image

# Powertools would have some of each invocation.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")

WRITTEN = {"${param:keep}": "Delete", "${self:service}": "community", "${sls:stage}": "tests"}
"""Of the variables of serverless.yml, those that the files of resources use."""
BROKEN = b"this is no picture"


@pytest.fixture(scope="module")
def made(cloud: Cloud) -> dict[str, str]:
    """Tables, queues, the topic and the bucket, as the application declares them: physical ids by logical ids."""
    text = "\n".join(
        (APPLICATION / "resources" / f"{name}.yml").read_text().replace("Resources:", "", 1)
        for name in ("table", "events", "uploads")
    )
    for variable, value in WRITTEN.items():
        text = text.replace(variable, value)
    client = cloud.client("cloudformation")
    client.create_stack(StackName="community-tests", TemplateBody=f"Resources:\n{text}")
    client.get_waiter("stack_create_complete").wait(StackName="community-tests", WaiterConfig={"Delay": 0.2})
    found = client.describe_stack_resources(StackName="community-tests")["StackResources"]
    client.close()
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


@pytest.fixture(scope="module")
def app(cloud: Cloud, made: dict[str, str]) -> Iterator[Application]:
    """The application, whose functions find what was made."""
    names = {"TABLE": "Table", "DONE": "Done", "PROGRESS": "Progress", "TOPIC": "Happened", "UPLOADS": "Uploads"}
    names |= {"IMAGES_FAILED": "ImagesFailed", "TABLES_FAILED": "TablesFailed", "KEYS": "Keys"}
    variables = UNIT | {name: made[logical_id] for name, logical_id in names.items()}
    variables |= {"AWS_ENDPOINT_URL": cloud.endpoint, "AWS_ACCESS_KEY_ID": "000000000000"}
    del variables["SIGNING_KEY"]  # It is in Secrets Manager.
    with imported(variables) as application:
        yield application


@pytest.fixture
def ada(app, context):
    """A user who has registered."""
    email = f"{uuid4().hex}@example.com"
    body = {"email": email, "name": "Ada", "password": "correct horse"}
    status, said = answer(app.commands.handler(request("POST", "/users", body), context))
    assert status == 201
    return SimpleNamespace(id=said["id"], email=email, password=body["password"])


def told(cloud, queue: str) -> dict:
    """What a queue was told, as a function gets it."""
    cloud.drain()
    client = cloud.client("sqs")
    messages = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    client.close()
    return queued(*(one["Body"] for one in messages))


def published(type: str, **data: str) -> dict:
    """An event, as it comes out of a queue."""
    return {"id": uuid4().hex, "type": type, "time": "2026-01-02T03:04:05Z", "version": 1, "data": data}


def image(*, of: bytes = b"") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (800, 600), "red").save(file, "PNG")
    return of or file.getvalue()


# Commands and queries.


def test_an_address_is_one_users_and_what_is_refused_leaves_nothing(app, context, ada):
    body = {"email": ada.email.upper(), "name": "Eve", "password": "correct horse"}
    assert answer(app.commands.handler(request("POST", "/users", body), context))[0] == 409
    owner = app.entities.table.get(app.entities.EmailOwner, email=ada.email)
    assert owner.user_id == ada.id
    assert app.entities.table.get(app.entities.User, id=ada.id).name == "Ada"


def test_who_has_the_wrong_password_hears_what_the_unknown_hear(app, context, ada):
    def log_in(email: str, password: str):
        return answer(app.login.handler(request("POST", "/login", {"email": email, "password": password}), context))

    assert log_in(ada.email, "wrong") == log_in("nobody@example.com", "wrong")
    status, said = log_in(ada.email, ada.password)
    assert status == 200
    assert app.tokens.signer().verifier().verify(said["token"])["sub"] == ada.id


def test_a_change_of_what_was_read_before_another_change_is_a_conflict(app, context, ada):
    def change(title: str, version: int):
        body = {"title": title, "text": "x", "version": version}
        event = request("PUT", "/posts/{id}", body, caller=ada.id, pathParameters={"id": post})
        return answer(app.commands.handler(event, context))[0]

    event = request("POST", "/posts", {"title": "T", "text": "x"}, caller=ada.id)
    post = answer(app.commands.handler(event, context))[1]["id"]
    assert [change("first", 1), change("second", 1), change("third", 2)] == [200, 409, 200]
    assert app.entities.table.get(app.entities.Post, id=post).title == "third"


def test_somebody_elses_post_is_theirs(app, context, ada):
    event = request("POST", "/posts", {"title": "T", "text": "x"}, caller=ada.id)
    post = answer(app.commands.handler(event, context))[1]["id"]
    event = request("DELETE", "/posts/{id}", caller="eve", pathParameters={"id": post})
    assert answer(app.commands.handler(event, context))[0] == 403
    assert app.entities.table.get(app.entities.Post, id=post) is not None


def test_pages_follow_each_other_and_their_tokens_are_signed(app, context, ada):
    for place in range(5):
        event = request("POST", "/posts", {"title": str(place), "text": "x"}, caller=ada.id)
        assert answer(app.commands.handler(event, context))[0] == 201

    def page(after: str | None):
        query = {"limit": "2"} | ({"after": after} if after else {})
        path = {"id": ada.id}
        event = request("GET", "/users/{id}/posts", caller=ada.id, pathParameters=path, queryStringParameters=query)
        return answer(app.queries.handler(event, context))

    titles, after = [], None
    while True:
        status, said = page(after)
        assert status == 200
        titles += [one["title"] for one in said["items"]]
        after = said["next"]
        if not after:
            break
        assert page(after[:-2] + ("AA" if after[-2:] != "AA" else "BB"))[0] == 400
    assert titles == ["4", "3", "2", "1", "0"]


# What happens, and who hears of it.


def test_an_event_leaves_with_what_it_tells_of(app, context, cloud, made, ada):
    table = cloud.client("dynamodb")
    found = table.scan(TableName=made["Table"])["Items"]
    [entry] = [one for one in found if one["pk"]["S"].startswith("OUTBOX#") and ada.id in json.dumps(one)]
    record = {
        "eventID": "1",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": {"pk": entry["pk"], "sk": entry["sk"]},
            "NewImage": entry,
            "SequenceNumber": "1",
        },
    }
    app.relay.handler({"Records": [record]}, context)
    cloud.drain()
    queue = cloud.client("sqs")
    messages = queue.receive_message(QueueUrl=made["Analytics"], MaxNumberOfMessages=10)["Messages"]
    events = [json.loads(one["Body"]) for one in messages]
    assert [one["type"] for one in events if one["data"]["id"] == ada.id] == ["user.created"]
    given = app.welcome.handler(told(cloud, made["Welcome"]), context)
    assert given == {"batchItemFailures": []}
    assert len(cloud.messages(ada.email)) == 1
    table.close()
    queue.close()


def test_a_welcome_comes_once_however_often_it_is_delivered(app, context, cloud):
    event = published("user.created", id="u", name="Ada", email=f"{uuid4().hex}@example.com")
    for _ in range(3):
        app.welcome.handler(queued(event), context)
    [message] = cloud.messages(event["data"]["email"])
    assert message["subject"] == "Welcome, Ada"


def test_an_event_is_counted_once_however_often_it_is_delivered(app, context):
    day, type = "2026-01-02", "user.created"
    before = app.entities.table.get(app.entities.Count, day=day, type=type)
    event = published(type, id="u", name="Ada", email="a@example.com")
    for _ in range(3):
        app.analytics.handler(queued(event, event), context)
    after = app.entities.table.get(app.entities.Count, day=day, type=type)
    assert after.count == (before.count if before else 0) + 1


@pytest.mark.parametrize("name", ["welcome", "analytics"])
def test_in_node_it_is_the_same(name, app, context, cloud):
    """What Python has done Node does not do again, and the other way round: their records are the same."""
    node = shutil.which("node")
    if node is None or not (APPLICATION / "node" / "node_modules").is_dir():
        pytest.skip("npm ci --prefix examples/community/node")
    event = published("user.created", id="u", name="Ada", email=f"{uuid4().hex}@example.com")
    other = event | {"id": uuid4().hex}
    wrapped = {"Type": "Notification", "Message": json.dumps(event)}
    script = f"""
        const {{ handler }} = await import('./{name}.mjs');
        const context = {{ functionName: 'f', awsRequestId: 'r', getRemainingTimeInMillis: () => 10000 }};
        const say = async (batch) => process.stderr.write(JSON.stringify(await handler(batch, context)) + '\\n');
        await say({json.dumps(queued(event, "{", wrapped))});
        await say({json.dumps(queued(other))});
    """
    app.__getattr__(name).handler(queued(other), context)
    day = "2026-01-02"
    before = app.entities.table.get(app.entities.Count, day=day, type="user.created")
    done = subprocess.run(
        [node, "--input-type=module", "-e", script],
        cwd=APPLICATION / "node",
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    given = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert given == [{"batchItemFailures": [{"itemIdentifier": "m-1"}]}, {"batchItemFailures": []}]
    app.__getattr__(name).handler(queued(event), context)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["function_request_id"] for one in lines if one.get("level") == "ERROR"] == ["r"]
    if name == "welcome":
        assert len(cloud.messages(event["data"]["email"])) == 2  # Of two events, one each.
    else:
        after = app.entities.table.get(app.entities.Count, day=day, type="user.created")
        assert after.count == (before.count if before else 0) + 1
        assert [one["user.created"] for one in lines if "user.created" in one] == [[1]]


def test_the_read_model_follows_users_in_order_and_is_made_anew(app, context, cloud, made, ada):
    client = cloud.client("dynamodb")
    key = {"pk": {"S": f"USER#{ada.id}"}, "sk": {"S": "USER"}}
    user = client.get_item(TableName=made["Table"], Key=key)["Item"]

    def record(name: str, sequence: int, **images: dict) -> dict:
        return {
            "eventID": str(sequence),
            "eventName": name,
            "eventSource": "aws:dynamodb",
            "dynamodb": {"Keys": key, "SequenceNumber": str(sequence), **images},
        }

    made_admin = user | {"role": {"S": "admin"}, "version": {"N": "2"}}
    insert = record("INSERT", 100, NewImage=user)
    modify = record("MODIFY", 101, NewImage=made_admin, OldImage=user)
    app.read_model.handler({"Records": [insert, modify]}, context)
    app.read_model.handler({"Records": [insert]}, context)  # It comes again, late.
    profile = app.entities.table.get(app.entities.Profile, id=ada.id)
    assert (profile.name, profile.role) == ("Ada", "admin")
    client.delete_item(TableName=made["Table"], Key={"pk": {"S": f"PROFILE#{ada.id}"}, "sk": {"S": "PROFILE"}})
    told = app.read_model.handler({"rebuild": True}, context)
    assert json.loads(json.dumps(told)) == {"position": None, "read": told["read"], "written": told["written"]}
    assert app.entities.table.get(app.entities.Profile, id=ada.id).name == "Ada"
    app.read_model.handler({"Records": [record("REMOVE", 102, OldImage=made_admin)]}, context)
    assert app.entities.table.get(app.entities.Profile, id=ada.id) is None
    client.close()


# Uploads.


def begun(app, context, kind: str, name: str) -> tuple[str, str]:
    """The id of an upload, and the key of its file."""
    event = request("POST", "/uploads", {"kind": kind, "name": name}, caller="ada")
    status, said = answer(app.commands.handler(event, context))
    assert status == 201
    return said["id"], said["form"]["fields"]["key"]


def test_a_picture_becomes_a_thumbnail_and_a_broken_one_a_reason(app, context, cloud, made):
    s3, sqs = cloud.client("s3"), cloud.client("sqs")
    good, good_key = begun(app, context, "image", "grüße & küsse.png")
    bad, bad_key = begun(app, context, "image", "broken.png")
    s3.put_object(Bucket=made["Uploads"], Key=good_key, Body=image())
    s3.put_object(Bucket=made["Uploads"], Key=bad_key, Body=BROKEN)
    given = app.images.handler(told(cloud, made["Images"]), context)
    assert given == {"batchItemFailures": []}
    small = s3.get_object(Bucket=made["Uploads"], Key=f"out/thumbnails/{good}.jpg")["Body"].read()
    assert Image.open(io.BytesIO(small)).size == (256, 192)
    dead = sqs.receive_message(QueueUrl=made["ImagesFailed"], MessageAttributeNames=["All"])["Messages"]
    assert len(dead) == 1
    assert "no picture" in json.dumps(dead)
    upload = app.entities.table.get(app.entities.Upload, id=bad)
    assert upload.gone is None, "what has arrived is kept"
    s3.close()
    sqs.close()


def test_a_tables_rows_are_there_once_however_often_it_is_told(app, context, cloud, made):
    s3 = cloud.client("s3")
    upload, key = begun(app, context, "table", "people.csv")
    s3.put_object(Bucket=made["Uploads"], Key=key, Body="name,age\n" + "".join(f"n{n},{n}\n" for n in range(30)))
    batch = told(cloud, made["Tables"])
    for _ in range(2):
        assert app.rows.handler(batch, context) == {"batchItemFailures": []}
    rows = list(app.entities.rows_of_upload.all(upload=upload))
    assert [row.values["age"] for row in rows] == [str(n) for n in range(30)]
    s3.close()


def test_feeds_are_parted_by_month(app, context, ada):
    event, began = request("POST", "/posts", {"title": "now", "text": "x"}, caller=ada.id), datetime.now(UTC)
    assert answer(app.commands.handler(event, context))[0] == 201
    months = {f"{time:%Y-%m}" for time in (began, datetime.now(UTC))}  # Two, once a month.
    posts = [post for month in months for post in app.entities.feed.all(month=month)]
    found = [post.title for post in posts if post.author == ada.id]
    assert found == ["now"]
