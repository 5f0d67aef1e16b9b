"""The whole application over HTTP, as its users see it: `stratolite up`, started once for all of these.

Run: pytest tests/test_community_http.py
"""

import io
import json
import re
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
from driving import Deployed, fetch, soon
from PIL import Image


def joined(deployed: Deployed, name: str = "Ada") -> SimpleNamespace:
    """Somebody who has registered and logged in."""
    email, password = f"{uuid4().hex}@example.com", "correct horse"
    status, said = deployed.call("POST", "/users", {"email": email, "name": name, "password": password})
    assert status == 201, said
    return SimpleNamespace(id=said["id"], email=email, password=password, token=logged_in(deployed, email, password))


def logged_in(deployed: Deployed, email: str, password: str) -> str:
    status, said = deployed.call("POST", "/login", {"email": email, "password": password})
    assert status == 200, said
    return said["token"]


@pytest.fixture(scope="module")
def ada(deployed):
    return joined(deployed)


@pytest.fixture(scope="module")
def admin(deployed):
    """Nobody can make the first admin over HTTP; whoever may write the table can."""
    somebody = joined(deployed, "Root")
    client = deployed.client("dynamodb")
    client.update_item(
        TableName=deployed.resource("Table"),
        Key={"pk": {"S": f"USER#{somebody.id}"}, "sk": {"S": "USER"}},
        UpdateExpression="SET #role = :role",
        ExpressionAttributeNames={"#role": "role"},
        ExpressionAttributeValues={":role": {"S": "admin"}},
    )
    client.close()
    somebody.token = logged_in(deployed, somebody.email, somebody.password)
    return somebody


def profile(deployed: Deployed, user: str, token: str) -> dict:
    """A profile, as soon as the stream has made it."""

    def look():
        status, said = deployed.call("GET", f"/users/{user}", None, token)
        return said if status == 200 else None

    return soon(look)


# Who may come in.


def test_an_address_is_one_users(deployed, ada):
    status, said = deployed.call("POST", "/users", {"email": ada.email, "name": "Eve", "password": "0123456789"})
    assert (status, said["error"]) == (409, "AlreadyExists")


def test_a_body_that_is_not_of_its_model_never_reaches_a_function(deployed):
    status, said = deployed.call("POST", "/users", {"email": "x", "name": "Ada"})
    assert (status, said["error"]) == (400, "Invalid request body")
    assert "email" in said["reasons"] or "x" in said["reasons"]
    assert '(["password"])' in said["reasons"]


def test_a_wrong_password_and_an_unknown_user_are_answered_alike(deployed, ada):
    wrong = deployed.call("POST", "/login", {"email": ada.email, "password": "wrong"})
    unknown = deployed.call("POST", "/login", {"email": "nobody@example.com", "password": "wrong"})
    assert wrong == unknown
    assert wrong[0] == 401


def test_401_is_for_who_is_unknown_and_403_for_who_may_not(deployed, ada, admin):
    def status(method: str, path: str, token: str, body=None) -> int:
        return deployed.call(method, path, body, token)[0]

    today = f"/counts/{datetime.now(UTC):%Y-%m-%d}"
    forged = ada.token[:-4] + ("AAAA" if ada.token[-4:] != "AAAA" else "BBBB")
    role = {"role": "admin"}
    assert [status("GET", today, token) for token in ("", "nonsense", forged)] == [401, 401, 401]
    assert [status("GET", today, token) for token in (ada.token, admin.token)] == [403, 200]
    assert status("PUT", f"/users/{ada.id}/role", ada.token, role) == 403
    # The policy that was kept for another route is right for this one.
    assert status("GET", "/uploads", ada.token) == 200
    assert status("PUT", f"/users/{ada.id}/role", admin.token, {"role": "member"}) == 200
    assert status("GET", "/posts/nothing", ada.token) == 404


# Posts.


