"""The grammar of conditions: ConditionExpression, FilterExpression, KeyConditionExpression."""

from collections.abc import Iterator

from stratolite.services.dynamodb.expressions.grammar import CONDITION_FUNCTIONS, Descent, Grammar, descend
from stratolite.services.dynamodb.expressions.tree import (
    And,
    Arithmetic,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Leaf,
    Literal,
    Not,
    Operand,
    Or,
    ParsedCondition,
    Path,
    ValueRef,
)

_WORDS = frozenset(("BETWEEN", "IN", "AND", "OR", "NOT"))
_COMPARATORS = frozenset(("=", "<>", "<", "<=", ">", ">="))
_OPERANDS = (Path, ValueRef, Function, Arithmetic)

Node = Condition | Operand


class ConditionGrammar(Grammar):
    keywords = _WORDS
    functions = CONDITION_FUNCTIONS
    operand_function = "size"
    noun = "a condition"

    def __init__(self, text: str) -> None:
        self.result = ParsedCondition()
        super().__init__(text, self.result)
        self.groups: dict[int, int] = {}

    def parse(self) -> ParsedCondition:
        root = self.condition(descend(self.disjunction()))
        self.end()
        self.result.root = root
        self.result.leaves.extend(_leaves(root))
        return self.result

    # Descents to nodes ---------------------------------------------------------------------------------------

    def disjunction(self) -> Descent:
        first = yield self.conjunction()
        if not self.token.is_word("OR"):
            return first
        parts = [self.condition(first)]
        while self.accept_word("OR"):
            self.operate()
            parts.append(self.condition((yield self.conjunction())))
        return Or(tuple(parts))

    def conjunction(self) -> Descent:
        first = yield self.negation()
        if not self.token.is_word("AND"):
            return first
        parts = [self.condition(first)]
        while self.accept_word("AND"):
            self.operate()
            parts.append(self.condition((yield self.negation())))
        return And(tuple(parts))

    def negation(self) -> Descent:
        negations = 0
        while self.accept_word("NOT"):
            self.operate()
            negations += 1
        node: Node = yield self.comparison()
        for _ in range(negations):
            node = Not(self.condition(node))
        return node

    def comparison(self) -> Descent:
        left = yield self.term()
        token = self.token
        if token.kind == "sign" and token.text in _COMPARATORS:
            left = self.operator(left)
            return self.checked(Comparison(token.text, left, self.operand((yield self.term()))))
        if token.is_word("BETWEEN"):
            left = self.operator(left)
            low = self.operand((yield self.term()))
            if not self.accept_word("AND"):
                raise self.unexpected()
            return self.checked(Between(left, low, self.operand((yield self.term()))))
        if token.is_word("IN"):
            left = self.operator(left)
            self.expect("(")
            members = [self.operand((yield self.term()))]
            while self.accept(","):
                members.append(self.operand((yield self.term())))
            self.expect(")")
            return self.checked(In(left, tuple(members)))
        return left

    def argument(self) -> Descent:
        return self.operand((yield self.term()))

    def term(self) -> Descent:
        """An operand, or anything in parentheses: which of the two is known only from what follows."""
        if self.token.kind == "sign" and self.token.text == "(":
            return (yield self.group())
        if self.is_call():
            return (yield self.call(self.argument))
        if self.token.kind == "value":
            return self.value()
        return self.path()

    def group(self) -> Descent:
        opened = self.position
        self.position += 1
        inner = yield self.disjunction()
        closed = self.position
        self.expect(")")
        self.groups[opened] = closed
        if self.groups.get(opened + 1) == closed - 1:
            self.parsed.fault("parentheses", "The expression has redundant parentheses;")
        if type(inner) is Path:
            return Path((*inner.parts, *self.steps()))
        return inner

    # What nodes may be ---------------------------------------------------------------------------------------

    def operand(self, node: Node) -> Operand:
        if isinstance(node, _OPERANDS):
            return node
        raise self.unexpected()

    def operator(self, left: Node) -> Operand:
        """The operand left of the operator that comes next, and past it."""
        operand = self.operand(left)
        self.operate()
        self.position += 1
        return operand

    def condition(self, node: Node) -> Condition:
        """A node where a condition has to stand; ``size`` alone is none."""
        if isinstance(node, Path | ValueRef | Literal | Arithmetic):
            raise self.unexpected()
        if type(node) is Function and node.name == "size":
            self.misuse(node)
        return node

    def checked(self, leaf: Comparison | Between | In) -> Leaf:
        operands: tuple[Operand, ...]
        if type(leaf) is Comparison:
            operands = (leaf.left, leaf.right)
        elif type(leaf) is Between:
            operands = (leaf.operand, leaf.low, leaf.high)
        else:
            assert type(leaf) is In
            operands = (leaf.operand, *leaf.members)
        self.use(*operands)
        return leaf


def _leaves(root: Condition) -> Iterator[Leaf]:
    """The leaves of a tree, in the order of the text."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting.extend(reversed(node.conditions))
        elif isinstance(node, Not):
            waiting.append(node.condition)
        else:
            yield node
