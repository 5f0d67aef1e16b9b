"""What was found, in few words; what findings of ``doctor`` mean."""

import pytest

from stratolite.cli import found
from stratolite.cli.doctor.finding import EXIT_CODES, Finding, State, of_warning, verdict
from stratolite.core import warning
from stratolite.core.warning import Warning
from stratolite.templates.serverless.plugins.plugin import Kind, Plugin
from stratolite.templates.serverless.survey import FoundPlugin, Survey

LONG = (
    "requests reach the API, REST or HTTP, of the stage that the base path is mapped to, and of no other stage at all"
)


def plugin(name: str, kind: Kind | None, why: str = "it is done") -> FoundPlugin:
    return FoundPlugin(name, "serverless.yml:1:1", None if kind is None else Plugin((name,), kind, why))


@pytest.mark.parametrize(
    ("counts", "text"),
    [({}, "none"), ({"http": 3}, "3 http"), ({"http": 3, "sqs": 1}, "4: 3 http, 1 sqs")],
)
def test_counts(counts: dict[str, int], text: str) -> None:
    assert found.counted(counts) == text


def test_the_framework_has_its_version_as_written() -> None:
    assert found.framework(Survey(version="^3.2"), "serverless.ts") == "serverless.ts, Serverless Framework ^3.2"
    assert "names no frameworkVersion" in found.framework(Survey(), "serverless.yml")


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (plugin("a", Kind.NATIVE, "handlers are bundled; `custom.a`"), "a: done here (handlers are bundled)"),
        (plugin("a", Kind.NEEDLESS, "nothing costs. More"), "a: not needed (nothing costs)"),
        (plugin("a", Kind.LEFT_OUT, "its hooks are not run"), "a: left out (its hooks are not run)"),
        (plugin("a", None), "a: not known here, skipped"),
        (
            plugin("a", Kind.NATIVE, LONG),
            "a: done here (requests reach the API, REST or HTTP, of the stage that the base path is mapped to ...)",
        ),
    ],
)
def test_a_plugin_is_told_with_what_becomes_of_it(one: FoundPlugin, text: str) -> None:
    assert found.plugins(Survey(plugins=(one,))) == [text]


def test_many_plugins_are_told_together() -> None:
    many = tuple(plugin(f"p{number}", Kind.NATIVE) for number in range(5))
    survey = Survey(plugins=(plugin("x", None), *many, plugin("y", Kind.LEFT_OUT)))
    assert found.plugins(survey) == [
        "done here: p0, p1, p2, p3, p4",
        "left out: y",
        "not known here, skipped: x",
    ]


@pytest.mark.parametrize(
    ("states", "said", "code"),
    [
        ([], "runs", 0),
        ([State.GOOD, State.NOTE], "runs", 0),
        ([State.NOTE, State.LACKS], "runs in part", 1),
        ([State.LACKS, State.STOPS], "does not run", 2),
    ],
)
def test_the_worst_finding_decides(states: list[State], said: str, code: int) -> None:
    assert verdict(Finding("ports", state, "x") for state in states) == said
    assert EXIT_CODES[said] == code


@pytest.mark.parametrize("kind", warning.Kind)
def test_a_warning_of_what_is_not_there_is_a_part_that_the_application_lacks(kind: warning.Kind) -> None:
    found = of_warning(Warning("no layer", "serverless.yml:3:1", kind, "functions", "Make it."))
    assert (found.state is State.LACKS) == (kind in (warning.Kind.ABSENT, warning.Kind.LEFT_OUT))
    assert found.as_json() == {
        "about": "functions",
        "state": found.state.value,
        "what": "no layer",
        "where": "serverless.yml:3:1",
        "todo": "Make it.",
        "kind": kind.value,
    }
