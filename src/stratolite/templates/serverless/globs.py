"""Patterns of file names, as micromatch 4 reads them with ``dot: true``. Sans I/O.

``*`` and ``?`` stay within a folder, ``**`` as a whole part of a path crosses folders, ``{a,b}`` and ``@(a|b)`` choose,
``!(a)`` is anything but, ``[a-z]`` one sign. A dot at the beginning of a name is a sign like any other.
Follows https://github.com/micromatch/micromatch#matching-features
"""

import re
from collections.abc import Callable
from functools import lru_cache

PATTERN_CHARACTERS_MAX = 65_536
COMPILED_MAX = 4_096

_STAR = "[^/]*?"
_ACROSS = r"(?:(?!(?:/|^)\.{1,2}(?:/|$)).)*?"
_PART = r"(?!\.{1,2}(?:/|$))(?=.)"
_HIDDEN = r"(?!\.?(?:/|$))(?=.)"
_CLASS_SIGNS = re.compile(r"[-*+?.^${}(|)[\]]")
_SPECIAL = re.compile(r"(\\.)|[\[\]]|([|&~-])(?=\2)", re.DOTALL)
"""What Python reads otherwise in a class, unless it is escaped already: brackets, and signs that are doubled, which may
one day mean operations on sets to it, and of which it warns."""
_SUFFIX = re.compile(r"\.[^\\/.]+$")
_EVERYWHERE = re.compile(r"\*\*(?:\.\w+)+$", re.ASCII)
_MAGIC = re.compile(r"[*?\[\]{}()!+@\\|\"]")
_POSIX = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "digit": "0-9",
    "lower": "a-z",
    "space": r" \t\r\n\v\f",
    "upper": "A-Z",
    "word": "A-Za-z0-9_",
    "xdigit": "A-Fa-f0-9",
}

Matcher = Callable[[str], bool]


@lru_cache(maxsize=COMPILED_MAX)
def matcher(pattern: str) -> Matcher:
    """Whether a path fits a pattern. Raises ValueError for one that is empty, too long or no pattern."""
    if not pattern or len(pattern) > PATTERN_CHARACTERS_MAX:
        raise ValueError("a pattern has to have signs, though not too many")
    bare = pattern.removeprefix("./")
    if not _MAGIC.search(bare):
        return frozenset((pattern, bare)).__contains__
    negated = False
    while bare.startswith("!") and not bare.startswith("!("):
        bare = bare[1:]
        negated = not negated
    try:
        fits = re.compile(f"(?:{_Translation(bare).whole()})$", re.DOTALL).match
    except re.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from error
    if negated:
        return lambda path: path == pattern or fits(path) is None
    return lambda path: path == pattern or fits(path) is not None


def base(pattern: str) -> str:
    """The folders that a pattern names outright: ``src/lib`` of ``src/lib/**/*.js``; empty where it names none."""
    parts = []
    for part in pattern.removeprefix("./").split("/")[:-1]:
        if _MAGIC.search(part):
            break
        parts.append(part)
    return "/".join(parts)


