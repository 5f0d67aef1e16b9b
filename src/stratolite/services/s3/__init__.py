"""S3: buckets, objects and their versions, listings, uploads in parts.

``operations/`` has a module for each noun. An upload is checked (``rules.py``, ``conditions.py``), its body is received
piece by piece and verified (``content.py``, ``checksums.py``), and then one transaction makes it known and
plans who is told of it (``notifications.py``). ``headers.py`` says what is answered with an object, ``listing.py``
rolls keys up to common prefixes. What happens by the clock is in ``lifecycle_run.py`` and ``restoration.py``, websites
are served by ``site.py``.

Bucket names are one namespace for all accounts and regions, and policies are kept but not enforced: whoever knows a
bucket's name may use it.
"""

from stratolite.http.message import Request, Response
from stratolite.protocol.uri import bucket_path, decode_label
from stratolite.services.world import World


class S3:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        # This package is imported for its surface too; the rest of it comes when the service is first used.
        from stratolite.services.s3.multipart_store import MultipartStore
        from stratolite.services.s3.notifications import Sequencer
        from stratolite.services.s3.store import Store

        self.world = world
        self.store = Store(world.database, world.blobs)
        self.multipart = MultipartStore(world.database, self.store)
        self.sequencer = Sequencer()

    def share(self, request: Request, response: Response) -> None:
        """Let a browser read an answer as far as the bucket's rules say; called for requests with an origin."""
        name = decode_label(bucket_path(request)[1:].partition("/")[0])
        bucket = self.store.bucket(name)
        if bucket is not None and "cors" in bucket.settings:
            from stratolite.services.s3 import cors

            response.headers += cors.granted(bucket, request)


def build(world: World) -> S3:
    """The service, on the parts of one machine."""
    return S3(world)
