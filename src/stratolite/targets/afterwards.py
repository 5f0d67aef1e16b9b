"""What is done after a stack stands, by nouns: ``seeds`` into tables, ``folders`` into buckets, ``names`` to APIs.

Everything goes through public operations, and each again does nothing where nothing is new.
"""

from stratolite.core.domains import Domains
from stratolite.core.places import Places
from stratolite.core.service import Operations
from stratolite.targets.folders import Folders
from stratolite.targets.names import Names
from stratolite.targets.seeds import Seeds


class Afterwards:
    """Who does it on a running cloud, for all deployments of a run."""

    def __init__(self, operations: Operations, domains: Domains, places: Places) -> None:
        self.seeds = Seeds(operations)
        self.folders = Folders(operations)
        self.names = Names(domains, places)
