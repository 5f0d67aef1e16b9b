"""Conditions that guard a write: ConditionExpression, or Expected from before expressions."""

from collections.abc import Mapping
from typing import Any

from stratolite.services.dynamodb import api, attributes, legacy, rules
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import Table
from stratolite.services.dynamodb.expressions.binding import Binding, BoundCondition, BoundUpdate

Bound = tuple[BoundCondition | None, BoundUpdate | None]


class Guard:
    """A write's condition, and its update where it has one, checked as far as the request alone allows."""

    def __init__(self, request: Mapping[str, Any], bound: Bound | None = None, *, alone: bool = False) -> None:
        """``bound``: what a statement says instead of the request's expressions; ``alone``: it is the only write."""
        self._request = request
        self.update: BoundUpdate | None = None
        self._condition: BoundCondition | None = None
        if bound is not None:
            self._condition, self.update = bound
            return
        legacy.check_expected(request.get("Expected"))
        names, values = request.get("ExpressionAttributeNames"), request.get("ExpressionAttributeValues")
        binding = Binding(names, values, names_keys=not alone)
        if "UpdateExpression" in request:
            self.update = binding.update(request["UpdateExpression"])
        if "ConditionExpression" in request:
            self._condition = binding.condition("ConditionExpression", request["ConditionExpression"])
        binding.end()

    @property
    def values_bytes(self) -> int:
        """The size of the values that the expressions use."""
        return sum(map(attributes.check_value, self._request.get("ExpressionAttributeValues", {}).values()))

    def check_paths(self, table: Table) -> None:
        """Refuse paths into key attributes. Raises ValidationException."""
        if self.update is not None:
            rules.check_paths(table, self.update.nested)
        if self._condition is not None:
            rules.check_paths(table, self._condition.nested)

    def check(self, item: Item | None) -> None:
        """Raises ConditionalCheckFailedException, with the item where the request asks for it."""
        if self._condition is not None:
            passed = self._condition.test(item or {})
        elif "Expected" in self._request:
            test = legacy.compiled(self._request["Expected"], self._request.get("ConditionalOperator"))
            passed = test(item or {})
        else:
            return
        if not passed:
            wanted = self._request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            fields = {"Item": item} if wanted and item is not None else {}
            raise api.ConditionalCheckFailedException("The conditional request failed", **fields)
