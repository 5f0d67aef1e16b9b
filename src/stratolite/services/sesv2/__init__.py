"""SES (API v2): the e-mails of applications. They are kept for whoever looks (``stratolite messages``), never sent.

Every address may send: there is nobody here to verify to whom it belongs. ``mail.py`` reads what a request wants to be
sent; it has no tables of its own, since messages of all services are kept in one place, through the message port.
"""

from stratolite.services.world import World


class Sesv2:
    """The state of the service: none of its own."""

    def __init__(self, world: World) -> None:
        self.world = world


def build(world: World) -> Sesv2:
    """The service, on the parts of one machine."""
    return Sesv2(world)
