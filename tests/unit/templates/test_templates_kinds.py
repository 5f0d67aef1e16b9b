"""Values of the wrong kind: refused with their place, never the error of a program."""

import copy
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stratolite.core.errors import UserError
from stratolite.templates.serverless import Compiled

Compile = Callable[..., Compiled]
GOLDEN = Path(__file__).parent.parent.parent / "golden"
HEAD = "service: shop\nprovider:\n  name: aws\n  runtime: nodejs20.x\n"
ODD: tuple[Any, ...] = (
    *(None, [], {}, "", "x", 5, 1.5, True, False, [1], [None], [[]], {"a": 1}, {"a": None}, {"a": {"b": [1]}}),
    *([{}], ["a", "b"], {"Ref": "X"}, {"Fn::GetAtt": []}, "arn:", "a b", -1, {"name": {}}),
)


@pytest.mark.parametrize(
    ("settings", "what", "place"),
    [
        ("  environment: [a]\n", "provider.environment has to be a map", "5:3"),
        ("  iamRoleStatements: [x]\n", "provider.iamRoleStatements.0 has to be a map", "5:23"),
        ("  notificationArns: {a: b}\n", "provider.notificationArns has to be a list", "5:3"),
        ("  runtimeManagement: [auto]\n", "provider.runtimeManagement has to be a text or a map", "5:3"),
        ("  vpc: 5\n", "provider.vpc has to be a map", "5:3"),
        ("resources: {Resources: {T: 5}}\n", "resources.Resources.T has to be a map", "5:25"),
        ("layers: {a: ~}\n", "the layer 'a' has no settings", "5:10"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_its_place(
    compile_text: Compile, settings: str, what: str, place: str
) -> None:
    text = f"{HEAD}{settings}functions: {{a: {{handler: h.handler}}}}"
    with pytest.raises(UserError, match=what) as raised:
        compile_text(text)
    assert raised.value.where.endswith(f"serverless.yml:{place}")


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from paths(child, (*path, key))


def broken(dice: random.Random, document: Any) -> Any:
    """A copy with one to three values replaced."""
    result = copy.deepcopy(document)
    for _ in range(dice.choice((1, 1, 2, 3))):
        places = list(paths(result))
        if not places:
            break
        *above, last = dice.choice(places)
        container = result
        for key in above:
            container = container[key]
        container[last] = copy.deepcopy(dice.choice(ODD))
    return result


class Loader(yaml.SafeLoader):
    """Reads short-form tags as maps, which is all that matters here."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: {f"Fn::{suffix}": str(node.value)})


@pytest.mark.parametrize("case", sorted(path.parent for path in GOLDEN.glob("*/serverless.yml")), ids=lambda p: p.name)
def test_broken_files_give_one_clear_message(compile_text: Compile, case: Path) -> None:
    document = yaml.load((case / "serverless.yml").read_text(), Loader)
    dice = random.Random(case.name)
    for _ in range(25):
        text = "service: shop\n" + yaml.safe_dump({k: v for k, v in broken(dice, document).items() if k != "service"})
        try:
            compile_text(text, {"h.py": "def handler(event, context): ...\n"})
        except UserError as error:
            assert error.what
