"""Orders: placed by a command, told of by an event, confirmed by a consumer.

    POST /orders -> table (the order and its event, in one transaction) -> stream -> relay -> topic -> queue -> confirm

Nothing is lost between these: whatever dies is tried again, and what was done already is not done twice.
"""

import os
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any
from uuid import uuid4

from stratolite_patterns.cqrs import Bus, Length, Range
from stratolite_patterns.events import Event, Idempotency, Outbox, Router, SnsPublisher
from stratolite_patterns.single_table import STATUSES, Table

table = Table(lambda: os.environ["TABLE"])


class Status(Enum):
    """How far an order has come."""

    PLACED = "placed"
    CONFIRMED = "confirmed"


@table.entity("ORDER", pk="ORDER#{id}", sk="ORDER", version="version")
@dataclass(frozen=True)
class Order:
    """What somebody wants."""

    id: str
    article: str
    quantity: int
    status: Status = Status.PLACED
    version: int = 0


@cache
def outbox() -> Outbox:
    """By it, events leave together with what they tell of."""
    return Outbox(table.name, SnsPublisher(os.environ["TOPIC"]), ttl=table.layout.ttl_attribute)


# Commands and queries.

bus = Bus(errors=STATUSES)


@dataclass(frozen=True)
class PlaceOrder:
    """A new order."""

    article: Annotated[str, Length(1, 100)]
    quantity: Annotated[int, Range(1, 100)] = 1


@bus.command(PlaceOrder, route="POST /orders", status=202)
def place_order(command: PlaceOrder) -> Order:
    """One transaction: the order, and the event that tells of it."""
    order = Order(uuid4().hex, command.article, command.quantity)
    placed = Event(
        type="order.placed",
        source="orders",
        data={"id": order.id, "article": order.article, "quantity": order.quantity},
    )
    with table.transaction() as change:
        order = change.create(order)
        change.include(outbox().entry(order.id, placed))
    return order


@dataclass(frozen=True)
class GetOrder:
    """One order."""

    id: str


@bus.query(GetOrder, route="GET /orders/{id}")
def get_order(query: GetOrder) -> Order:
    """404 when it is not there."""
    return table.require(Order, id=query.id)


handle = bus.handler


def relay(event: dict[str, Any], context: Any) -> Any:
    """On the table's stream: publishes what the outbox was given, in order for each order."""
    return outbox()(event, context)


# A consumer.

confirm = Router(once=Idempotency(os.environ.get("DONE", "done")), consumer="confirm")


@confirm.on("order.placed")
def confirm_order(event: Event) -> None:
    """Once for each event, however often it is delivered. Charge, pack or write to somebody here."""
    table.update(table.key(Order, id=event.data["id"]), status=Status.CONFIRMED)
