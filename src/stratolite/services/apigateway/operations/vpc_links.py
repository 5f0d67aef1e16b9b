"""VPC links: there is no VPC here, so that none can be made.

CreateVpcLink is refused as not implemented. The other operations answer as on AWS to those who ask about what there is
not, which tools that list an account do.
"""

from typing import NoReturn

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api

_ABSENT = "Invalid Vpc Link identifier specified"


def get_vpc_links(call: Call, apigateway: Apigateway, request: api.GetVpcLinksRequest) -> api.VpcLinks:
    """None."""
    return {"items": []}


def get_vpc_link(call: Call, apigateway: Apigateway, request: api.GetVpcLinkRequest) -> NoReturn:
    """There is none."""
    raise api.NotFoundException(_ABSENT)


def update_vpc_link(call: Call, apigateway: Apigateway, request: api.UpdateVpcLinkRequest) -> NoReturn:
    """There is none."""
    raise api.NotFoundException(_ABSENT)


def delete_vpc_link(call: Call, apigateway: Apigateway, request: api.DeleteVpcLinkRequest) -> NoReturn:
    """There is none."""
    raise api.NotFoundException(_ABSENT)
