"""CRCs of long messages without a compiled extension, fast enough for uploads.

A table-driven loop reads some 10 MB/s in Python. ``Crc`` cuts a long message into segments and reads all of them in
step instead: byte k of every segment's register stands in one number, the *plane* k, so that one ``bytes.translate``
looks up a whole row and one ``^`` adds it. The registers of the segments are joined at the end: moving a register past
bytes is a linear map, and so is a table for each of its bytes. Measured on a slow core: CRC64NVME 70 MB/s, CRC32C
110 MB/s for pieces of 1 MB.
"""

from functools import cache, cached_property

PLANES_BYTES_MIN = 2048
"""Shorter messages are read byte by byte."""

Move = list[list[int]]
"""A linear map of registers: for each of their bytes a table of images."""


class Crc:
    """One reflected CRC, whose register begins as all ones and is inverted at the end."""

    def __init__(self, bits: int, polynomial: int) -> None:
        """``polynomial``: bits reversed, without the leading one."""
        self.size_bytes = bits // 8
        self._ones = (1 << bits) - 1
        self._polynomial = polynomial

    def update(self, value: int, data: bytes) -> int:
        """The CRC of a message of which ``value`` is the CRC so far (0 for none), and ``data`` follows."""
        register = value ^ self._ones
        if len(data) >= PLANES_BYTES_MIN:
            # As many rows as columns, roughly, costs least.
            segment_bytes = 1 << (len(data).bit_length() - 1) // 2
            columns = len(data) // segment_bytes
            register = self._by_planes(register, data, segment_bytes, columns)
            data = data[columns * segment_bytes :]
        table = self.table
        for byte in data:
            register = table[(register ^ byte) & 0xFF] ^ (register >> 8)
        return register ^ self._ones

    def combine(self, first: int, second: int, second_bytes: int) -> int:
        """The CRC of two messages in a row, from their CRCs and the length of the second."""
        power = 0
        while second_bytes >> power:
            if second_bytes >> power & 1:
                first = _moved(_move(self, power), first)
            power += 1
        return first ^ second

    def encode(self, value: int) -> bytes:
        """The CRC as it is sent: big-endian."""
        return value.to_bytes(self.size_bytes, "big")

    @cached_property
    def table(self) -> list[int]:
        """What each byte makes of an empty register."""
        entries = []
        for register in range(256):
            for _ in range(8):
                register = (register >> 1) ^ self._polynomial if register & 1 else register >> 1
            entries.append(register)
        return entries

    @cached_property
    def _planes(self) -> list[bytes]:
        """The table, cut into the bytes of its entries."""
        return [bytes(entry >> 8 * k & 0xFF for entry in self.table) for k in range(self.size_bytes)]

    def _by_planes(self, register: int, data: bytes, segment_bytes: int, columns: int) -> int:
        tables = self._planes
        last = len(tables) - 1
        end = segment_bytes * columns
        # Every segment begins with an empty register but the first, which goes on from the message so far.
        planes = [register >> 8 * k & 0xFF for k in range(last + 1)]
        for row in range(segment_bytes):
            column = planes[0] ^ int.from_bytes(data[row:end:segment_bytes], "little")
            looked_up = column.to_bytes(columns, "little")
            for k in range(last):
                planes[k] = planes[k + 1] ^ int.from_bytes(looked_up.translate(tables[k]), "little")
            planes[last] = int.from_bytes(looked_up.translate(tables[last]), "little")
        move = _move(self, segment_bytes.bit_length() - 1)
        joined = 0
        for of_segment in zip(*(plane.to_bytes(columns, "little") for plane in planes), strict=True):
            joined = _moved(move, joined) ^ int.from_bytes(bytes(of_segment), "little")
        return joined


def _moved(move: Move, register: int) -> int:
    result = 0
    for table in move:
        result ^= table[register & 0xFF]
        register >>= 8
    return result


@cache
def _move(crc: Crc, power: int) -> Move:
    """What moves a register past ``2 ** power`` bytes of zero."""
    bits = [1 << bit for bit in range(crc.size_bytes * 8)]
    if power:
        half = _move(crc, power - 1)
        images = [_moved(half, _moved(half, bit)) for bit in bits]
    else:
        images = [crc.table[bit & 0xFF] ^ (bit >> 8) for bit in bits]
    tables = []
    for start in range(0, len(images), 8):
        table = [0]
        for image in images[start : start + 8]:
            table += [known ^ image for known in table]
        tables.append(table)
    return tables


CRC32 = Crc(32, 0xEDB88320)
CRC32C = Crc(32, 0x82F63B78)
CRC64NVME = Crc(64, 0x9A6C9329AC4BC9B5)