def test_posts_are_written_changed_and_withdrawn(deployed, ada, admin):
    status, said = deployed.call("POST", "/posts", {"title": "Hello", "text": "World"}, ada.token)
    assert status == 201
    path = f"/posts/{said['id']}"
    assert deployed.call("GET", path, None, ada.token)[1]["version"] == 1
    change = {"title": "Hello again", "text": "World", "version": 1}
    assert deployed.call("PUT", path, change, ada.token)[1]["version"] == 2
    assert deployed.call("PUT", path, change, ada.token)[0] == 409
    assert deployed.call("PUT", path, change | {"version": 2}, admin.token)[0] == 403
    assert deployed.call("DELETE", path, None, ada.token) == (204, None)
    assert deployed.call("GET", path, None, ada.token)[0] == 404


def test_a_feed_has_pages(deployed):
    bob = joined(deployed, "Bob")
    began = datetime.now(UTC)
    for place in range(3):
        assert deployed.call("POST", "/posts", {"title": str(place), "text": "x"}, bob.token)[0] == 201
    titles, query = [], "?limit=2"
    while query:
        status, said = deployed.call("GET", f"/users/{bob.id}/posts{query}", None, bob.token)
        assert status == 200
        titles += [one["title"] for one in said["items"]]
        query = f"?limit=2&after={said['next']}" if said["next"] else ""
    assert titles == ["2", "1", "0"]
    months = {f"{time:%Y-%m}" for time in (began, datetime.now(UTC))}  # Two, once a month.
    pages = [deployed.call("GET", f"/feed/{month}?limit=1", None, bob.token)[1] for month in months]
    assert any(page["next"] for page in pages)
    assert deployed.call("GET", f"/feed/{min(months)}?after=e30", None, bob.token)[0] == 400


# What follows from it.


def test_whoever_registers_is_welcomed_once(deployed):
    bob = joined(deployed, "Bob")
    profile(deployed, bob.id, bob.token)
    deployed.drain()
    [message] = deployed.messages(bob.email)
    assert (message["subject"], message["sender"]) == ("Welcome, Bob", "community@example.com")
    # The event comes again, as it may.
    event = {"id": "another", "type": "user.created", "time": "2026-01-02T03:04:05Z", "version": 1}
    event["data"] = {"id": bob.id, "name": "Bob", "email": bob.email}
    sns = deployed.client("sns")
    for _ in range(2):
        attributes = {"type": {"DataType": "String", "StringValue": "user.created"}}
        sns.publish(TopicArn=deployed.resource("Happened"), Message=json.dumps(event), MessageAttributes=attributes)
    sns.close()
    soon(lambda: len(deployed.messages(bob.email)) == 2)
    deployed.drain()
    assert len(deployed.messages(bob.email)) == 2, "one for each event, not for each delivery"


def test_what_happens_is_counted(deployed, admin):
    began = datetime.now(UTC)

    def counts() -> Counter[str]:
        found = Counter()
        for day in {f"{time:%Y-%m-%d}" for time in (began, datetime.now(UTC))}:  # Two, at midnight.
            status, said = deployed.call("GET", f"/counts/{day}", None, admin.token)
            assert status == 200
            found.update(said)
        return found

    soon(lambda: counts().get("user.created"))
    before = counts()
    for _ in range(2):
        deployed.call("POST", "/posts", {"title": "One", "text": "more"}, admin.token)
    soon(lambda: counts().get("post.written", 0) >= before.get("post.written", 0) + 2)


def test_a_new_role_reaches_the_profile_although_it_is_cached(deployed, admin):
    bob = joined(deployed, "Bob")
    assert profile(deployed, bob.id, bob.token)["role"] == "member"
    assert deployed.call("PUT", f"/users/{bob.id}/role", {"role": "admin"}, admin.token)[0] == 200
    soon(lambda: profile(deployed, bob.id, bob.token)["role"] == "admin")
    shown = json.dumps(profile(deployed, bob.id, bob.token))
    assert bob.email not in shown
    assert "password" not in shown


# Uploads.


def sent(deployed: Deployed, token: str, kind: str, name: str, content: bytes) -> tuple[str, int]:
    """The id of an upload, and what the bucket answers to its form."""
    status, said = deployed.call("POST", "/uploads", {"kind": kind, "name": name}, token)
    assert status == 201, said
    form, edge = said["form"], uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in form["fields"].items()
    ]
    head = "".join(parts) + f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    return said["id"], fetch(form["url"], "POST", body, headers)[0]


