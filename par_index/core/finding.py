"""Finding people and units by what somebody types in a hurry."""

import unicodedata


def plain_name(text: str) -> str:
    """A name without case and diacritics, for finding only: “Đặng Thị Ước” as “dang thi uoc”."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def is_found(wanted: str, *texts: str) -> bool:
    """Whether one of the texts holds `wanted`; nothing wanted is found everywhere."""
    return any(plain_name(wanted.strip()) in plain_name(text) for text in texts)
