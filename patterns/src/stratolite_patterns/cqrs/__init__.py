"""CQRS: commands change, queries ask, and read models are what the table's stream makes of what was written.

``Bus`` (bus.py) gives every command and query one handler, whether it comes from a REST API, an HTTP API, a function
URL, a direct invoke or a queue. ``Projection`` (projection.py) keeps a read model in step with a table. ``errors.py``
has what can go wrong, ``readers.py`` what fields may be.
"""

from stratolite_patterns.cqrs.answers import Answer as Answer
from stratolite_patterns.cqrs.answers import to_json as to_json
from stratolite_patterns.cqrs.bus import Bus as Bus
from stratolite_patterns.cqrs.bus import Call as Call
from stratolite_patterns.cqrs.changes import Change as Change
from stratolite_patterns.cqrs.constraints import Length as Length
from stratolite_patterns.cqrs.constraints import Matches as Matches
from stratolite_patterns.cqrs.constraints import Range as Range
from stratolite_patterns.cqrs.errors import DeclarationError as DeclarationError
from stratolite_patterns.cqrs.errors import FieldError as FieldError
from stratolite_patterns.cqrs.errors import InvalidMessage as InvalidMessage
from stratolite_patterns.cqrs.errors import MessageError as MessageError
from stratolite_patterns.cqrs.errors import MethodRefused as MethodRefused
from stratolite_patterns.cqrs.errors import UnknownEvent as UnknownEvent
from stratolite_patterns.cqrs.errors import UnknownMessage as UnknownMessage
from stratolite_patterns.cqrs.errors import UnknownRoute as UnknownRoute
from stratolite_patterns.cqrs.projection import Projection as Projection
from stratolite_patterns.cqrs.projection import Rebuilt as Rebuilt