def worked_on(deployed: Deployed, upload: str, token: str) -> dict:
    """The step that an upload's file went through, when it has."""

    def look():
        status, said = deployed.call("GET", f"/uploads/{upload}", None, token)
        assert status == 200, said
        steps = list(((said["progress"] or {}).get("steps") or {}).values())
        return steps[0] if steps and steps[0]["status"] in ("DONE", "DEAD") else None

    return soon(look)


def test_a_picture_becomes_a_thumbnail(deployed, ada):
    file = io.BytesIO()
    Image.new("RGB", (800, 600), "red").save(file, "PNG")
    upload, status = sent(deployed, ada.token, "image", "grüße & küsse.png", file.getvalue())
    assert status == 204
    assert worked_on(deployed, upload, ada.token)["status"] == "DONE"
    s3 = deployed.client("s3")
    small = s3.get_object(Bucket=deployed.resource("Uploads"), Key=f"out/thumbnails/{upload}.jpg")["Body"].read()
    s3.close()
    assert Image.open(io.BytesIO(small)).size == (256, 192)


def test_a_tables_rows_can_be_read(deployed, ada, admin):
    upload, status = sent(deployed, ada.token, "table", "people.csv", b"name,age\nAda,36\nBob,40\n")
    assert status == 204
    assert worked_on(deployed, upload, ada.token)["status"] == "DONE"
    rows = deployed.call("GET", f"/uploads/{upload}/rows", None, ada.token)[1]["items"]
    assert [one["values"] for one in rows] == [{"name": "Ada", "age": "36"}, {"name": "Bob", "age": "40"}]
    assert deployed.call("GET", f"/uploads/{upload}", None, admin.token)[0] == 403, "it is somebody else's"


def test_a_broken_picture_lies_with_the_dead_letters_with_its_reason(deployed, ada):
    upload, status = sent(deployed, ada.token, "image", "broken.png", b"this is no picture")
    assert status == 204
    step = worked_on(deployed, upload, ada.token)
    assert step["status"] == "DEAD"
    assert "no picture that can be read" in step["error"]
    sqs = deployed.client("sqs")
    found = sqs.receive_message(
        QueueUrl=deployed.resource("ImagesFailed"), MessageAttributeNames=["All"], MaxNumberOfMessages=10
    )["Messages"]
    sqs.close()
    [letter] = [one for one in found if upload in one["Body"]]
    assert "no picture that can be read" in json.dumps(letter)


def test_a_form_takes_no_more_than_it_says(deployed, ada):
    assert sent(deployed, ada.token, "image", "large.png", b"x" * (20 * 1024 * 1024 + 1))[1] == 400


# What it says of itself.


def test_logs_are_json_and_name_the_request(deployed, ada):
    deployed.call("GET", "/posts/nothing", None, ada.token)
    lines = [
        json.loads(text) for text in re.findall(r"(\{.*\})$", deployed.log.read_text(), re.MULTILINE) if "level" in text
    ]
    assert lines
    assert all({"level", "message", "timestamp", "service"} <= one.keys() for one in lines)
    assert any(one.get("function_request_id") for one in lines)


def test_metrics_count_cold_starts_events_and_the_hits_of_the_cache(deployed, ada):
    for _ in range(3):
        profile(deployed, ada.id, ada.token)
    client = deployed.client("cloudwatch")
    wanted = {"ColdStart", "user.created"}

    def names() -> set[str]:
        return {one["MetricName"] for one in client.list_metrics(Namespace="Community")["Metrics"]}

    soon(lambda: wanted <= names() and any("hit" in name.lower() for name in names()))
    client.close()


def test_who_watches_is_told_when_work_is_given_up(deployed):
    client = deployed.client("cloudwatch")
    name = deployed.resource("WelcomesGivenUp")
    [message] = [one for one in deployed.messages("operators@example.com") if one["type"] == "SubscriptionConfirmation"]
    link = re.search(r"http://\S+", message["body"])
    assert link is not None
    with urllib.request.urlopen(link[0]):
        pass
    [alarm] = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    queue = deployed.resource("WelcomeFailed").rpartition("/")[2]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": queue}]
    client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a rehearsal")
    soon(lambda: [one for one in deployed.messages("operators@example.com") if "ALARM" in (one["subject"] or "")])
    client.close()
