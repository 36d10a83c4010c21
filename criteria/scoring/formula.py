"""
The arithmetic of formula rules: a small grammar of its own, read into a frozen tree and evaluated exactly.

    sum      = product { ("+" | "-") product }
    product  = factor { ("*" | "/") factor }
    factor   = "-" factor | number | name | call | "(" sum ")"
    call     = ("min" | "max") "(" sum { ";" sum } ")"  |  ("tròn" | "round") "(" sum ";" digit ")"

Names are a, b, c … for the declared figures by position, and `tối_đa` for the maximum points of the leaf.
`×`, `÷` and `−` are accepted for `*`, `/` and `-`; decimals carry a comma or a point, which is why `;`
separates arguments.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from criteria.scoring.messages import Message, expression, gettext_noop
from criteria.scoring.numbers import NotANumber, read_decimal, round_half_up

MAX_LENGTH = 500
MAX_DEPTH = 32

_SIGNS = {"×": "*", "÷": "/", "−": "-"}
_MAXIMUM_NAMES = ("tối_đa", "toi_da")
_FUNCTIONS = {"min": "min", "max": "max", "tròn": "tròn", "tron": "tròn", "round": "tròn"}
_TOKEN = re.compile(r"(?P<number>[0-9][0-9.,]*)|(?P<name>[^\W\d]\w*)|(?P<sign>[-+*/();×÷−])")


class FormulaError(ValueError):
    """
    The text is not a formula.

    `message` says what is wrong and where; `position` counts characters from 1, None when it concerns the
    whole.
    """

    def __init__(self, message: Message, position: int | None = None):
        super().__init__(str(message))
        self.message = message
        self.position = position


class DivisionByZero(ArithmeticError):
    """The declared figures make a divisor of the formula 0."""


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal


@dataclass(frozen=True, slots=True)
class Variable:
    index: int


@dataclass(frozen=True, slots=True)
class Maximum:
    """The maximum points of the leaf."""


@dataclass(frozen=True, slots=True)
class Negation:
    operand: Term


@dataclass(frozen=True, slots=True)
class Chain:
    """
    `first` and then each operator with its operand, left to right: either all of + and -, or all of * and
    /.
    """

    first: Term
    rest: tuple[tuple[str, Term], ...]

    @property
    def is_sum(self) -> bool:
        return self.rest[0][0] in "+-"


@dataclass(frozen=True, slots=True)
class Extreme:
    function: str
    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Rounding:
    operand: Term
    decimals: int


Term: TypeAlias = "Number | Variable | Maximum | Negation | Chain | Extreme | Rounding"


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read without error; `text` is its source, which may be spaced in other ways."""

    text: str = field(compare=False)
    root: Term

    def evaluate(self, figures: Sequence[Decimal | int], maximum: Decimal) -> Fraction:
        """
        The exact value for these declared figures, neither capped nor rounded.

        :raises DivisionByZero: a divisor is 0 for these figures
        """
        return _evaluate(self.root, [Fraction(figure) for figure in figures], Fraction(maximum))

    def render(self, figures: Sequence[Decimal | int] | None, maximum: Decimal) -> Message:
        """
        The formula as people write it, with the figures in the places of the letters where they are
        given.
        """
        return expression(_render(self.root, figures, maximum))


def parse_formula(text: str, *, variables: int) -> Formula:
    """
    Read a formula over that many declared figures (a, b, c … in their order).

    :raises FormulaError: not in the grammar, an unknown name, longer than 500 characters or deeper than
        32 levels
    """
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise FormulaError(Message(gettext_noop("The formula is empty.")))
    if len(text) > MAX_LENGTH:
        message = gettext_noop("The formula has %(length)s characters; at most %(limit)s are allowed.")
        raise FormulaError(Message(message, {"length": len(text), "limit": MAX_LENGTH}))
    parser = _Parser(_tokens(text), variables)
    return Formula(text, parser.whole())


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    index = 0
    while index < len(text):
        if text[index].isspace():
            index += 1
            continue
        match = _TOKEN.match(text, index)
        if match is None:
            raise _unexpected(_Token("other", text[index], index + 1))
        found = match.group().casefold() if match.lastgroup == "name" else match.group()
        tokens.append(_Token(match.lastgroup, _SIGNS.get(found, found), index + 1))
        index = match.end()
    tokens.append(_Token("end", "", len(text) + 1))
    return tokens


