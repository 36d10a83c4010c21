"""The sentences of the rule book in the reader's language, with the reader's decimal mark."""

from decimal import Decimal

from django.utils import translation as catalogue

from criteria.scoring.messages import Message, MessageValue
from criteria.scoring.numbers import plain


def localise(message: Message) -> str:
    """
    The message in the active language.

    Numbers lose trailing zeros and keep all other decimals; whole ones from 1000 on are grouped: "12.873" in
    Vietnamese, "12,873" in English.
    """
    values = {name: _localise_value(value) for name, value in message.values.items()}
    # The literals were marked for the catalogue where they are written, by the core's own gettext_noop.
    return catalogue.gettext(message.text) % values


def _localise_value(value: MessageValue) -> str:
    if isinstance(value, Message):
        return localise(value)
    if isinstance(value, str):
        return value
    return _localise_number(Decimal(value))


def _localise_number(value: Decimal) -> str:
    decimal_mark, group_mark = (",", ".") if (catalogue.get_language() or "").startswith("vi") else (".", ",")
    if value == value.to_integral_value():
        return format(int(value), ",").replace(",", group_mark).replace("-", "−")
    return plain(value, decimal_mark).replace("-", "−")
