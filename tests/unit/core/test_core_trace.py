"""Trace headers: the client's own goes on, otherwise a new one of X-Ray's form."""

import re

import pytest

from stratolite.core.entropy import SeededEntropy
from stratolite.core.trace import HEADER_BYTES_MAX, trace_header

NOW_MS = 1_465_510_280_123


@pytest.mark.parametrize("sent", ["", "Self=1-2-3", "x", "Root=1-" + "a" * HEADER_BYTES_MAX])
def test_a_trace_of_one_s_own(sent: str) -> None:
    # https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html: the example's time is 1465510280.
    header = trace_header(sent, NOW_MS, SeededEntropy(1))
    assert re.fullmatch(r"Root=1-5759e988-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", header)


def test_the_client_s_trace_goes_on() -> None:
    sent = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    assert trace_header(sent, NOW_MS, SeededEntropy(1)) == sent
