"""Mapping templates. Expectations: the Velocity 1.7 reference, and recordings of API Gateway where a test names one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import GOLDEN, recorded

from stratolite.services.apigateway import jsonpath
from stratolite.services.apigateway.velocity import TemplateFailed, TemplateInvalid, parse, render
from stratolite.services.apigateway.velocity.evaluate import ITERATIONS_MAX, STEPS_MAX, Callables
from stratolite.services.apigateway.velocity.methods import from_json
from stratolite.services.apigateway.velocity.parser import DEPTH_MAX


def text(template: str, **variables: Any) -> str:
    return render(parse(template), variables)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain # text $ and $5.00", "plain # text $ and $5.00"),
        ("$name ${name}s $!name $none|${none}|", "ann anns ann ||"),
        ("$person.name.first.", "bob."),
        ('$list[1] $list.get(0) $list.size() $person["name"].first', "2 1 3 bob"),
        ("#set($a = 1 + 2 * 3)$a", "7"),
        ("#set($a = (1 + 2) * 3)\n$a", "9"),
        ("#if($name == 'ann' && !$none)yes#{else}no#end", "yes"),
        ("#if($none)a#elseif(2 > 1)b#{else}c#end", "b"),
        ("#if(false || $list.size() lt 3)a#{else}c#end", "c"),
        ("#foreach($x in $list)$x#if($foreach.hasNext),#end#end", "1,2,3"),
        ("#foreach($x in $list)$x#if($foreach.hasNext()),#end#end", "1,2,3"),
        (
            "#foreach($x in $list)#if($foreach.isFirst())f#end$foreach.getCount()#if($foreach.isLast())l#end#end",
            "f123l",
        ),
        ("#foreach($x in [1..4])#if($x == 3)#break#end$x#end!", "12!"),
        ("#foreach($k in $person.keySet())$k#end", "name"),
        ("#define($b)<$name>#end#set($name = 'eve')$b", "<eve>"),
        ("#macro(hi $who)hi $who#end#hi('you')", "hi you"),
        ("a## comment\nb#* more *#c", "abc"),
        ("\\$name \\#if", "$name #if"),
        ('#set($m = {"a": "x", "b": [1, 2]})$m.a $m.b[0] $m', "x 1 {a=x, b=[1, 2]}"),
        ('#set($s = "$name\'s")$s', "ann's"),
        ("$name.replaceAll('n+', 'N').toUpperCase().substring(1)", "N"),
        ("$name.matches('a.*') $name.length() $name.contains('nn')", "true 3 true"),
        ("before#stop after", "before"),
        ("$util.twice('ab')", "abab"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    variables = {"name": "ann", "list": [1, 2, 3], "person": {"name": {"first": "bob"}}}
    assert text(template, **variables, util=Callables({"twice": lambda value: value * 2})) == expected


def test_setting_below_a_variable_makes_what_is_missing() -> None:
    context: dict[str, Any] = {}
    text('#set($context.responseOverride.header.Access-Control-Allow-Origin = "x")', context=context)
    assert context == {"responseOverride": {"header": {"Access-Control-Allow-Origin": "x"}}}


# Cases that the suites of velocityjs, api-gateway-mapping-template and serverless-offline try, judged by the reference.
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("#[[ $name #if ]]#|$name", " $name #if |ann"),
        (r"\\$name \\\$name \\\\$name", r"\ann \$name \\ann"),
        ("#foreach($e in $person.entrySet())$e.key $e.getValue().first $e#end", "name bob name={first=bob}"),
        ("#foreach($x in $list)#foreach($y in $list)$foreach.parent.index#end#end", "000111222"),
        ("$list.subList(0, 2)$list.containsAll([1])$list.lastIndexOf(3)$list.lastIndexOf(9)", "[1, 2]true2-1"),
        ("#set($l = ['a', 'b'])$l.remove('a')$l.remove('z')$l.remove(0)$l", "truefalseb[]"),
        ("#set($l = ['a', 'b'])$l.removeAll(['a'])$l$!l.clear()$l.isEmpty()", "true[b]true"),
        ("#set($m = {'a': 1})$m.putIfAbsent('a', 2)$!m.putIfAbsent('b', 3)$m$!m.clear()$m", "1{a=1, b=3}{}"),
        (
            "#set($s = 'a,b,c')$s.split(',', 2).size()$s.split(',', 1).size()$s.indexOf('b', 1)$s.indexOf('b', 3)",
            "212-1",
        ),
        ("$name.compareTo('anx')$name.compareTo('annie')$name.compareToIgnoreCase('ANN')", "-10-20"),
        ("$name.startsWith('n', 1)$name.isBlank()$name.repeat(2)[#set($s = ' a ')$s.strip()]", "truefalseannann[a]"),
        ("$name.toCharArray().size()$name.substring(1, 2)$list.size().compareTo(5)", "3n-1"),
        ("#set($x = 5 / 0)$x|#set($x = 'a' - 1)$x|#if('a' < 1)a#{else}b#end", "||b"),
        ("#set($x = -5 % 3)$x#set($x = 5.5 % 2)$x", "-21.5"),
    ],
)
def test_methods_and_escapes(template: str, expected: str) -> None:
    assert text(template, name="ann", list=[1, 2, 3], person={"name": {"first": "bob"}}) == expected


@pytest.mark.parametrize("template", ["$name.substring(9)", "$list.subList(2, 1)", "$list.remove(9)"])
def test_what_is_not_within_fails(template: str) -> None:
    with pytest.raises(TemplateFailed):
        text(template, name="ann", list=[1, 2, 3])


@pytest.mark.parametrize(
    ("case", "value", "template"),
    [
        ("dict-response", {"foo": "bar"}, "$v"),
        ("json-list", [{"foo": "bar"}], "$v"),
        ("nested-dict", {"n": {"foo": "bar"}}, "$v.n"),
        ("nested-list", {"n": [{"foo": "bar"}]}, "$v.n"),
        ("dict-with-nested-list", {"foo": [{"nested": "bar"}]}, "$v"),
        ("bigger-dict", {"bigger": "dict", "to": "test", "with": "separators"}, "$v"),
        ("list-to-string", {"list": [{"foo": "bar"}]}, "$v.toString()"),
    ],
)
def test_values_print_as_on_aws(case: str, value: Any, template: str) -> None:
    """test_input_path_template_formatting"""
    aws = recorded("apigateway/test_apigateway_common.json", "test_input_path_template_formatting")
    assert text(template, v=from_json(value)) == aws[case]


def test_templates_of_serverless_framework() -> None:
    """The request templates that it writes for integrations without proxy render to JSON."""
    file = GOLDEN / "03-http-private-apikeys-usageplan-schemas" / "golden.json"
    if not file.exists():
        pytest.skip("the compiled templates of Serverless Framework are not beside this checkout")
    method = json.loads(file.read_text())["Resources"]["ApiGatewayMethodAsyncPost"]["Properties"]
    params = {"header": {"a": "it's"}, "querystring": {"q": "1", "r": "2"}, "path": {}}
    names = {
        "input": Callables({"params": lambda: params, "json": lambda _: '{"x":1}', "path": lambda _: "a=b&c=d"}),
        "context": {"httpMethod": "POST", "stage": "dev", "identity": {"sourceIp": "::1"}, "resourcePath": "/x"},
        "stageVariables": {},
        "util": Callables({"escapeJavaScript": lambda value: value.replace("'", "\\'"), "urlDecode": str}),
    }
    for content_type, body in (
        ("application/json", {"x": 1}),
        ("application/x-www-form-urlencoded", {"a": "b", "c": "d"}),
    ):
        rendered = json.loads(text(method["Integration"]["RequestTemplates"][content_type], **names))
        assert rendered["body"] == body
        assert rendered["headers"] == {"a": "it's"}
        assert rendered["query"] == {"q": "1", "r": "2"}
        assert rendered["identity"] == {"sourceIp": "::1"}


@pytest.mark.parametrize("template", ["#if($a)", "#set($a 1)", "#foreach($x of $y)#end", "#set($a = )", "#end"])
def test_what_is_no_template_is_named(template: str) -> None:
    with pytest.raises(TemplateInvalid, match=r"line 1, column \d+: expected"):
        parse(template)


def test_templates_are_bounded() -> None:
    assert text(f"#foreach($x in [1..{ITERATIONS_MAX + 1}])x#end") == "x" * ITERATIONS_MAX
    loop = "#foreach($x in [1..1000])#foreach($y in [1..1000])a#end#end"
    with pytest.raises(TemplateFailed, match=str(STEPS_MAX)):
        text(loop)
    with pytest.raises(TemplateFailed):
        text("#macro(m)#m()#end#m()")
    with pytest.raises(TemplateInvalid):
        parse("#set($a = " + "(" * (DEPTH_MAX + 1))


def test_templates_reach_no_python() -> None:
    assert text("$name.__class__ $name.format('x') $name.upper()", name="ann") == "  "
    with pytest.raises(TemplateFailed):
        text("$name.substring('x')", name="ann")


@given(st.text(alphabet="$#{}[]()ab.=!\"' \n\\1,|&setifnd", max_size=80))
def test_any_text_renders_or_is_refused(template: str) -> None:
    try:
        text(template, a="x", b=[1, {"a": 2}], s={"e": None})
    except (TemplateInvalid, TemplateFailed):
        return


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", {"a": {"b": [1, {"c": 2}]}, "c": 3}),
        ("$.a.b[0]", 1),
        ("$['a'].b[-1].c", 2),
        ("$.a.b[*]", [1, {"c": 2}]),
        ("$..c", [3, 2]),
        ("$.none", None),
        ("$.a.b[9]", None),
        ("a.b[0]", 1),
        ("$[?(@.x)]", []),
    ],
)
def test_json_paths(path: str, expected: Any) -> None:
    assert jsonpath.find({"a": {"b": [1, {"c": 2}]}, "c": 3}, path) == expected


DOCUMENT = {"items": [{"id": 1, "t": "a"}, {"id": 2, "t": "b"}, {"id": 3, "t": None}], "s": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.items[0:2].id", [1, 2]),
        ("$.items[-1:].id", [3]),
        ("$.items[0, 2].id", [1, 3]),
        ("$.s['x', 'y']", {"x": 1, "y": 2}),
        ("$.items[?(@.id == 2)].t", ["b"]),
        ('$.items[?(@["t"] == "a")].id', [1]),
        ("$.items[?('b' == @.t)].id", [2]),
        ("$.items[?(@.id >= 2 && @.t != 'b')].id", [3]),
        ("$.items[?(@.id == 1 || @.t == null)].id", [1, 3]),
        ("$.items[?(!(@.id < 3))].id", [3]),
        ("$.items[?(@.t)].id", [1, 2, 3]),
        ("$.items[?(@.none)]", []),
        ("$.items[?(@.id in [1, 3])].id", [1, 3]),
        ("$.items[?(@.id nin [1, 3])].id", [2]),
        ("$.items[?(@.t =~ /A/i)].id", [1]),
        ("$.items[?(@.t contains 'b')].id", [2]),
        ("$.items[?(@.id > 'a')]", []),
        ("$..[?(@.id == 2)].id", [2]),
        ("$.items[?(@.id ~ 2)]", None),
        ("$.items[?(@.id == 2]", None),
        ("$.items.length()", 3),
        ("$.items[*].id.sum()", 6),
        ("$.items[*].id.max()", 3),
        ("$.s.keys()", ["x", "y"]),
        ("$.items.nothing()", None),
    ],
)
def test_json_paths_with_several_values(path: str, expected: Any) -> None:
    """https://github.com/json-path/JsonPath: operators, filters and functions."""
    assert jsonpath.find(DOCUMENT, path) == expected


@given(st.text(alphabet="$@.[]?()'ab1:,*!=<>&|/ ~in", max_size=40))
def test_any_filter_is_a_json_path(path: str) -> None:
    jsonpath.find(DOCUMENT, f"$.items[?({path}")
    jsonpath.find(DOCUMENT, f"$.items[?({path})]")


@given(st.text(max_size=60))
def test_any_text_is_a_json_path(path: str) -> None:
    jsonpath.find({"a": [1, {"b": None}]}, path)
