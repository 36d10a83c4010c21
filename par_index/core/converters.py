"""Parts of addresses that are people's own codes."""

from urllib.parse import quote, unquote


class CodeConverter:
    """
    A code from a workbook as one part of an address: it may hold a slash (“2025/CCHC”), which would end the part, or
    be “..”, which browsers resolve. Such a code stands there percent-encoded; every other stays as it is.
    """

    regex = "[^/]+"

    def to_python(self, part: str) -> str:
        return unquote(part)

    def to_url(self, code: str) -> str:
        if code.strip(".") == "":
            return code.replace(".", "%2E")
        return "".join(quote(letter, safe="") if letter in "/%" else letter for letter in code)
