"""What every service is handed: the parts of the machine, and nothing of the other services."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stratolite.core.clock import Clock
from stratolite.core.domains import Domains
from stratolite.core.entropy import Entropy
from stratolite.core.places import Places
from stratolite.core.ports import Ports
from stratolite.core.resource_types import ResourceType
from stratolite.core.service import Operations, Service
from stratolite.core.serving import Serving
from stratolite.core.tasks import Supervisor
from stratolite.delivery.outbox import Outbox
from stratolite.http.detour import Detour
from stratolite.http.issuers import Issuers
from stratolite.storage.blobs import Blobs
from stratolite.storage.database import Database


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator chose, as far as services need to know it."""

    run_path: Path
    """A folder for what belongs to this run: sandboxes, sockets, pid files."""
    endpoint: str = "http://127.0.0.1:4566"
    """By which address functions reach the AWS APIs."""
    app_endpoint: str = "http://127.0.0.1:3000"
    """By which address people reach the deployed APIs."""
    isolation: bool = True
    """Whether functions see the machine through namespaces of their own, where it allows them."""
    cold_start_delay: bool = False
    """Whether a cold start takes the time that it takes on AWS."""
    takes_large_code: bool = False
    """Whether functions may have more code than on AWS."""
    real_hosts: tuple[str, ...] = ()
    """Hosts of AWS that functions, and the cloud itself, may reach, ``*`` for all of them."""
    function_variables: Mapping[str, str] = field(default_factory=dict)
    """What the environment of every function has, where the function itself does not set it."""
    cache_path: Path | None = None
    """A folder of the user's, for what is fetched once for all applications."""

    @property
    def detour(self) -> Detour:
        """Where the cloud's own requests to AWS's hosts go."""
        return Detour(self.endpoint, self.real_hosts)

    @property
    def trust_path(self) -> Path:
        """What functions trust beside the public authorities, once a service has signed something: ``ca.pem``, and
        ``bundle.pem`` with all of them."""
        return self.run_path.parent / "trust"


@dataclass(frozen=True, slots=True)
class World:
    """The parts of the machine that a service works with."""

    clock: Clock
    entropy: Entropy
    database: Database
    blobs: Blobs
    outbox: Outbox
    ports: Ports
    operations: Operations
    resource_types: Callable[[str], tuple[Service, ResourceType] | None]
    """Who makes resources of a CloudFormation type, and how; None for a type that no service here makes."""
    tasks: Supervisor
    settings: Settings
    issuers: Issuers
    """The keys of those who issue tokens."""
    places: Places = field(default_factory=Places)
    """Where requests to deployed APIs arrive: whoever changes an API forgets them."""
    domains: Domains = field(default_factory=Domains)
    """Hosts by which people reach deployed APIs besides the address of this machine."""
    serving: Serving = field(default_factory=Serving)
    """How deployed APIs are served besides AWS's own ways."""
