"""SNS: topics, subscriptions, and publishing with filter policies.

A publish writes one outbox row for each subscription whose filter policy accepts the message, in its own transaction
(``planning.py``); ``background.py`` delivers them. ``message.py`` checks what is published, ``filter_policy.py`` reads
policies, ``envelope.py`` builds what a subscriber receives, ``signing.py`` signs it, ``surface.py`` serves the
certificate.

Functions and queues are reached through ports. Web servers confirm their subscription first (``confirmation.py``),
then get a POST for each message (``posting.py``), tried again as their ``delivery_policy.py`` says. E-mails and text
messages (``mail.py``) are kept instead of being sent, where ``stratolite messages`` shows them. FIFO topics
(``fifo.py``) find duplicates and keep the order of each message group.

The protocols application and firehose, platform applications, message archiving, data protection and delivery status
logging are refused by name.
"""

from stratolite.services.world import World


class Sns:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        # This package is imported for its surface too; the rest of it comes when the service is first used.
        from stratolite.services.sns.fifo_store import FifoStore
        from stratolite.services.sns.message_store import MessageStore
        from stratolite.services.sns.signing import Signer
        from stratolite.services.sns.store import Store

        self.world = world
        self.store = Store(world.database)
        self.fifo = FifoStore(world.database)
        self.messages = MessageStore(world.database)
        self.signer = Signer(world.database, self.store)


def build(world: World) -> Sns:
    """The service, on the parts of one machine."""
    return Sns(world)