class _Translation:
    """One pattern on its way to a regular expression; positions are indexes into it."""

    def __init__(self, pattern: str) -> None:
        self._pattern = {"***": "*", "**/**": "**", "**/**/**": "**"}.get(pattern, pattern)
        self._at = 0

    def whole(self) -> str:
        if _EVERYWHERE.match(self._pattern):
            return _ACROSS + re.escape(self._pattern[2:])
        out = ""
        while self._at < len(self._pattern):
            out += self._next(out, "")
        return out

    def _peek(self, count: int = 1) -> str:
        return self._pattern[self._at : self._at + count]

    def _next(self, out: str, ends: str) -> str:
        """The expression of what comes next; ``ends`` are the signs that end the group around it."""
        sign = self._peek()
        if sign == "\\":
            escaped = self._pattern[self._at + 1 : self._at + 2]
            self._at += 2
            return re.escape(escaped) if escaped else r"\\"
        if sign in "@?!+*" and self._pattern[self._at + 1 : self._at + 2] == "(":
            return self._choice(sign, bool(out))
        if sign == "*":
            return self._stars(ends)
        if sign == "/" and self._at:
            return self._slash()
        self._at += 1
        if sign == "?":
            return "[^/]"
        if sign == "[":
            return self._class()
        if sign == "{":
            return self._braces()
        if sign == "(":
            return f"(?:{self._group(')')})"
        if sign == '"':
            return self._quoted()
        if sign == "|" or (sign == "+" and out[-1:] in (")", "]")):
            return sign
        return re.escape(sign)

    def _stars(self, ends: str) -> str:
        start = self._at
        before = self._pattern[start - 1 : start]
        while self._peek() == "*":
            self._at += 1
        after = self._peek()
        closes = not after or after == "/" or (bool(ends) and after in ends + ",|")
        if self._at - start != 2 or before not in ("", "/", "(", "{", ",", "|") or not closes:
            hidden = before == "." and self._pattern[max(start - 2, 0) : start - 1] in ("", "/")
            return (_PART if before in ("", "/") else _HIDDEN if hidden else "") + _STAR
        if start == 0:
            self._skip_repeated()
            if self._peek() == "/":
                self._at += 1
                return f"(?:{_ACROSS}/|/|)"
        return _ACROSS

    def _skip_repeated(self) -> None:
        """``**/**`` means no more than ``**``."""
        while re.match(r"/\*\*(?:/|$)", self._pattern[self._at :]):
            self._at += 3

    def _slash(self) -> str:
        """A slash; together with ``**`` behind it, any number of folders, also none."""
        after_star = self._pattern[self._at - 1] == "*"
        self._at += 1
        if not re.match(r"\*\*(?:/|$)", self._pattern[self._at :]):
            return "/"
        self._at += 2
        self._skip_repeated()
        if self._peek() == "/":
            self._at += 1
            return f"(?:/{_ACROSS}/|/|$)"
        return f"/{_ACROSS}" if after_star else f"(?:/{_ACROSS}|$)"

    def _class(self) -> str:
        end = self._at
        if self._pattern[end : end + 1] == "^":
            end += 1
        if self._pattern[end : end + 1] == "]":
            end += 1
        while end < len(self._pattern) and self._pattern[end] != "]":
            if self._pattern.startswith("[:", end) and ":]" in self._pattern[end:]:
                end = self._pattern.index(":]", end) + 1
            # What is escaped does not close it.
            end += 2 if self._pattern[end] == "\\" else 1
        if end >= len(self._pattern):
            return r"\["
        inner = self._pattern[self._at : end]
        self._at = end + 1
        signs = inner
        for name, members in _POSIX.items():
            signs = signs.replace(f"[:{name}:]", members)
        negated = signs.startswith("^")
        body = _SPECIAL.sub(lambda found: found[1] or f"\\{found[0]}", signs.removeprefix("^"))
        members = f"[{'^/' if negated else ''}{body}]"
        return members if _CLASS_SIGNS.search(inner) else f"(?:{re.escape(f'[{inner}]')}|{members})"

    def _braces(self) -> str:
        end = self._closing("{", "}")
        inner = self._pattern[self._at : end] if end is not None else ""
        if end is None:
            return r"\{"
        parts = _split(inner)
        if len(parts) == 1 and ".." in inner:
            self._at = end + 1
            return _range(inner.split(".."))
        if len(parts) == 1:
            body = self._group("}")
            return rf"\{{{body}\}}"
        return f"(?:{self._group('}', comma='|')})"

    def _group(self, end: str, comma: str = ",") -> str:
        """What stands up to the closing sign, which is passed over."""
        out = ""
        while self._at < len(self._pattern):
            sign = self._peek()
            if sign == end:
                self._at += 1
                return out
            if sign == ",":
                self._at += 1
                out += comma
                continue
            out += self._next(out, end)
        return out

    def _choice(self, sign: str, inside: bool) -> str:
        """``@(a|b)`` and its kin."""
        start = self._at
        self._at += 2
        end = self._closing("(", ")")
        if end is None:
            self._at = start + 1
            return {"?": "[^/]", "*": _STAR}.get(sign, re.escape(sign))
        inner = self._pattern[self._at : end]
        body = self._group(")")
        ahead = "" if inside else "(?=.)"
        if sign != "!":
            return f"{ahead}(?:{body}){'' if sign == '@' else sign}"
        star = _ACROSS if "/" in inner and len(inner) > 1 else _STAR
        rest = self._pattern[self._at :]
        if "*" in inner and _SUFFIX.match(rest):
            return f"{ahead}(?:(?!(?:{body}){_Translation(rest).whole()}){star})"
        anchor = "$" if star != _STAR or not rest.strip(")") else ""
        return f"{ahead}(?:(?!(?:{body}){anchor}){star})"

    def _closing(self, opening: str, closing: str) -> int | None:
        """Where the group that begins at the present position closes."""
        depth, position = 1, self._at
        while position < len(self._pattern):
            sign = self._pattern[position]
            if sign == "\\":
                position += 1
            elif sign == opening:
                depth += 1
            elif sign == closing:
                depth -= 1
                if not depth:
                    return position
            position += 1
        return None

    def _quoted(self) -> str:
        end = self._pattern.find('"', self._at)
        end = len(self._pattern) if end < 0 else end
        text = self._pattern[self._at : end]
        self._at = end + 1
        return re.escape(text)


def _split(inner: str) -> list[str]:
    """The choices of braces, parted by the commas that are not in braces of their own."""
    parts, depth = [""], 0
    for sign in inner:
        depth += (sign == "{") - (sign == "}")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _range(ends: list[str]) -> str:
    members = f"[{'-'.join(sorted(ends))}]"
    try:
        re.compile(members)
    except re.error:
        return r"\.\.".join(re.escape(each) for each in ends)
    return members
