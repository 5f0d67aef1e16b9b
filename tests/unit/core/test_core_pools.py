"""User pools by their names. Forms: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html"""

import pytest

from stratolite.core import pools


@pytest.mark.parametrize(
    ("arn", "issuer"),
    [
        (
            "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEfGhI",
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
        ),
        (
            "arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_AbCdEfGhI",
            "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbCdEfGhI",
        ),
        (
            "arn:aws:cognito-idp:eu-west-1:ACCOUNT:userpool/<your pool>",
            "https://cognito-idp.eu-west-1.amazonaws.com/<your pool>",
        ),
        ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/", None),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f", None),
        ("", None),
    ],
)
def test_the_issuer_of_a_pool(arn: str, issuer: str | None) -> None:
    assert pools.issuer_of(arn) == issuer
    assert issuer is None or pools.is_pool(issuer)


@pytest.mark.parametrize(
    ("issuer", "pool"),
    [
        ("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_local7f2k", "us-east-1_local7f2k"),
        ("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Missing", "us-east-1_Missing"),
        ("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI", ""),
        ("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_MissingEi", ""),
        ("https://cognito-idp.us-east-1.amazonaws.com/<your pool>", "<your pool>"),
        ("https://cognito-idp.us-east-1.amazonaws.com/missing-pool", "missing-pool"),
        ("https://example.com/us-east-1_local7f2k", ""),
    ],
)
def test_which_pools_are_stand_ins(issuer: str, pool: str) -> None:
    assert pools.stand_in(issuer) == pool
