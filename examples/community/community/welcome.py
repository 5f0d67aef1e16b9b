"""On user.created: an e-mail of welcome. Once for each user, however often the event is delivered."""

import os

from stratolite_patterns.connections import aws
from stratolite_patterns.events import Event, Idempotency, Router

from community.observed import logger, observed

mail = aws("sesv2")
router = Router(once=Idempotency(os.environ["DONE"]), consumer="welcome")


@router.on("user.created")
def welcome(event: Event) -> None:
    """Sends it."""
    mail().send_email(
        FromEmailAddress=os.environ["SENDER"],
        Destination={"ToAddresses": [event.data["email"]]},
        Content={
            "Simple": {
                "Subject": {"Data": f"Welcome, {event.data['name']}"},
                "Body": {"Text": {"Data": "It is good to have you here. Write something!"}},
            }
        },
    )
    logger.info("welcomed", extra={"user": event.data["id"]})


handler = observed(router)
