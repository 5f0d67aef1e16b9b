"""Single-table design: many classes in one DynamoDB table, each found by keys that templates make of its fields.

    table = Table(lambda: os.environ["TABLE"], indexes={"gsi1": ("gsi1pk", "gsi1sk")})

    @table.entity("USER", pk="USER#{id}", sk="PROFILE", indexes={"gsi1": ("EMAIL#{email}", "USER")}, version="version")
    @dataclass(frozen=True)
    class User:
        id: str
        email: str
        version: int = 0

    user = table.create(User(id="ada", email="ada@example.com"))     # AlreadyExists instead of an overwrite
    user = table.update(user, email="ada@example.org")               # VersionConflict instead of a lost update
    user_by_email = table.pattern("user_by_email", User, index="gsi1", pk="EMAIL#{email}")
    user_by_email.first(email="ada@example.org")

``errors.py`` has what can go wrong, ``keys.py`` how values become keys, ``codecs.py`` how they become attributes.
"""

from stratolite_patterns.single_table.access import AccessPattern as AccessPattern
from stratolite_patterns.single_table.access import Page as Page
from stratolite_patterns.single_table.comparisons import at_least as at_least
from stratolite_patterns.single_table.comparisons import at_most as at_most
from stratolite_patterns.single_table.comparisons import begins_with as begins_with
from stratolite_patterns.single_table.comparisons import between as between
from stratolite_patterns.single_table.comparisons import contains as contains
from stratolite_patterns.single_table.comparisons import equals as equals
from stratolite_patterns.single_table.comparisons import exists as exists
from stratolite_patterns.single_table.comparisons import less_than as less_than
from stratolite_patterns.single_table.comparisons import missing as missing
from stratolite_patterns.single_table.comparisons import more_than as more_than
from stratolite_patterns.single_table.comparisons import not_equals as not_equals
from stratolite_patterns.single_table.entity import Key as Key
from stratolite_patterns.single_table.errors import STATUSES as STATUSES
from stratolite_patterns.single_table.errors import AlreadyExists as AlreadyExists
from stratolite_patterns.single_table.errors import CheckFailed as CheckFailed
from stratolite_patterns.single_table.errors import DeclarationError as DeclarationError
from stratolite_patterns.single_table.errors import FieldRefused as FieldRefused
from stratolite_patterns.single_table.errors import InvalidPageToken as InvalidPageToken
from stratolite_patterns.single_table.errors import KeyRefused as KeyRefused
from stratolite_patterns.single_table.errors import NotFound as NotFound
from stratolite_patterns.single_table.errors import SigningKeyMissing as SigningKeyMissing
from stratolite_patterns.single_table.errors import TableError as TableError
from stratolite_patterns.single_table.errors import Throttled as Throttled
from stratolite_patterns.single_table.errors import TransactionConflict as TransactionConflict
from stratolite_patterns.single_table.errors import TransactionRefused as TransactionRefused
from stratolite_patterns.single_table.errors import ValueRefused as ValueRefused
from stratolite_patterns.single_table.errors import VersionConflict as VersionConflict
from stratolite_patterns.single_table.errors import WrongEntity as WrongEntity
from stratolite_patterns.single_table.table import Table as Table
from stratolite_patterns.single_table.transaction import Transaction as Transaction
from stratolite_patterns.single_table.writes import Add as Add
