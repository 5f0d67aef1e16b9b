"""Requests signed with version 4, as clients of deployed APIs sign them."""

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.conftest import ACCOUNT, REGION, RunningCloud

ROLE = f"arn:aws:iam::{ACCOUNT}:role/caller"


def session(cloud: RunningCloud, name: str = "ada") -> Credentials:
    """Temporary credentials of a role's session."""
    given = cloud.client("sts").assume_role(RoleArn=ROLE, RoleSessionName=name, DurationSeconds=900)["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def signed(
    credentials: Credentials,
    method: str,
    url: str,
    body: str = "",
    *,
    service: str = "execute-api",
    region: str = REGION,
) -> dict[str, str]:
    """The headers of a signed request."""
    request = AWSRequest(method, url, data=body)
    SigV4Auth(credentials, service, region).add_auth(request)
    return dict(request.headers.items())
