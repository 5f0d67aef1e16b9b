"""Code that only Python 2 understands, for functions of ``python2.7``: converted while it is imported, as 2to3 does.

Converted is what does not parse, and what names modules, built-ins and methods that are gone, unless it knows of both
itself, or pip has put it there: packages are those of the interpreter that runs. It takes tens of milliseconds a file;
files of functions stay as they are. What no syntax tells, text that has to be bytes, fails as before. Python 3.13 has
no lib2to3.
"""

from __future__ import annotations

import importlib
import importlib.machinery as machinery
import re
import sys
from pathlib import Path
from typing import Any

_MODULES = rb"urllib2|urlparse|ConfigParser|c?StringIO|Queue|httplib|HTMLParser|cPickle|Cookie|cookielib|__builtin__"
GONE = re.compile(
    rb"\b(?:" + _MODULES + rb")\b|\b(?:unicode|xrange|basestring|raw_input|unichr|reduce|long|file)\s*\("
    rb"|\.(?:iteritems|iterkeys|itervalues|has_key)\(|\burllib\.(?:urlencode|quote|unquote|urlopen|urlretrieve)"
)
"""What a file says that Python 3 has elsewhere, or not."""
KNOWS_BOTH = re.compile(rb"except \(?ImportError|version_info|\bPY[23]\b|\bimport six\b|\bfrom six\b")
IMPORTED = re.compile(rb"^(?:import|from)\s.*\b(?:" + _MODULES + rb")\b", re.MULTILINE)
"""Where nothing catches it that it is not there, the file knows of one Python alone."""
LOGGER = "RefactoringTool"


def install(roots: list[str]) -> None:
    """Convert what is imported from these folders and below. Does nothing where lib2to3 is not there."""
    try:
        importlib.import_module("lib2to3.refactor")
    except ImportError:
        return
    known = {name for root in roots for name in installed(root)}
    suffixes = [
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (Loader, machinery.SOURCE_SUFFIXES),
        (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
    ]

    def hook(path: str) -> machinery.FileFinder:
        root = next((root for root in roots if path == root or path.startswith(f"{root}/")), None)
        top = path[len(root) + 1 :].partition("/")[0] if root is not None else ""
        if root is None or top in known or not Path(path).is_dir():
            raise ImportError(path)
        return machinery.FileFinder(path, *suffixes)

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()


def installed(root: str) -> set[str]:
    """The folders of packages that pip has put into a folder."""
    found = set()
    for record in Path(root).glob("*.dist-info/RECORD"):
        found |= {line.partition("/")[0] for line in record.read_text(errors="replace").splitlines() if "/" in line}
    return found


class Loader(machinery.SourceFileLoader):
    """Loads what Python 2 understood."""

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:  # type: ignore[override]
        source = bytes(data)
        try:
            knows_both = KNOWS_BOTH.search(source) is not None and IMPORTED.search(source) is None
            if GONE.search(source) is None or knows_both:
                return super().source_to_code(source, path)
        except SyntaxError:
            pass  # It may be Python 2's, which the conversion below tells.
        return super().source_to_code(converted(source, str(path)), path)


def converted(source: bytes, path: str) -> bytes:
    """The code as Python 3 understands it; as it was where lib2to3 does not understand it either."""
    refactor = importlib.import_module("lib2to3.refactor")
    parse, tokenize = (importlib.import_module(f"lib2to3.pgen2.{name}") for name in ("parse", "tokenize"))
    importlib.import_module("logging").getLogger(LOGGER).disabled = True
    tool = refactor.RefactoringTool(refactor.get_fixers_from_package("lib2to3.fixes"))
    try:
        text = importlib.import_module("importlib.util").decode_source(source)
        return str(tool.refactor_string(text.rstrip() + "\n", path)).encode()
    except (parse.ParseError, tokenize.TokenError, SyntaxError, UnicodeError):
        return source
