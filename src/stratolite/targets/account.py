"""An account that is reached over the network: AWS's own, or a running local cloud's.

Owns: credentials and endpoints (botocore's usual chain, profiles, ``AWS_ENDPOINT_URL``), and what people are told when
an account cannot be reached. The only module that imports boto3, when the first call is made (about 0.3 s).

Every wait is bounded: CONNECT_S_MAX and READ_S_MAX for one attempt, ATTEMPTS_MAX attempts.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from stratolite.core.call import ACCOUNT_DEFAULT, REGION_DEFAULT, Call
from stratolite.core.errors import AwsError, UserError, answered

CONNECT_S_MAX = 5
READ_S_MAX = 60
ATTEMPTS_MAX = 4
PAGES_MAX = 1_000

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
UNKNOWN_KEYS = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure", "InvalidToken"}
)
BAD_SIGNATURES = frozenset({"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"})
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException"})
"""What services answer to those who may not ask. Sources: the common errors in the reference of each service."""

FAULTS = {
    "NoCredentialsError": ("there are no credentials", "Name a profile with --profile, or set AWS_ACCESS_KEY_ID."),
    "PartialCredentialsError": ("a part of the credentials is missing", "Set both the key id and the secret key."),
    "CredentialRetrievalError": ("the credentials cannot be fetched", "Look at the profile's credential_process."),
    "UnauthorizedSSOTokenError": ("the session has expired", "Log in again: aws sso login."),
    "SSOTokenLoadError": ("there is no session", "Log in: aws sso login."),
    "TokenRetrievalError": ("the session has expired", "Log in again: aws sso login."),
    "ProfileNotFound": ("there is no such profile", "'aws configure list-profiles' shows those that there are."),
    "ConfigParseError": ("the configuration of AWS's tools cannot be read", "Look at ~/.aws/config."),
    "NoRegionError": ("no region is named", "Name one with --region."),
    "InvalidRegionError": ("the region's name is malformed", "Names look like eu-west-1."),
}
"""What botocore raises before anything is sent, what that means, and what to do."""
UNREACHABLE = frozenset(
    {
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "ConnectionClosedError",
        "ConnectionError",
        "HTTPClientError",
        "ProxyConnectionError",
        "SSLError",
    }
)


class AccessFailed(UserError):
    """An account that cannot be reached, or that does not let us in."""

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        super().__init__(what, where=where, todo=todo, exit_code=1)


class Account:
    """Calls operations of an account. Raises AccessFailed where it cannot be reached, AwsError for its answers.

    ``local`` is the endpoint of a running local cloud; without it, AWS's tools' own settings decide.
    """

    def __init__(self, *, profile: str | None = None, region: str | None = None, local: str | None = None) -> None:
        self._profile = profile
        self._region = region
        self._local = local
        self._clients: dict[tuple[str, str, str], Any] = {}

    @cached_property
    def _session(self) -> Any:
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            return boto3.session.Session(profile_name=self._profile)
        except BotoCoreError as error:
            raise self._told(error, "", "") from error

    @property
    def is_local(self) -> bool:
        """Whether this is an account of a running local cloud."""
        return self._local is not None

    @cached_property
    def region(self) -> str:
        """The region that was asked for, else the profile's or the environment's."""
        return self._region or ("" if self.is_local else self._session.region_name) or REGION_DEFAULT

    @cached_property
    def id(self) -> str:
        """The account's number. Raises AccessFailed: whoever asks first learns whether there is access."""
        return str(self.call("sts", "GetCallerIdentity", {})["Account"])

    def client(self, service: str, region: str = "", account: str = "") -> Any:
        """boto3's client. ``account``: of a local cloud, which has as many as are named."""
        key = (service, region or self.region, account or ACCOUNT_DEFAULT)
        if key not in self._clients:
            from botocore.config import Config

            config = Config(
                connect_timeout=CONNECT_S_MAX,
                read_timeout=READ_S_MAX,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS_MAX},
            )
            place = (
                {"endpoint_url": self._local, "aws_access_key_id": key[2], "aws_secret_access_key": "local"}
                if self.is_local
                else {}
            )
            try:
                self._clients[key] = self._session.client(service, region_name=key[1], config=config, **place)
            except ValueError as error:
                # botocore's own word for an endpoint that is no URL.
                raise AccessFailed(str(error), where="AWS", todo="Look at AWS_ENDPOINT_URL.") from error
        return self._clients[key]

    def call(
        self, service: str, operation: str, request: Mapping[str, Any], region: str = "", account: str = ""
    ) -> dict[str, Any]:
        """The result of an operation; streams are read. Raises AccessFailed, AwsError."""
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
        from botocore.response import StreamingBody

        try:
            answer: dict[str, Any] = getattr(self.client(service, region, account), xform_name(operation))(**request)
            for name, value in answer.items():
                if isinstance(value, StreamingBody):
                    answer[name] = value.read()
        except ClientError as error:
            raise self._judged(error, service, operation, region) from error
        except BotoCoreError as error:
            raise self._told(error, service, region) from error
        except ResponseParserError as error:
            where = self.client(service, region).meta.endpoint_url
            what = f"what answers {operation} there does not speak as AWS does"
            raise AccessFailed(what, where=where, todo="Look at AWS_ENDPOINT_URL.") from error
        answer.pop("ResponseMetadata", None)
        return answer

    def pages(self, operation: str, request: Mapping[str, Any], service: str = "cloudformation") -> Iterator[Any]:
        """The answers of an operation that goes on with a NextToken. Raises AccessFailed, AwsError."""
        asked = dict(request)
        for _ in range(PAGES_MAX):
            answer = self.call(service, operation, asked)
            yield answer
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]

    def ask(self, service: str, operation: str, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        """The same as ``call``, in the form that the compiler asks."""
        return self.call(service, operation, request, region)

    # As ``Operations``, for the makers of stand-ins.

    def require(self, service: str, operation: str) -> None:
        """Nothing is known of another process before it is asked."""

    def run(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """An operation in the namespace of a call."""
        return self.call(service, operation, request, call.region, call.account)

    async def perform(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same, for those who wait."""
        return self.run(call, service, operation, request)

    # What people are told ---------------------------------------------------------------------------------

    def _judged(self, error: Any, service: str, operation: str, region: str) -> UserError | AwsError:
        code, text = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        where = f"{service} in {region or self.region}"
        whose = f"the profile {self._profile}" if self._profile else "the credentials"
        if code in EXPIRED:
            return AccessFailed(f"{whose}: the session has expired", where=where, todo="Log in again: aws sso login.")
        if code in UNKNOWN_KEYS:
            todo = f"Look at the key id, and whether the account has the region {region or self.region} enabled."
            return AccessFailed(f"{whose}: AWS does not know them here ({code})", where=where, todo=todo)
        if code in BAD_SIGNATURES:
            todo = "Look at the secret key, and at this machine's clock."
            return AccessFailed(f"{whose}: the signature does not fit ({code})", where=where, todo=todo)
        if code in DENIED:
            todo = f"Whoever deploys needs the permission {service}:{operation}."
            return AccessFailed(f"{operation} is denied: {text}", where=where, todo=todo)
        return answered(code or "Error")(text)

    def _told(self, error: Any, service: str, region: str) -> AccessFailed:
        names = [kind.__name__ for kind in type(error).__mro__]
        where = f"--profile {self._profile}" if self._profile else "AWS"
        for name in names:
            if name in FAULTS:
                what, todo = FAULTS[name]
                return AccessFailed(what, where=where, todo=todo)
        if UNREACHABLE & set(names):
            place = self.client(service, region).meta.endpoint_url
            todo = "Look at the network, at the region, and at AWS_ENDPOINT_URL."
            if self.is_local:
                todo = "Start a cloud with 'stratolite up' or 'stratolite start', or name it with --endpoint."
            return AccessFailed(f"nothing answers ({error})", where=place, todo=todo)
        return AccessFailed(str(error), where=where)
