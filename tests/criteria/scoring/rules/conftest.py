from collections.abc import Callable
from decimal import Decimal

import pytest

from criteria.scoring.rules import InvalidDeclaration, Rule, RuleError, RuleKind, parse_rule


@pytest.fixture
def rule() -> Callable[..., Rule]:
    def read(kind: str, parameters: str, maximum: str = "4", labels: tuple[str, ...] = ()) -> Rule:
        return parse_rule(RuleKind(kind), parameters, max_points=Decimal(maximum), labels=labels)

    return read


@pytest.fixture
def refusal(rule) -> Callable[..., str]:
    """The sentence with which parameters are refused."""

    def read(*arguments, **named) -> str:
        with pytest.raises(RuleError) as refused:
            rule(*arguments, **named)
        return str(refused.value)

    return read


@pytest.fixture
def errors() -> Callable[..., dict[int | None, str]]:
    """The sentences with which a declaration is refused, by field."""

    def read(rule: Rule, *declared) -> dict[int | None, str]:
        with pytest.raises(InvalidDeclaration) as refused:
            rule.score(declared)
        return {position: str(message) for position, message in refused.value.errors.items()}

    return read
