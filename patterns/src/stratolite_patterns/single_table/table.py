"""A table of many classes: declaration, reads, writes, batches. Every write is conditional, and none is silent."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from stratolite_patterns import connections
from stratolite_patterns.attribute_values import AttributeValue, unmarshal_item
from stratolite_patterns.single_table import tokens, writes
from stratolite_patterns.single_table.access import LIMIT, LIMIT_MAX, AccessPattern, plan_of
from stratolite_patterns.single_table.comparisons import Comparison
from stratolite_patterns.single_table.entity import Entity, Key, KeyNames, Layout, declare
from stratolite_patterns.single_table.errors import (
    DeclarationError,
    NotFound,
    SigningKeyMissing,
    Throttled,
    WrongEntity,
)
from stratolite_patterns.single_table.transaction import Transaction, pause
from stratolite_patterns.single_table.writes import Write

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
Secret = str | bytes

BATCH_KEYS_MAX = 100
BATCH_ATTEMPTS_MAX = 8
SIGNING_KEY_BYTES_MIN = 16


class Table:
    """One DynamoDB table, and the classes that live in it.

    ``name`` and ``signing_key`` are values, or functions that are asked when they are needed first. ``signing_key`` may
    be several keys, of which the first signs and all are accepted. ``indexes`` are pairs of attributes by index name.
    ``client`` makes or is a boto3 client of DynamoDB. Every item has its class's name in ``type_attribute``.
    """

    def __init__(
        self,
        name: str | Callable[[], str],
        *,
        key: tuple[str, str] = ("pk", "sk"),
        indexes: Mapping[str, tuple[str, str]] | None = None,
        type_attribute: str = "entity",
        ttl_attribute: str = "ttl",
        separator: str = "#",
        signing_key: Secret | Sequence[Secret] | Callable[[], Secret | Sequence[Secret]] | None = None,
        client: Any = None,
    ) -> None:
        named = {index: KeyNames(*pair) for index, pair in (indexes or {}).items()}
        self.layout = Layout(KeyNames(*key), named, type_attribute, ttl_attribute, separator)
        if len(separator) != 1 or separator == "%" or separator.isalnum():
            raise DeclarationError(f"the separator of keys is one mark other than %, not {separator!r}")
        pairs = [self.layout.key, *named.values()]
        if len({name for pair in pairs for name in pair} | {type_attribute, ttl_attribute}) != 2 * len(pairs) + 2:
            raise DeclarationError("keys, indexes, type and TTL have attributes of their own")
        self._name = name
        self._signing_key = signing_key
        self._client = client if client is not None else connections.aws("dynamodb")
        self._by_kind: dict[type, Entity] = {}
        self._by_name: dict[str, Entity] = {}

    @property
    def name(self) -> str:
        """The table's name."""
        if not isinstance(self._name, str):
            self._name = self._name()
        return self._name

    def client(self) -> Any:
        """The boto3 client."""
        return self._client() if callable(self._client) else self._client

    def now_s(self) -> float:
        """The time by which items expire."""
        return time.time()

    # Declaration

    def entity(
        self,
        name: str,
        *,
        pk: str,
        sk: str,
        indexes: Mapping[str, tuple[str, str]] | None = None,
        version: str | None = None,
        ttl: str | None = None,
    ) -> Callable[[type[T]], type[T]]:
        """Declare a dataclass: ``@table.entity("USER", pk="USER#{id}", sk="PROFILE")``.

        ``indexes`` has its templates by index; where a field in them is None, the item is not in the index. ``version``
        names the field (an int, 0 before creation) that counts its changes. ``ttl`` names the field with its expiry.
        Raises DeclarationError.
        """

        def decorate(kind: type[T]) -> type[T]:
            entity = declare(kind, name, self.layout, key=(pk, sk), indexes=indexes or {}, version=version, ttl=ttl)
            shape = (entity.key.partition.shape, entity.key.sort.shape)
            for other in self._by_kind.values():
                if other.name == name or other.kind is kind:
                    raise DeclarationError(f"{name} is {other.kind.__name__} already")
                if shape == (other.key.partition.shape, other.key.sort.shape):
                    text = f"{kind.__name__} and {other.kind.__name__} would share the keys {pk} / {sk}"
                    raise DeclarationError(f"{text}: the one could overwrite the other")
            self._by_kind[kind] = self._by_name[name] = entity
            return kind

        return decorate

    @overload
    def pattern(
        self,
        name: str,
        one: type[A],
        /,
        *,
        pk: str,
        index: str | None = ...,
        sk: str | Comparison | None = ...,
        filters: Mapping[str, Comparison] | None = ...,
        forward: bool = ...,
        limit: int = ...,
        limit_max: int = ...,
        consistent: bool = ...,
    ) -> AccessPattern[A]: ...
    @overload
    def pattern(
        self,
        name: str,
        one: type[A],
        two: type[B],
        /,
        *,
        pk: str,
        index: str | None = ...,
        sk: str | Comparison | None = ...,
        filters: Mapping[str, Comparison] | None = ...,
        forward: bool = ...,
        limit: int = ...,
        limit_max: int = ...,
        consistent: bool = ...,
    ) -> AccessPattern[A | B]: ...
    @overload
    def pattern(
        self,
        name: str,
        one: type[A],
        two: type[B],
        three: type[C],
        /,
        *,
        pk: str,
        index: str | None = ...,
        sk: str | Comparison | None = ...,
        filters: Mapping[str, Comparison] | None = ...,
        forward: bool = ...,
        limit: int = ...,
        limit_max: int = ...,
        consistent: bool = ...,
    ) -> AccessPattern[A | B | C]: ...
    def pattern(
        self,
        name: str,
        *kinds: type,
        pk: str,
        index: str | None = None,
        sk: str | Comparison | None = None,
        filters: Mapping[str, Comparison] | None = None,
        forward: bool = True,
        limit: int = LIMIT,
        limit_max: int = LIMIT_MAX,
        consistent: bool = False,
    ) -> AccessPattern[Any]:
        """Declare a named question for entities of up to three classes. Raises DeclarationError.

        Items of other classes in the same partition are left out, and so is what has expired.
        """
        entities = {entity.name: entity for entity in map(self.entity_of, kinds)}
        plan = plan_of(
            name,
            entities,
            index=index,
            pk=pk,
            sk=sk,
            filters=filters or {},
            forward=forward,
            limit=limit,
            limit_max=limit_max,
            consistent=consistent,
        )
        return AccessPattern(self, name, plan)

    def definition(self) -> dict[str, Any]:
        """The arguments of CreateTable, for tests and local work; a template says the same to CloudFormation."""
        pairs = [self.layout.key, *self.layout.indexes.values()]
        schemas = [_schema(pair) for pair in pairs]
        return {
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in dict.fromkeys(n for p in pairs for n in p)
            ],
            "KeySchema": schemas[0],
            **(
                {
                    "GlobalSecondaryIndexes": [
                        {"IndexName": index, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
                        for index, schema in zip(self.layout.indexes, schemas[1:], strict=True)
                    ]
                }
                if self.layout.indexes
                else {}
            ),
        }

    # Reads

    def key(self, kind: type[T], **fields: Any) -> Key[T]:
        """The key of an item: ``table.key(User, id="ada")``. Raises KeyRefused, FieldRefused."""
        return self.entity_of(kind).key_of(fields)

    @overload
    def get(self, what: type[T], /, *, consistent: bool = ..., **fields: Any) -> T | None: ...
    @overload
    def get(self, what: Key[T], /, *, consistent: bool = ...) -> T | None: ...
    def get(self, what: Any, /, *, consistent: bool = False, **fields: Any) -> Any:
        """An entity by its key, or None: ``table.get(User, id="ada")``. Raises WrongEntity, KeyRefused."""
        key = what if isinstance(what, Key) else self.entity_of(what).key_of(fields)
        answer = self.client().get_item(TableName=self.name, Key=key.typed(), ConsistentRead=consistent)
        return self._seen(key, answer.get("Item"))

    @overload
    def require(self, what: type[T], /, *, consistent: bool = ..., **fields: Any) -> T: ...
    @overload
    def require(self, what: Key[T], /, *, consistent: bool = ...) -> T: ...
    def require(self, what: Any, /, *, consistent: bool = False, **fields: Any) -> Any:
        """An entity by its key. Raises NotFound, and what ``get`` raises."""
        key = what if isinstance(what, Key) else self.entity_of(what).key_of(fields)
        found = self.get(key, consistent=consistent)
        if found is None:
            raise NotFound(key.kind, dict(key.attributes))
        return found

    def get_many(self, keys: Sequence[Key[T]], *, consistent: bool = False) -> list[T | None]:
        """Many entities at once, in the order of their keys, None for those that are not there.

        Keys that AWS leaves unanswered are asked for again, with pauses. Raises Throttled when some are left in the
        end.
        """
        found: dict[tuple[str, ...], dict[str, AttributeValue]] = {}
        wanted = [key.typed() for key in dict.fromkeys(keys)]
        for begin in range(0, len(wanted), BATCH_KEYS_MAX):
            for item in self._batch(wanted[begin : begin + BATCH_KEYS_MAX], consistent):
                found[tuple(item[name]["S"] for name in self.layout.key)] = item
        return [self._seen(key, found.get(tuple(text for _, text in key.attributes))) for key in keys]

    def load(self, item: Mapping[str, AttributeValue] | None) -> Any:
        """The entity of an item, or of a stream record's image; None for none, and for what is of no class here."""
        entity = self._by_name.get(item.get(self.layout.type_attribute, {}).get("S", "")) if item else None
        return entity.read(item) if entity and item else None

    def item(self, entity: object) -> dict[str, Any]:
        """An entity as a plain item, with the attributes of its keys, as projections write it."""
        return unmarshal_item(self.entity_of(type(entity)).item_of(entity))

    # Writes

    def create(self, entity: T) -> T:
        """Store a new entity; returns it as it is stored, with version 1. Raises AlreadyExists."""
        stored: T = self._run(writes.create(self.entity_of(type(entity)), entity, self.now_s()))
        return stored

    def replace(self, entity: T) -> T:
        """Store the whole entity again; returns it with its next version.

        Raises VersionConflict when somebody else changed it since it was read, NotFound, and DeclarationError for a
        class without a version.
        """
        stored: T = self._run(writes.replace(self.entity_of(type(entity)), entity, self.now_s()))
        return stored

    @overload
    def update(self, what: Key[T], /, **changes: Any) -> T: ...
    @overload
    def update(self, what: T, /, **changes: Any) -> T: ...
    def update(self, what: Any, /, **changes: Any) -> Any:
        """Change chosen fields, and nothing else; returns the entity as it is then.

        With an instance, only where nobody changed it since it was read (if its class has a version); with a key, as it
        is now. Places in indexes move along. ``Add(1)`` adds to a number. Raises NotFound, VersionConflict,
        FieldRefused.
        """
        entity, key, instance = self.target(what)
        write = writes.update(entity, key, instance, changes, self.now_s())
        return entity.read(self._run(write, ReturnValues="ALL_NEW")["Attributes"])

    def delete(self, what: object, /) -> Any:
        """Delete an item; returns what was there.

        With an instance, only where nobody changed it: raises VersionConflict, NotFound. With a key it is deleted as it
        is, and None is returned where nothing was, so that it can be repeated.
        """
        entity, key, instance = self.target(what)
        try:
            answer = self._run(writes.delete(entity, key, instance, self.now_s()), ReturnValues="ALL_OLD")
        except NotFound:
            if instance is not None:
                raise
            return None
        return entity.read(answer["Attributes"])

    def transaction(self, *, token: str | None = None) -> Transaction:
        """Writes that are made together. With a ``token``, repeating them within ten minutes does nothing."""
        return Transaction(self, token)

    # For the other modules of this package

    def entity_of(self, kind: type) -> Entity:
        """What is declared of a class. Raises DeclarationError."""
        entity = self._by_kind.get(kind)
        if entity is None:
            raise DeclarationError(f"{getattr(kind, '__name__', kind)} is not declared with @table.entity(...)")
        return entity

    def target(self, what: object) -> tuple[Entity, Key[Any], Any]:
        """The class and key of what is to be written, and the instance, if it is one."""
        if isinstance(what, Key):
            return self.entity_of(what.kind), what, None
        entity = self.entity_of(type(what))
        return entity, entity.key_of_instance(what), what

    def write_token(self, start: Sequence[str], query: Sequence[object]) -> str:
        """A page token. Raises SigningKeyMissing."""
        return tokens.write(start, query, self._signing_keys())

    def read_token(self, token: str, query: Sequence[object]) -> list[str]:
        """Where a page begins. Raises InvalidPageToken, SigningKeyMissing."""
        return tokens.read(token, query, self._signing_keys())

    def _signing_keys(self) -> list[bytes]:
        given = self._signing_key() if callable(self._signing_key) else self._signing_key
        several = [given] if isinstance(given, str | bytes) else list(given or ())
        keys = [key.encode() if isinstance(key, str) else key for key in several]
        if not keys:
            raise SigningKeyMissing("page tokens have to be signed: Table(..., signing_key=...), from a secret")
        if min(map(len, keys)) < SIGNING_KEY_BYTES_MIN:
            raise SigningKeyMissing(f"a key of less than {SIGNING_KEY_BYTES_MIN} bytes can be guessed")
        return keys

    def _seen(self, key: Key[Any], item: Mapping[str, AttributeValue] | None) -> Any:
        entity = self._by_kind[key.kind]
        kind = item.get(self.layout.type_attribute) if item else None
        if item is None or kind is None or entity.has_expired(item, self.now_s()):
            return None
        if kind["S"] != entity.name:
            raise WrongEntity(key.kind, dict(key.attributes))
        return entity.read(item)

    def _batch(self, keys: list[dict[str, AttributeValue]], consistent: bool) -> list[dict[str, AttributeValue]]:
        found: list[dict[str, AttributeValue]] = []
        request: dict[str, Any] = {self.name: {"Keys": keys, "ConsistentRead": consistent}}
        for attempt in range(BATCH_ATTEMPTS_MAX):
            if attempt:
                pause(attempt)
            answer = self.client().batch_get_item(RequestItems=request)
            found += answer["Responses"].get(self.name, [])
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                return found
        left = len(request[self.name]["Keys"])
        raise Throttled(f"{left} of {len(keys)} keys were not answered in {BATCH_ATTEMPTS_MAX} attempts")

    def _run(self, write: Write, **options: str) -> Any:
        client = self.client()
        call = {"Put": client.put_item, "Update": client.update_item, "Delete": client.delete_item}[write.kind]
        try:
            answer = call(TableName=self.name, **write.arguments, **options)
        except client.exceptions.ConditionalCheckFailedException as error:
            raise write.failure(error.response.get("Item"), self.now_s()) from error
        return answer if write.result is None else write.result


def _schema(pair: KeyNames) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(pair, ("HASH", "RANGE"), strict=True)]
