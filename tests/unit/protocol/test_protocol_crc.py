"""CRCs beside zlib's, and the check values of the catalogue (https://reveng.sourceforge.io/crc-catalogue/)."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from stratolite.protocol.crc import CRC32, CRC32C, CRC64NVME

CHECK = b"123456789"
DATA = bytes((n * n + n // 7) & 0xFF for n in range(70_000))
LENGTHS = st.integers(0, len(DATA))


def test_check_values() -> None:
    assert CRC32.update(CHECK, 0) == 0xCBF43926
    assert CRC32C.update(CHECK, 0) == 0xE3069283
    assert CRC64NVME.update(CHECK, 0) == 0xAE8B14860A799888


@given(LENGTHS)
def test_beside_zlib(length: int) -> None:
    assert CRC32.update(DATA[:length], 0) == zlib.crc32(DATA[:length])


@given(LENGTHS, LENGTHS)
def test_in_pieces(first: int, second: int) -> None:
    for crc in (CRC32C, CRC64NVME):
        start = crc.update(DATA[:first], 0)
        assert crc.update(DATA[first : first + second], start) == crc.update(DATA[: first + second], 0)


@given(st.binary(max_size=300))
def test_bit_by_bit(data: bytes) -> None:
    for crc, polynomial in ((CRC32C, 0x82F63B78), (CRC64NVME, 0x9A6C9329AC4BC9B5)):
        register = ones = (1 << crc.size_bytes * 8) - 1
        for byte in data:
            register ^= byte
            for _ in range(8):
                register = register >> 1 ^ (polynomial if register & 1 else 0)
        assert crc.update(data, 0) == register ^ ones


@given(LENGTHS, LENGTHS)
def test_of_two_messages_in_a_row(first: int, second: int) -> None:
    one, two = DATA[:first], DATA[:second]
    for crc in (CRC32, CRC32C, CRC64NVME):
        joined = crc.combine(crc.update(one, 0), crc.update(two, 0), len(two))
        assert joined == crc.update(two, crc.update(one, 0))
