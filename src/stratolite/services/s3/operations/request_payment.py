"""Who pays for requests: kept and returned. Nobody pays on this machine, so that it has no effect here."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, settings
from stratolite.services.s3.lookup import bucket_of

SETTING = "request_payment"
OWNER = "BucketOwner"
_PAYERS = frozenset({OWNER, "Requester"})


def put_bucket_request_payment(call: Call, s3: S3, request: api.PutBucketRequestPaymentRequest) -> None:
    """Set who pays. Raises MalformedXML."""
    bucket = bucket_of(call, s3, request)
    payer = request.get("RequestPaymentConfiguration", {}).get("Payer")
    if payer not in _PAYERS:
        raise api.MalformedXML
    settings.keep(s3, bucket, SETTING, payer)


def get_bucket_request_payment(
    call: Call, s3: S3, request: api.GetBucketRequestPaymentRequest
) -> api.GetBucketRequestPaymentOutput:
    """Who pays; the owner, unless it was said otherwise."""
    return {"Payer": bucket_of(call, s3, request).settings.get(SETTING, OWNER)}
