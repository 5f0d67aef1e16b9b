"""The grammar of conditions: ConditionExpression, FilterExpression, KeyConditionExpression."""

from stratolite.services.dynamodb.expressions.grammar import CONDITION_FUNCTIONS, Grammar
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
        root = self.condition(self.disjunction())
        self.end()
        self.result.root = root
        _collect(root, self.result.leaves)
        return self.result

    def disjunction(self) -> Node:
        first = self.conjunction()
        if not self.token.is_word("OR"):
            return first
        parts = [self.condition(first)]
        while self.accept_word("OR"):
            self.operate()
            parts.append(self.condition(self.conjunction()))
        return Or(tuple(parts))

    def conjunction(self) -> Node:
        first = self.negation()
        if not self.token.is_word("AND"):
            return first
        parts = [self.condition(first)]
        while self.accept_word("AND"):
            self.operate()
            parts.append(self.condition(self.negation()))
        return And(tuple(parts))

    def negation(self) -> Node:
        if not self.accept_word("NOT"):
            return self.comparison()
        self.operate()
        self.deeper()
        inner = self.condition(self.negation())
        self.depth -= 1
        return Not(inner)

    def comparison(self) -> Node:
        left = self.term()
        token = self.token
        if token.kind == "sign" and token.text in _COMPARATORS:
            left = self.operator(left)
            return self.checked(Comparison(token.text, left, self.operand(self.term())))
        if token.is_word("BETWEEN"):
            left = self.operator(left)
            low = self.operand(self.term())
            if not self.accept_word("AND"):
                raise self.unexpected()
            return self.checked(Between(left, low, self.operand(self.term())))
        if token.is_word("IN"):
            left = self.operator(left)
            self.expect("(")
            members = [self.operand(self.term())]
            while self.accept(","):
                members.append(self.operand(self.term()))
            self.expect(")")
            return self.checked(In(left, tuple(members)))
        return left

    def term(self) -> Node:
        """An operand, or anything in parentheses: which of the two is known only from what follows."""
        if self.token.kind == "sign" and self.token.text == "(":
            return self.group()
        if self.is_call():
            return self.call(lambda: self.operand(self.term()))
        if self.token.kind == "value":
            return self.value()
        return self.path()

    def group(self) -> Node:
        opened = self.position
        self.deeper()
        self.position += 1
        inner = self.disjunction()
        closed = self.position
        self.expect(")")
        self.depth -= 1
        self.groups[opened] = closed
        if self.groups.get(opened + 1) == closed - 1:
            self.parsed.fault("parentheses", "The expression has redundant parentheses;")
        if type(inner) is Path:
            return Path((*inner.parts, *self.steps()))
        return inner

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


def _collect(node: Condition, leaves: list[Leaf]) -> None:
    if isinstance(node, And | Or):
        for inner in node.conditions:
            _collect(inner, leaves)
    elif isinstance(node, Not):
        _collect(node.condition, leaves)
    else:
        leaves.append(node)
