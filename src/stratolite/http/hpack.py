"""HPACK: the header fields of HTTP/2, read from and written to their compressed form. Sans I/O.

What is written is never compressed: on one machine that costs more than it saves. Source: RFC 7541.
"""

from collections import deque

from stratolite.core.errors import StratoliteError

TABLE_BYTES_MAX = 4096
"""What the table of recent fields may hold: the size that both sides begin with."""
FIELDS_BYTES_MAX = 64 * 1024
"""What the fields of one message may have together."""
_ENTRY_BYTES = 32
"""What an entry costs beside its name and value."""
_END = 256
"""The symbol that pads, and that no text contains."""

_STATIC = """
:authority | :method=GET | :method=POST | :path=/ | :path=/index.html | :scheme=http | :scheme=https |
:status=200 | :status=204 | :status=206 | :status=304 | :status=400 | :status=404 | :status=500 | accept-charset
| accept-encoding=gzip, deflate | accept-language | accept-ranges | accept | access-control-allow-origin | age |
allow | authorization | cache-control | content-disposition | content-encoding | content-language |
content-length | content-location | content-range | content-type | cookie | date | etag | expect | expires | from | host
| if-match | if-modified-since | if-none-match | if-range | if-unmodified-since | last-modified | link |
location | max-forwards | proxy-authenticate | proxy-authorization | range | referer | refresh | retry-after |
server | set-cookie | strict-transport-security | transfer-encoding | user-agent | vary | via | www-authenticate
"""
"""The fields that every table begins with (appendix A)."""
_LENGTHS = (0, 0, 0, 0, 10, 26, 32, 6, 0, 5, 3, 2, 6, 2, 3, 0, 0, 0, 3, 8, 13, 26, 29, 12, 4, 15, 19, 29, 0, 4)
"""How many symbols have codes of 1, 2, 3 ... 30 bits (appendix B)."""
_SYMBOLS = """
48 49 50 97 99 101 105 111 115 116 32 37 45 46 47 51 52 53 54 55 56 57 61 65 95 98 100 102 103 104 108 109 110
112 114 117 58 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 89 106 107 113 118 119 120 121
122 38 42 44 59 88 90 33 34 40 41 63 39 43 124 35 62 0 36 64 91 93 126 94 125 60 96 123 92 195 208 128 130 131
162 184 194 224 226 153 161 167 172 176 177 179 209 216 217 227 229 230 129 132 133 134 136 146 154 156 160 163
164 169 170 173 178 181 185 186 187 189 190 196 198 228 232 233 1 135 137 138 139 140 141 143 147 149 150 151
152 155 157 158 165 166 168 174 175 180 182 183 188 191 197 231 239 9 142 144 145 148 159 171 206 215 225 236
237 199 207 234 235 192 193 200 201 202 205 210 213 218 219 238 240 242 243 255 203 204 211 212 214 221 222 223
241 244 245 246 247 248 250 251 252 253 254 2 3 4 5 6 7 8 11 12 14 15 16 17 18 19 20 21 23 24 25 26 27 28 29 30
31 127 220 249 10 13 22 256
"""
"""All symbols in the order of their codes, which count up."""

Field = tuple[bytes, bytes]


class HpackError(StratoliteError):
    """Bytes that are no compressed fields, or more fields than are taken."""


def _static() -> tuple[Field, ...]:
    pairs = (one.strip().partition("=") for one in _STATIC.replace("\n", " ").split(" | "))
    return tuple((name.encode(), value.encode()) for name, _, value in pairs)


def _codes() -> dict[tuple[int, int], int]:
    """Symbols by the length and value of their codes."""
    codes, code, symbols = {}, 0, iter(_SYMBOLS.split())
    for bits, count in enumerate(_LENGTHS, 1):
        code <<= 1
        for _ in range(count):
            codes[bits, code] = int(next(symbols))
            code += 1
    return codes


STATIC = _static()
_CODES = _codes()
_BITS_MIN = 5
_BITS_MAX = len(_LENGTHS)


