"""Code of Python 2 is converted while it is imported. Each import happens in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from stratolite.engine import bootstrap

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 13), reason="this Python cannot convert code")
FILE = Path(next(iter(bootstrap.__path__))) / "python_two.py"
PROGRAM = """
import runpy, sys
runpy.run_path(sys.argv[1])["install"]([sys.argv[2]])
sys.path.insert(0, sys.argv[2])
sys.dont_write_bytecode = True
import app
print(app.answer())
"""


def answer(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(FILE), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "body",
    [
        "    print 'said'\n    return 'yes'",
        "    import urllib2\n    return urllib2.Request('http://a/').get_method()",
        "    import urllib\n    return urllib.urlencode({'a': 1})",
        "    return ','.join(k for k, _ in {u'a': 1}.iteritems()) if {}.has_key('b') is False else unicode(1)",
        "    try:\n        raise ValueError, 'x'\n    except ValueError, error:\n        return error",
    ],
)
def test_what_python_2_understood(tmp_path: Path, body: str) -> None:
    assert answer(tmp_path, {"app.py": f"def answer():\n{body}\n"}).splitlines()[-1] in ("yes", "GET", "a=1", "a", "x")
    assert (tmp_path / "app.py").read_text() == f"def answer():\n{body}\n", "files stay as they are"


def test_modules_beside_one_another(tmp_path: Path) -> None:
    files = {
        "app.py": "from shop import stock\ndef answer(): return stock.count()\n",
        "shop/__init__.py": "",
        "shop/stock.py": "import items\ndef count(): return reduce(lambda a, b: a + b, items.ALL)\n",
        "shop/items.py": "ALL = [0777, 1L]\n",
    }
    assert answer(tmp_path, files) == "512"


def test_what_pip_has_put_there_and_what_knows_of_both_stays(tmp_path: Path) -> None:
    files = {
        "app.py": "try:\n    import Queue\nexcept ImportError:\n    import queue as Queue\nimport lib\n"
        "def answer(): return Queue.__name__ + lib.NAME\n",
        "lib/__init__.py": "def reduce(*a): return 'own'\nNAME = reduce(1)\n",
        "lib-1.dist-info/RECORD": "lib/__init__.py,,\n",
    }
    assert answer(tmp_path, files) == "queueown"


def test_a_file_that_knows_of_both_in_one_place_alone_is_converted(tmp_path: Path) -> None:
    text = "import urllib2, sys\ntry:\n    import json\nexcept ImportError:\n    import simplejson as json\n"
    assert answer(tmp_path, {"app.py": f"{text}def answer(): return urllib2.Request('http://a/').host\n"}) == "a"


def test_what_is_no_code_at_all_fails_as_it_is(tmp_path: Path) -> None:
    assert "SyntaxError" in answer(tmp_path, {"app.py": "def answer(: print 'x'\n"})
