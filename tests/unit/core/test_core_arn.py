"""ARNs: parse and format are inverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call

part = st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]))


@given(part, part, part, st.text())
def test_parse_undoes_str(service: str, region: str, account: str, resource: str) -> None:
    arn = Arn(service, region, account, resource)
    assert Arn.parse(str(arn)) == arn


@pytest.mark.parametrize("text", ["", "arn", "arn:aws:sns:us-east-1:1", "nra:aws:sns:us-east-1:1:x"])
def test_what_is_no_arn_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an ARN"):
        Arn.parse(text)


def test_a_call_knows_its_partition() -> None:
    assert Call(region="cn-north-1", account="1").arn("sqs", "q") == "arn:aws-cn:sqs:cn-north-1:1:q"
    assert partition_of("us-gov-west-1") == "aws-us-gov"
    assert Call().within("2", "eu-west-1").arn("sqs", "q") == "arn:aws:sqs:eu-west-1:2:q"