class Decoder:
    """Reads the fields of one connection's messages, in their order."""

    def __init__(self) -> None:
        self._recent: deque[Field] = deque()
        self._size = 0
        self._size_max = TABLE_BYTES_MAX

    def decode(self, block: bytes) -> list[Field]:
        """The fields of a message. Raises HpackError; the decoder is of no use afterwards."""
        try:
            return self._fields(block)
        except IndexError:
            raise HpackError("the fields are cut off") from None

    def _fields(self, block: bytes) -> list[Field]:
        fields: list[Field] = []
        position, size = 0, 0
        while position < len(block):
            first = block[position]
            if first & 0x80:
                index, position = _integer(block, position, 7)
                field = self._entry(index)
            elif first & 0xE0 == 0x20:
                limit, position = _integer(block, position, 5)
                if limit > TABLE_BYTES_MAX:
                    raise HpackError("the table is larger than was agreed on")
                self._size_max = limit
                self._shrink()
                continue
            else:
                is_kept = bool(first & 0x40)
                index, position = _integer(block, position, 6 if is_kept else 4)
                name, position = (self._entry(index)[0], position) if index else _text(block, position)
                value, position = _text(block, position)
                field = (name, value)
                if is_kept:
                    self._keep(field)
            size += len(field[0]) + len(field[1]) + _ENTRY_BYTES
            if size > FIELDS_BYTES_MAX:
                raise HpackError(f"the fields have more than {FIELDS_BYTES_MAX} bytes")
            fields.append(field)
        return fields

    def _entry(self, index: int) -> Field:
        if not index:
            raise HpackError("there is no entry 0")
        return STATIC[index - 1] if index <= len(STATIC) else self._recent[index - len(STATIC) - 1]

    def _keep(self, field: Field) -> None:
        self._recent.appendleft(field)
        self._size += len(field[0]) + len(field[1]) + _ENTRY_BYTES
        self._shrink()

    def _shrink(self) -> None:
        while self._size > self._size_max:
            name, value = self._recent.pop()
            self._size -= len(name) + len(value) + _ENTRY_BYTES


def encode(fields: list[Field]) -> bytes:
    """Fields as they stand, which the other side does not keep."""
    block = bytearray()
    for name, value in fields:
        block += b"\x00"
        for text in (name, value):
            block += _length(len(text)) + text
    return bytes(block)


def _length(size: int) -> bytes:
    if size < 0x7F:
        return bytes([size])
    size -= 0x7F
    parts = [0x7F]
    while size >= 0x80:
        parts.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*parts, size])


def _integer(block: bytes, position: int, bits: int) -> tuple[int, int]:
    """A number that begins in the last bits of a byte, and where it ends."""
    full = (1 << bits) - 1
    value = block[position] & full
    position += 1
    if value < full:
        return value, position
    shift = 0
    while True:
        byte = block[position]
        position += 1
        value += (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, position
        if shift > 28:
            raise HpackError("a number has too many bytes")


def _text(block: bytes, position: int) -> tuple[bytes, int]:
    is_compressed = bool(block[position] & 0x80)
    size, start = _integer(block, position, 7)
    end = start + size
    if end > len(block):
        raise IndexError
    text = block[start:end]
    return (_expanded(text) if is_compressed else text), end


def _expanded(text: bytes) -> bytes:
    """A text whose symbols have codes of different lengths."""
    out = bytearray()
    bits = code = 0
    for byte in text:
        for shift in range(7, -1, -1):
            code = code << 1 | byte >> shift & 1
            bits += 1
            if bits < _BITS_MIN:
                continue
            symbol = _CODES.get((bits, code))
            if symbol is not None:
                if symbol == _END:
                    raise HpackError("a text contains its end")
                out.append(symbol)
                bits = code = 0
            elif bits > _BITS_MAX:
                raise HpackError("a text has no such code")
    if bits > 7 or code != (1 << bits) - 1:
        raise HpackError("a text ends with something else than padding")
    return bytes(out)
