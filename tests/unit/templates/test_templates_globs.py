"""Patterns beside what micromatch 4.0.8 makes of them (``dot: true``), as Serverless Framework 3.40.0 uses it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stratolite.templates.serverless.globs import base, matcher

PATHS = (
    "a.js b.ts .env .env.dev src/a.js src/b.ts src/lib/c.js src/lib/c.test.js src/.hidden/x node_modules/x/i.js "
    "lib/node_modules/y foo/bar foo.d.ts x.d.ts [a].js a+b.js @scope/x.js README.md docs/README.md ../up/x.js src"
)

FITTING: dict[str, str] = {
    "a.js": "a.js",
    "./a.js": "a.js",
    "*.js": "a.js [a].js a+b.js",
    "**/*.js": "a.js src/a.js src/lib/c.js src/lib/c.test.js node_modules/x/i.js [a].js a+b.js @scope/x.js",
    "**.js": "a.js src/a.js src/lib/c.js src/lib/c.test.js node_modules/x/i.js [a].js a+b.js @scope/x.js",
    "src/**": "src/a.js src/b.ts src/lib/c.js src/lib/c.test.js src/.hidden/x src",
    "src/*": "src/a.js src/b.ts",
    "src/**/*.js": "src/a.js src/lib/c.js src/lib/c.test.js",
    "**/lib/**": "src/lib/c.js src/lib/c.test.js lib/node_modules/y",
    "**/node_modules/**": "node_modules/x/i.js lib/node_modules/y",
    ".env*": ".env .env.dev",
    "**/.*": ".env .env.dev",
    "*.{js,ts}": "a.js b.ts foo.d.ts x.d.ts [a].js a+b.js",
    "{src,docs}/*": "src/a.js src/b.ts docs/README.md",
    "?.js": "a.js",
    "[ab].*": "a.js b.ts",
    "[a].js": "a.js [a].js",
    "[^a]*": "b.ts .env .env.dev foo.d.ts x.d.ts [a].js @scope/x.js README.md src".replace("@scope/x.js ", ""),
    "!(*.d).ts": "b.ts",
    "@(src|docs)/**": "src/a.js src/b.ts src/lib/c.js src/lib/c.test.js src/.hidden/x docs/README.md src",
    "a+b.js": "a+b.js",
    "@scope/*": "@scope/x.js",
    "**/*.test.js": "src/lib/c.test.js",
    "../up/**": "../up/x.js",
    "foo": "",
    "foo/": "",
    "nothing/**": "",
}


@pytest.mark.parametrize("pattern", FITTING)
def test_what_fits(pattern: str) -> None:
    assert [path for path in PATHS.split() if matcher(pattern)(path)] == FITTING[pattern].split()


def test_two_stars_fit_everything_inside() -> None:
    assert [path for path in PATHS.split() if not matcher("**")(path)] == ["../up/x.js"]


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [("src/lib/**/*.js", "src/lib"), ("./src/a.js", "src"), ("**/x", ""), ("a.js", ""), ("../up/**", "../up")],
)
def test_what_a_pattern_names_outright(pattern: str, folder: str) -> None:
    assert base(pattern) == folder


@pytest.mark.parametrize("pattern", ["", "x" * 70_000, "a(b"])
def test_what_is_no_pattern(pattern: str) -> None:
    try:
        matcher(pattern)("a")
    except ValueError as error:
        assert "pattern" in str(error)


@settings(max_examples=200)
@given(st.lists(st.sampled_from('ab*?[]{}()!+@|,./\\-^$"')), st.sampled_from(PATHS.split()))
@example(["[", "a", "|", "|", "]"], "a.js")
@example(["[", "-", "-", "a", "]"], "a.js")
def test_any_text_is_a_pattern_or_refused(signs: list[str], path: str) -> None:
    try:
        fits = matcher("".join(signs))
    except ValueError:
        return
    assert fits(path) in (True, False)
