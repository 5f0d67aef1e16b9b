"""Memory: bounds, ends, one load at a time, what is not there, and what is stale."""

import asyncio
import copy
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from stratolite_patterns.cache import Cache, LoadTimeout


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Loads:
    """A load that counts, and returns how often it was called."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return self.count


def make(clock: Clock | None = None, **options: Any) -> Cache[Any]:
    return Cache("test", now=clock or Clock(), jitter=0, **options)


def until(holds: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < limit_s
        time.sleep(0.001)


def test_a_value_is_loaded_once_and_again_after_its_time() -> None:
    clock, load = Clock(), Loads()
    cache = make(clock, ttl_s=60)
    assert [cache.get("k", load) for _ in range(3)] == [1, 1, 1]
    clock.now_s += 60
    assert cache.get("k", load) == 2


def test_memory_is_bounded_and_drops_what_was_used_least_recently() -> None:
    cache = make(entries_max=3)
    for key in "abc":
        cache.get(key, Loads())
    cache.get("a", Loads())
    cache.get("d", Loads())
    assert len(cache) == 3
    assert cache.get("a", lambda: "new") == 1
    assert cache.get("b", lambda: "new") == "new"
    for number in range(1000):
        cache.get(str(number), Loads())
    assert len(cache) == 3
    for name in ("entries_max", "ttl_s"):
        options: dict[str, Any] = {name: 0}
        with pytest.raises(ValueError, match="bound"):
            make(**options)


def test_what_is_not_there_is_kept_too_for_a_shorter_time() -> None:
    clock = Clock()
    cache = make(clock, ttl_s=60, negative_ttl_s=5)
    asked: list[int] = []
    for _ in range(3):
        assert cache.get("k", lambda: asked.append(1)) is None
    assert len(asked) == 1
    clock.now_s += 5
    assert cache.get("k", lambda: "there now") == "there now"


def test_falsy_values_are_values() -> None:
    cache = make()
    falsy: tuple[object, ...] = (0, "", [], False)
    for value in falsy:
        assert cache.get(repr(value), lambda value=value: value) == value  # type: ignore[misc]
        assert cache.get(repr(value), lambda: pytest.fail("loaded twice")) == value


def test_errors_are_raised_and_not_kept() -> None:
    cache = make()

    def fail() -> None:
        raise RuntimeError("no")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="no"):
            cache.get("k", fail)
    assert cache.counts["load_error"] == 2
    assert cache.get("k", lambda: 1) == 1


def together(work: Callable[[], object], count: int = 8) -> list[object]:
    """What several threads got from the same work, or the errors that they had."""
    answers: list[object] = []

    def run() -> None:
        try:
            answers.append(work())
        except Exception as error:  # noqa: BLE001 - it is looked at by the test
            answers.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_many_who_miss_at_once_load_once() -> None:
    load = Loads()

    def slow() -> int:
        time.sleep(0.05)
        return load()

    cache = make()
    assert together(lambda: cache.get("k", slow)) == [1] * 8
    assert load.count == 1


def test_all_who_wait_have_the_error_of_the_load_and_the_next_one_loads() -> None:
    cache = make()

    def slow() -> None:
        time.sleep(0.05)
        raise RuntimeError("no")

    answers = together(lambda: cache.get("k", slow))
    assert {str(answer) for answer in answers} == {"no"}
    assert cache.get("k", lambda: 1) == 1


def test_who_waits_too_long_is_told() -> None:
    cache = make(load_timeout_s=0.05)
    gate = threading.Event()
    thread = threading.Thread(target=lambda: cache.get("k", lambda: gate.wait(60)))
    thread.start()
    until(lambda: bool(cache._flights))
    with pytest.raises(LoadTimeout, match="'k'"):
        cache.get("k", lambda: 1)
    gate.set()
    thread.join()


def test_a_load_that_asks_for_itself_is_told_and_does_not_hang() -> None:
    cache = make()
    with pytest.raises(RuntimeError, match="asks the cache for 'k'"):
        cache.get("k", lambda: cache.get("k", lambda: 1))
    assert cache.get("a", lambda: cache.get("b", lambda: 1)) == 1


def test_stale_values_are_served_while_one_thread_loads() -> None:
    clock, load = Clock(), Loads()
    cache = make(clock, ttl_s=60, stale_s=30)
    cache.get("k", load)
    clock.now_s += 61
    gate = threading.Event()

    def slow() -> int:
        gate.wait(60)
        return load()

    assert [cache.get("k", slow) for _ in range(5)] == [1] * 5
    gate.set()
    until(lambda: load.count == 2 and not cache._flights)
    assert cache.get("k", load) == 2
    assert load.count == 2
    assert cache.counts["stale"] == 5
    clock.now_s += 91
    assert cache.get("k", load) == 3


def test_a_refresh_that_fails_leaves_the_stale_value_until_it_ends() -> None:
    clock = Clock()
    cache = make(clock, ttl_s=60, stale_s=30)
    cache.get("k", lambda: "old")
    clock.now_s += 61

    def fail() -> str:
        raise RuntimeError("down")

    assert cache.get("k", fail) == "old"
    until(lambda: not cache._flights)
    assert cache.get("k", fail) == "old"
    until(lambda: not cache._flights)
    clock.now_s += 30
    with pytest.raises(RuntimeError, match="down"):
        cache.get("k", fail)


def test_what_was_loaded_before_an_invalidation_is_not_kept_after_it() -> None:
    cache = make()
    gate, begun = threading.Event(), threading.Event()
    answers: list[Any] = []

    def slow() -> str:
        begun.set()
        gate.wait(60)
        return "old"

    thread = threading.Thread(target=lambda: answers.append(cache.get("k", slow)))
    thread.start()
    begun.wait(60)
    cache.invalidate("k")
    # Who asks after the invalidation does not get what was loaded before it.
    assert cache.get("k", lambda: "new") == "new"
    gate.set()
    thread.join()
    assert answers == ["old"]
    assert cache.get("k", lambda: "newer") == "new"


def test_put_invalidate_and_clear() -> None:
    cache = make()
    cache.put("a", 1)
    cache.put("b", None)
    assert cache.get("a", lambda: 2) == 1
    assert cache.get("b", lambda: 2) is None
    assert cache.invalidate("a", "b", "absent")
    assert cache.get("a", lambda: 2) == 2
    assert cache.clear()
    assert len(cache) == 0


def test_values_are_shared_unless_they_are_copied() -> None:
    shared = make()
    value: Any = shared.get("k", lambda: {"roles": ["reader"]})
    value["roles"].append("admin")
    assert shared.get("k", dict) == {"roles": ["reader", "admin"]}
    safe = make(copy=copy.deepcopy)
    for _ in range(2):
        given: Any = safe.get("k", lambda: {"roles": ["reader"]})
        assert given == {"roles": ["reader"]}
        given["roles"].append("admin")


def test_times_to_live_differ_so_that_not_all_expires_at_once() -> None:
    clock = Clock()
    cache: Cache[int] = Cache("test", now=clock, ttl_s=100)
    for number in range(50):
        cache.get(str(number), Loads())
    clock.now_s += 95
    expired = sum(cache.get(str(number), lambda: 9) == 9 for number in range(50))
    assert 0 < expired < 50


def test_a_decorator_keeps_results_by_arguments() -> None:
    cache = make()
    calls: list[tuple[Any, ...]] = []

    @cache.cached()
    def profile(user: str, *, full: bool = False, size: int = 1) -> str:
        """Doc."""
        calls.append((user, full, size))
        return f"{user} {full} {size}"

    assert profile("ada") == profile("ada", full=False) == profile(user="ada", size=1) == "ada False 1"
    assert len(calls) == 1
    # The same text of other types is another key.
    assert profile("1", size=2) and profile("ada", full=True)
    assert len(calls) == 3
    assert vars(profile)["__name__"] == "profile"
    assert profile.__doc__ == "Doc."
    profile.invalidate("ada")
    profile("ada")
    assert len(calls) == 4
    with pytest.raises(TypeError, match="no JSON"):
        profile(object())  # type: ignore[arg-type]


def test_templates_never_confuse_two_calls() -> None:
    cache = make()

    @cache.cached("post:{user}:{post}")
    def post(user: str, post: str) -> str:
        return f"{user}/{post}"

    assert post.key("a", "b") == "post:a:b"
    assert post("a:b", "c") != post("a", "b:c")
    with pytest.raises(TypeError, match="user is a list"):
        post(["a"], "b")  # type: ignore[arg-type]

    @cache.cached(lambda user: f"u:{user['id']}")
    def name(user: dict[str, str]) -> str:
        return user["name"]

    assert name({"id": "1", "name": "Ada"}) == name({"id": "1", "name": "changed"}) == "Ada"


def test_a_template_that_names_what_there_is_not_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match=r"key: \{usr\} is no argument of .*post"):

        @make().cached("post:{usr}")
        def post(user: str) -> str:
            return user


def test_methods_need_a_key_and_coroutines_are_refused() -> None:
    cache = make()
    with pytest.raises(TypeError, match="method"):

        class Wrong:
            @cache.cached()
            def load(self) -> int:
                return 1

    class Users:
        @cache.cached("user:{name}")
        def load(self, name: str) -> str:
            return name.upper()

    assert Users().load("ada") == Users().load("ada") == "ADA"

    async def late() -> int:
        await asyncio.sleep(0)
        return 1

    with pytest.raises(TypeError, match="async def"):
        cache.cached()(late)


def test_the_hit_rate_is_a_metric() -> None:
    cache = make()
    for _ in range(4):
        cache.get("k", Loads())
    assert cache.hit_rate == 0.75
    lines: list[str] = []
    cache.emit("app", lines.append, service="users")
    (line,) = lines
    document = json.loads(line)
    directive = document["_aws"]["CloudWatchMetrics"][0]
    assert directive["Namespace"] == "app"
    assert directive["Dimensions"] == [["cache", "service"]]
    assert {"Name": "CacheHitRate", "Unit": "Percent"} in directive["Metrics"]
    assert (document["cache"], document["CacheHit"], document["CacheMiss"], document["CacheHitRate"]) == (
        "test",
        3,
        1,
        75,
    )
    cache.emit("app", lines.append)
    assert len(lines) == 1
    assert cache.hit_rate == 1.0


def test_powertools_metrics_are_handed_the_same() -> None:
    class Metrics:
        def __init__(self) -> None:
            self.added: dict[str, tuple[str, float]] = {}

        def add_metric(self, name: str, unit: str, value: float) -> None:
            self.added[name] = (unit, value)

    cache, metrics = make(), Metrics()
    cache.add_to(metrics)
    assert len(metrics.added) == 0
    cache.get("k", Loads())
    cache.add_to(metrics)
    assert metrics.added.items() >= {("CacheMiss", ("Count", 1)), ("CacheHitRate", ("Percent", 0))}


def test_many_threads_and_keys_keep_the_bound_and_the_values() -> None:
    cache: Cache[int] = Cache("test", entries_max=20, ttl_s=0.002)
    wrong: list[object] = []

    def work() -> None:
        for number in range(1000):
            key = number % 40
            if cache.get(str(key), lambda key=key: key) != key:  # type: ignore[misc]
                wrong.append(key)
            if number % 97 == 0:
                cache.invalidate(str(key))

    assert together(work) == [None] * 8
    assert not wrong
    assert len(cache) <= 20
