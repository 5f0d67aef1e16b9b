"""Limits, and the checks of requests that the model cannot express.

Source: https://docs.aws.amazon.com/ses/latest/dg/quotas.html and .../APIReference-V2/API_SendEmail.html
"""

from email.utils import parseaddr

from stratolite.core.errors import NotImplementedHere
from stratolite.services.sesv2 import api

RECIPIENTS_MAX = 50
"""To, Cc and Bcc together."""
MESSAGE_BYTES_MAX = 40 * 1024 * 1024
"""Attachments included, as they are sent."""
CONTENTS = ("Raw", "Simple", "Template")


def check_parameters(request: api.SendEmailRequest) -> None:
    """Refuse what nothing here could do. Raises NotImplementedHere.

    EmailTags and FeedbackForwardingEmailAddress are taken: they concern statistics and bounces, and nothing bounces
    here. ReplyToAddresses are shown with the message.
    """
    for name in ("ConfigurationOverrides", "ConfigurationSetName", "EndpointId", "TenantName", "ListManagementOptions"):
        if name in request:
            raise NotImplementedHere(f"SendEmail with {name} is not implemented here.")


def content(request: api.SendEmailRequest) -> str:
    """The one kind of content that a request has. Raises BadRequestException, NotImplementedHere."""
    given = [name for name in CONTENTS if name in request["Content"]]
    if len(given) != 1:
        raise api.BadRequestException("One and only one of Simple, Raw and Template content must be specified.")
    if given[0] == "Template":
        raise NotImplementedHere("SendEmail with a Template is not implemented here.")
    return given[0]


def address(text: str) -> str:
    """The address in ``Name <address>``. Raises BadRequestException."""
    found = parseaddr(text)[1]
    name, at, domain = found.rpartition("@")
    if not (name and at and domain) or any(sign.isspace() for sign in found):
        raise api.BadRequestException(f"Illegal address: {text}" if text else "Missing required address")
    return found


def check_count(count: int) -> None:
    """Raises BadRequestException."""
    if not count:
        raise api.BadRequestException("The request must have at least one destination.")
    if count > RECIPIENTS_MAX:
        raise api.BadRequestException(f"Recipient count exceeds {RECIPIENTS_MAX}.")
