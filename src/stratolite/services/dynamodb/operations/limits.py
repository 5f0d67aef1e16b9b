"""What an account may use and where the service is: DescribeLimits, DescribeEndpoints."""

from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.services.dynamodb import api

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

ACCOUNT_UNITS_MAX = 80_000
TABLE_UNITS_MAX = 40_000
ENDPOINT_CACHE_MINUTES = 1440


def describe_limits(call: Call, dynamodb: "Dynamodb", request: api.DescribeLimitsInput) -> api.DescribeLimitsOutput:
    """AWS's default quotas of throughput; they are not enforced.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html
    """
    return {
        "AccountMaxReadCapacityUnits": ACCOUNT_UNITS_MAX,
        "AccountMaxWriteCapacityUnits": ACCOUNT_UNITS_MAX,
        "TableMaxReadCapacityUnits": TABLE_UNITS_MAX,
        "TableMaxWriteCapacityUnits": TABLE_UNITS_MAX,
    }


def describe_endpoints(
    call: Call, dynamodb: "Dynamodb", request: api.DescribeEndpointsRequest
) -> api.DescribeEndpointsResponse:
    """The address by which the caller already reached the service.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html
    """
    address = call.endpoint.partition("://")[2]
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": ENDPOINT_CACHE_MINUTES}]}