class _Parser:
    """Recursive descent over the tokens, one method for each line of the grammar."""

    def __init__(self, tokens: list[_Token], variables: int):
        self._tokens = tokens
        self._next = 0
        self._variables = variables
        self._depth = 0

    def whole(self) -> Term:
        term = self._sum()
        if self._peek.kind != "end":
            raise _unexpected(self._peek)
        return term

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._peek
        self._next += token.kind != "end"
        return token

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token.text != sign:
            message = gettext_noop("“%(sign)s” is expected at position %(position)s of the formula.")
            raise FormulaError(Message(message, {"sign": sign, "position": token.position}), token.position)

    def _sum(self) -> Term:
        return self._chain("+-", self._product)

    def _product(self) -> Term:
        return self._chain("*/", self._factor)

    def _chain(self, operators: str, operand) -> Term:
        first = operand()
        rest = []
        while self._peek.kind == "sign" and self._peek.text in operators:
            operator = self._take().text
            rest.append((operator, operand()))
        return Chain(first, tuple(rest)) if rest else first

    def _factor(self) -> Term:
        token = self._take()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            message = gettext_noop(
                "The formula is nested more than %(limit)s levels deep at position %(position)s."
            )
            values = {"limit": MAX_DEPTH, "position": token.position}
            raise FormulaError(Message(message, values), token.position)
        term = self._factor_from(token)
        self._depth -= 1
        return term

    def _factor_from(self, token: _Token) -> Term:
        if token.kind == "number":
            return Number(_number(token))
        if token.kind == "name":
            return self._call(token) if token.text in _FUNCTIONS else self._name(token)
        if token.text == "-":
            return Negation(self._factor())
        if token.text == "(":
            term = self._sum()
            self._expect(")")
            return term
        raise _unexpected(token)

    def _name(self, token: _Token) -> Term:
        if token.text in _MAXIMUM_NAMES:
            return Maximum()
        index = ord(token.text) - ord("a") if len(token.text) == 1 else -1
        if 0 <= index < min(self._variables, 26):
            return Variable(index)
        values = {"name": token.text, "position": token.position}
        if self._variables == 0:
            message = gettext_noop(
                "“%(name)s” at position %(position)s is unknown: no declared data are named."
            )
        else:
            message = gettext_noop(
                "“%(name)s” at position %(position)s is unknown: the declared figures are a to %(last)s."
            )
            values["last"] = _letter(min(self._variables, 26) - 1)
        raise FormulaError(Message(message, values), token.position)

    def _call(self, token: _Token) -> Term:
        self._expect("(")
        if _FUNCTIONS[token.text] == "tròn":
            operand = self._sum()
            self._expect(";")
            decimals = self._decimals()
            self._expect(")")
            return Rounding(operand, decimals)
        arguments = [self._sum()]
        while self._peek.text == ";":
            self._take()
            arguments.append(self._sum())
        self._expect(")")
        return Extreme(token.text, tuple(arguments))

    def _decimals(self) -> int:
        token = self._take()
        if token.kind != "number" or len(token.text) != 1:
            message = gettext_noop("A number of decimals from 0 to 9 is expected at position %(position)s.")
            raise FormulaError(Message(message, {"position": token.position}), token.position)
        return int(token.text)


def _number(token: _Token) -> Decimal:
    try:
        return read_decimal(token.text)
    except NotANumber as error:
        message = gettext_noop("“%(found)s” at position %(position)s is not a number with one decimal mark.")
        raise FormulaError(
            Message(message, {"found": error.text, "position": token.position}), token.position
        ) from error


def _unexpected(token: _Token) -> FormulaError:
    if token.kind == "end":
        message = gettext_noop("The formula ends too early, at position %(position)s.")
        return FormulaError(Message(message, {"position": token.position}), token.position)
    message = gettext_noop("“%(found)s” is not expected at position %(position)s of the formula.")
    return FormulaError(Message(message, {"found": token.text, "position": token.position}), token.position)


def _evaluate(term: Term, figures: Sequence[Fraction], maximum: Fraction) -> Fraction:
    match term:
        case Number(value):
            return Fraction(value)
        case Variable(index):
            return figures[index]
        case Maximum():
            return maximum
        case Negation(operand):
            return -_evaluate(operand, figures, maximum)
        case Extreme(function, arguments):
            values = [_evaluate(argument, figures, maximum) for argument in arguments]
            return min(values) if function == "min" else max(values)
        case Rounding(operand, decimals):
            return Fraction(round_half_up(_evaluate(operand, figures, maximum), decimals))
        case Chain(first, rest):
            result = _evaluate(first, figures, maximum)
            for operator, operand in rest:
                result = _combine(result, operator, _evaluate(operand, figures, maximum))
            return result


def _combine(left: Fraction, operator: str, right: Fraction) -> Fraction:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if right == 0:
        raise DivisionByZero
    return left / right


_SHOWN = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ "}


def _render(
    term: Term, figures: Sequence[Decimal | int] | None, maximum: Decimal
) -> list[str | Decimal | int]:
    match term:
        case Number(value):
            return [value]
        case Variable(index):
            return [_letter(index) if figures is None else figures[index]]
        case Maximum():
            return [maximum]
        case Negation(operand):
            return ["−", *_bracketed(operand, figures, maximum)]
        case Rounding(operand, decimals):
            return ["tròn(", *_render(operand, figures, maximum), "; ", decimals, ")"]
        case Extreme(function, arguments):
            parts: list[str | Decimal | int] = [f"{function}("]
            for position, argument in enumerate(arguments):
                parts += ["; "] * (position > 0) + _render(argument, figures, maximum)
            return [*parts, ")"]
        case Chain(first, rest):
            parts = _operand(first, term, figures, maximum)
            for operator, operand in rest:
                parts += [_SHOWN[operator], *_operand(operand, term, figures, maximum)]
            return parts


def _operand(term: Term, within: Chain, figures, maximum: Decimal) -> list[str | Decimal | int]:
    """A product inside a sum needs no brackets; every other chain or sign inside a chain does."""
    if isinstance(term, Chain) and within.is_sum and not term.is_sum:
        return _render(term, figures, maximum)
    return _bracketed(term, figures, maximum)


def _bracketed(term: Term, figures, maximum: Decimal) -> list[str | Decimal | int]:
    parts = _render(term, figures, maximum)
    return ["(", *parts, ")"] if isinstance(term, Chain | Negation) else parts


def _letter(index: int) -> str:
    return chr(ord("a") + index)
