"""Sending e-mails: SendEmail."""

from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.services.sesv2 import api, mail, rules

if TYPE_CHECKING:
    from stratolite.services.sesv2 import Sesv2


def send_email(call: Call, ses: "Sesv2", request: api.SendEmailRequest) -> api.SendEmailResponse:
    """Keep an e-mail for each of its recipients, in the place of sending it.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
    """
    rules.check_parameters(request)
    message = mail.simple(request) if rules.content(request) == "Simple" else mail.raw(request)
    entropy = ses.world.entropy
    message_id = f"{entropy.hexadecimal(16)}-{entropy.uuid()}-000000"
    for recipient in message.recipients:
        ses.world.ports.messages.capture(
            call, "email", message.sender, recipient, message.subject, message.body, message_id
        )
    return {"MessageId": message_id}
