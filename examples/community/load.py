"""Many users at once: they read, write, log in and upload, and nothing may go wrong.

    stratolite up examples/community                                   in one terminal
    python examples/community/load.py http://127.0.0.1:3000/dev         in another
    python examples/community/load.py URL --users 50 --seconds 60 --stage staging

Exit code 1 when there was an error. Needs nothing but Python; cold starts are counted from the functions' logs where
boto3 is installed (AWS_ENDPOINT_URL or the settings of AWS say where).
"""

import argparse
import http.client
import json
import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

SERVICE = (Path(__file__).parent / "serverless.yml").read_text().partition("\nservice: ")[2].split()[0]
JOINING_MAX = 4
"""Hashing a password is meant to be slow: so many register at once."""
ANSWER_S_MAX = 30
PROFILE_S_MAX = 60
PASSWORD = "correct horse battery staple"


@dataclass
class Report:
    """What a load measured. Times in milliseconds; the errors are what was asked, and what came instead."""

    users: int
    seconds: float = 0.0
    times_ms: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    cold_starts: int | None = None

    @property
    def per_s(self) -> float:
        return len(self.times_ms) / self.seconds if self.seconds else 0.0

    def quantile_ms(self, part: float) -> float:
        """The time within which this part of the requests was answered."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{len(self.times_ms)} requests of {self.users} users in {self.seconds:.1f} s: {self.per_s:.0f}/s"
        if self.times_ms:
            yield f"p50 {statistics.median(self.times_ms):.1f} ms, p99 {self.quantile_ms(0.99):.1f} ms"
        yield "cold starts: " + (
            "unknown, boto3 is not installed" if self.cold_starts is None else str(self.cold_starts)
        )
        yield f"errors: {sum(self.errors.values())}"
        yield from (f"  {count} x {what}" for what, count in self.errors.most_common())


class Unexpected(Exception):
    """An answer that should not be."""


class User:
    """Somebody with a connection, who does one thing after the other."""

    def __init__(self, api: str, number: int, told: Callable[[float], None]) -> None:
        parts = urlsplit(api)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_S_MAX)
        self._base = parts.path.rstrip("/")
        self._told = told
        self._dice = random.Random(number)
        self.name = f"User {number}"
        self.email = f"{uuid4().hex}@example.com"
        self.id = self.token = ""
        self.posts: list[str] = []

    def call(self, method: str, path: str, body: Any = None, wanted: tuple[int, ...] = (200,)) -> Any:
        """One request, timed. Raises Unexpected for another status, OSError and HTTPException."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        began_s = time.perf_counter()
        try:
            self._connection.request(method, self._base + path, None if body is None else json.dumps(body), headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except BaseException:
            self._connection.close()
            raise
        self._told((time.perf_counter() - began_s) * 1000)
        if answer.status not in wanted:
            raise Unexpected(f"{answer.status} {text[:200].decode(errors='replace')}")
        return json.loads(text) if text else None

    def join(self) -> None:
        """Register, log in, and wait until others see the profile."""
        body = {"email": self.email, "name": self.name, "password": PASSWORD}
        self.id = self.call("POST", "/users", body, (201,))["id"]
        self.log_in()
        limit_s = time.monotonic() + PROFILE_S_MAX
        while self.call("GET", f"/users/{self.id}", None, (200, 404)).get("id") != self.id:
            if time.monotonic() > limit_s:
                raise Unexpected(f"no profile within {PROFILE_S_MAX} s")
            time.sleep(0.2)

    # What users do -----------------------------------------------------------------------------------------

    def log_in(self) -> None:
        self.token = ""
        self.token = self.call("POST", "/login", {"email": self.email, "password": PASSWORD})["token"]

    def write(self) -> None:
        said = self.call("POST", "/posts", {"title": f"Of {self.name}", "text": "x" * 200}, (201,))
        self.posts.append(said["id"])

    def rewrite(self) -> None:
        if self.posts:
            path = f"/posts/{self._dice.choice(self.posts)}"
            version = self.call("GET", path)["version"]
            self.call("PUT", path, {"title": "Again", "text": "y" * 200, "version": version})

    def withdraw(self) -> None:
        if len(self.posts) > 5:
            self.call("DELETE", f"/posts/{self.posts.pop(0)}", None, (204,))

    def read_feed(self) -> None:
        feed = f"/feed/{datetime.now(UTC):%Y-%m}?limit=10"
        said = self.call("GET", feed)
        for post in said["items"][:2]:
            self.call("GET", f"/users/{post['author']}")
        if said["next"]:
            self.call("GET", f"{feed}&after={said['next']}")

    def look_at_myself(self) -> None:
        self.call("GET", f"/users/{self.id}")
        self.call("GET", f"/users/{self.id}/posts?limit=10")

    def upload(self) -> None:
        """A table, by the form that the API gives: the bucket takes it, and no function has to carry it."""
        form = self.call("POST", "/uploads", {"kind": "table", "name": "load.csv"}, (201,))["form"]
        edge = uuid4().hex
        parts = [_part(edge, name, value) for name, value in form["fields"].items()]
        rows = "".join(f"n{number},{number}\n" for number in range(5))
        body = "".join([*parts, _part(edge, 'file"; filename="load.csv', f"name,age\n{rows}"), f"--{edge}--\r\n"])
        address = urlsplit(form["url"])
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        bucket = kind(address.hostname or "", address.port, timeout=ANSWER_S_MAX)
        try:
            headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
            bucket.request("POST", address.path or "/", body.encode(), headers)
            answer = bucket.getresponse()
            if answer.status != 204:
                raise Unexpected(f"{answer.status} {answer.read()[:200].decode(errors='replace')}")
        finally:
            bucket.close()

    def act(self) -> str:
        """One thing, by the dice; its name. Errors go up with it."""
        [act] = self._dice.choices(list(WEIGHTS), list(WEIGHTS.values()))
        getattr(self, act)()
        return act

    def close(self) -> None:
        self._connection.close()


WEIGHTS = {
    "read_feed": 40,
    "look_at_myself": 25,
    "write": 15,
    "rewrite": 8,
    "withdraw": 5,
    "upload": 4,
    "log_in": 3,
}
"""How often users do what, out of 100."""


def _part(edge: str, name: str, value: str) -> str:
    return f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def run(api: str, *, users: int = 50, seconds: float = 60.0, think_s: float = 0.5, stage: str = "dev") -> Report:
    """Have users join, then act for a while; between two things, each rests ``think_s`` seconds on average.

    What joining takes is not measured. An error ends what somebody was doing, and nothing else.
    """
    report, lock, began_ms = Report(users), threading.Lock(), int(time.time() * 1000)
    is_measured = threading.Event()

    def told(ms: float) -> None:
        if is_measured.is_set():
            with lock:
                report.times_ms.append(ms)

    @contextmanager
    def counted(what: str) -> Iterator[None]:
        try:
            yield
        except (Unexpected, OSError, http.client.HTTPException, ValueError, KeyError) as error:
            with lock:
                report.errors[f"{what}: {type(error).__name__} {error}"] += 1

    everybody = [User(api, number, told) for number in range(users)]

    def join(user: User) -> None:
        with counted("join"):
            user.join()

    def live(user: User) -> None:
        rest = random.Random(user.email)
        time.sleep(rest.uniform(0, think_s))
        while time.monotonic() < until_s:
            with counted("act"):
                user.act()
            time.sleep(rest.uniform(0, 2 * think_s))

    with ThreadPoolExecutor(JOINING_MAX) as pool:
        list(pool.map(join, everybody))
    is_measured.set()
    began_s = time.monotonic()
    until_s = began_s + seconds
    with ThreadPoolExecutor(users) as pool:
        list(pool.map(live, everybody))
    report.seconds = time.monotonic() - began_s
    for user in everybody:
        user.close()
    report.cold_starts = cold_starts(stage, began_ms)
    return report


def cold_starts(stage: str, since_ms: int) -> int | None:
    """How often an environment of a function was started since then; None without boto3."""
    try:
        import boto3
    except ImportError:
        return None
    logs = boto3.client("logs", region_name="us-east-1")
    groups = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/aws/lambda/{SERVICE}-{stage}-")
    found = logs.get_paginator("filter_log_events")
    pages = (
        page
        for names in groups
        for group in names["logGroups"]
        for page in found.paginate(
            logGroupName=group["logGroupName"], startTime=since_ms, filterPattern='"Init Duration"'
        )
    )
    return sum(len(page["events"]) for page in pages)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Many users of the community at once.")
    parser.add_argument("api", help="the URL of the API, with its stage")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--think", type=float, default=0.5, help="seconds between two things that a user does")
    parser.add_argument("--stage", default="dev")
    chosen = parser.parse_args()
    report = run(chosen.api, users=chosen.users, seconds=chosen.seconds, think_s=chosen.think, stage=chosen.stage)
    print("\n".join(report.lines()))
    return int(bool(report.errors))


if __name__ == "__main__":
    sys.exit(main())
