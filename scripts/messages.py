"""
The message catalogues, without gettext's own tools (which a bare Debian lacks).

    messages.py compile          write each .mo that is older than its .po
    messages.py check            name what is missing, unused, unfinished or contradictory; exit 1 if anything is
    messages.py sync ROOM...     add missing messages with an empty translation, drop unused ones

Source strings are English. Each room has one Vietnamese catalogue, `<room>/locale/vi/LC_MESSAGES/django.po`, for its
Python files and `templates/<app>/`; core's also serves the wiring and all shared templates.
"""

import argparse
import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "par_index/core",
    "par_index/accounts",
    "criteria",
    "assessments",
    "councils",
    "surveys",
    "par_index/results",
)
SHARED_ROOM = "par_index/core"
CATALOGUE = Path("locale/vi/LC_MESSAGES/django.po")
PLURAL_FORMS = "nplurals=1; plural=0;"
HEADER = {
    "Project-Id-Version": "par-index",
    "Language": "vi",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": PLURAL_FORMS,
}

# Arguments of each function that hold texts: (context, message, plural); None where there is none.
SIGNATURES = {
    "gettext": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
LAZY = re.compile(r"_lazy$")
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


@dataclass(frozen=True)
class Message:
    text: str
    context: str | None = None

    def __str__(self) -> str:
        return f"“{self.text}”" + (f" ({self.context})" if self.context else "")


@dataclass(frozen=True)
class Use:
    """`message` is None where the text is put together on the spot, so that no catalogue can hold it."""

    message: Message | None
    plural: str | None
    place: str


def room_of(path: Path) -> str:
    """The room whose catalogue holds the texts of this file, given relative to the project's root."""
    for room in ROOMS:
        name = room.rsplit("/")[-1]
        if path.is_relative_to(room) or path.is_relative_to(f"templates/{name}"):
            return room
    return SHARED_ROOM


def uses(root: Path) -> Iterator[Use]:
    """Every translated text of the project's Python files and templates."""
    for folder in ("par_index", "criteria", "assessments", "councils", "surveys"):
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from python_uses(path.read_text("utf-8"), str(path.relative_to(root)))
    for path in sorted((root / "templates").rglob("*.html")):
        yield from template_uses(path.read_text("utf-8"), str(path.relative_to(root)))


def python_uses(source: str, name: str) -> Iterator[Use]:
    tree = ast.parse(source, name)
    aliases = {
        "gettext_noop": "gettext_noop"
    }  # by name, since rooms without Django mark with one of their own
    aliases |= {
        alias.asname or alias.name: LAZY.sub("", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name):
            function = aliases.get(called.id)
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            function = LAZY.sub("", called.attr) if called.value.id == "translation" else None
        else:
            function = None
        # A name stands for a text that gettext_noop marked where it was written.
        if function in SIGNATURES and not isinstance(node.args[0], ast.Name | ast.Attribute | ast.Subscript):
            yield _use(function, [_literal(argument) for argument in node.args], f"{name}:{node.lineno}")


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def template_uses(source: str, name: str) -> Iterator[Use]:
    for number, line in enumerate(templatize(source, origin=name).splitlines(), start=1):
        for function, literals in TEMPLATE_CALL.findall(line):
            texts = [ast.literal_eval(literal) for literal in re.findall(LITERAL, literals)]
            yield _use("gettext" if function == "_" else function, texts, f"{name}:{number}")


def _use(function: str, arguments: list[str | None], place: str) -> Use:
    context, text, plural = (None if index is None else arguments[index] for index in SIGNATURES[function])
    return Use(None if text is None else Message(text, context), plural, place)


# --- catalogues -------------------------------------------------------------------------------------------------------


def catalogue_path(root: Path, room: str) -> Path:
    return root / room / CATALOGUE


def message_of(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgctxt)


def compile_catalogues(root: Path = ROOT) -> list[Path]:
    """Write the .mo files that are older than their .po; a reader never meets half a file."""
    written = []
    for room in ROOMS:
        source = catalogue_path(root, room)
        target = source.with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime > source.stat().st_mtime):
            continue
        unfinished = target.with_suffix(f".{os.getpid()}")
        polib.pofile(str(source)).save_as_mofile(str(unfinished))
        os.replace(unfinished, target)
        written.append(target)
    return written


def problems(root: Path = ROOT) -> list[str]:
    """One line for each thing wrong, with file and line."""
    used: dict[str, dict[Message, Use]] = {room: {} for room in ROOMS}
    found = []
    for use in uses(root):
        if use.message is None:
            found.append(f"{use.place}: a text that is put together cannot be translated; use placeholders")
        else:
            used[room_of(Path(use.place))].setdefault(use.message, use)
    translations: dict[Message, tuple[str, str]] = {}
    for room in ROOMS:
        path = catalogue_path(root, room)
        name = path.relative_to(root)
        catalogue = polib.pofile(str(path)) if path.exists() else polib.POFile()
        if path.exists() and catalogue.metadata.get("Plural-Forms") != PLURAL_FORMS:
            found.append(f"{name}: Plural-Forms must be “{PLURAL_FORMS}”")
        known = set()
        for entry in catalogue:
            message, place = message_of(entry), f"{name}:{entry.linenum}"
            if message in known:
                found.append(f"{place}: twice in this catalogue: {message}")
            known.add(message)
            if entry.obsolete or message not in used[room]:
                found.append(f"{place}: not used any more: {message}")
                continue
            found += [f"{place}: {fault}: {message}" for fault in _faults(entry, used[room][message])]
            text = entry.msgstr or entry.msgstr_plural.get(0, "")
            other, elsewhere = translations.setdefault(message, (text, place))
            if other != text:
                found.append(f"{place}: “{text}”, but “{other}” at {elsewhere}: {message}")
        missing = (use for message, use in used[room].items() if message not in known)
        found += [f"{use.place}: not in {name}: {use.message}" for use in missing]
    return found


def _faults(entry: polib.POEntry, use: Use) -> Iterator[str]:
    if entry.fuzzy:
        yield "fuzzy"
    if (entry.msgid_plural or None) != use.plural:
        yield f"the plural is “{use.plural or ''}” at {use.place}"
    if entry.msgid_plural and set(entry.msgstr_plural) != {0}:
        yield "Vietnamese has one plural form, msgstr[0]"
    text = entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr
    if not text:
        yield "no translation"
        return
    # Of singular and plural, the one with more placeholders tells what the translation may use.
    expected = max((set(PLACEHOLDER.findall(t)) for t in (entry.msgid, entry.msgid_plural or "")), key=len)
    if set(PLACEHOLDER.findall(text)) != expected:
        yield f"placeholders differ in “{text}”"


def sync(room: str, root: Path = ROOT) -> tuple[int, int]:
    """Add what the room's files use and drop what they do not; returns how many of each."""
    used: dict[Message, Use] = {}
    for use in uses(root):
        if use.message and room_of(Path(use.place)) == room:
            used.setdefault(use.message, use)
    path = catalogue_path(root, room)
    catalogue = polib.pofile(str(path), wrapwidth=110) if path.exists() else polib.POFile(wrapwidth=110)
    catalogue.metadata = {**catalogue.metadata, **HEADER}
    unused = [entry for entry in catalogue if entry.obsolete or message_of(entry) not in used]
    for entry in unused:
        catalogue.remove(entry)
    known = {message_of(entry) for entry in catalogue}
    missing = [use for message, use in used.items() if message not in known]
    for use in missing:
        plural = {"msgid_plural": use.plural, "msgstr_plural": {0: ""}} if use.plural else {}
        catalogue.append(polib.POEntry(msgid=use.message.text, msgctxt=use.message.context, **plural))
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    return len(missing), len(unused)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["compile", "check", "sync"])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=", ".join(ROOMS))
    options = parser.parse_args(arguments)
    if unknown := set(options.rooms) - set(ROOMS):
        parser.error(f"no such room: {', '.join(sorted(unknown))}")
    if options.command == "compile":
        for path in compile_catalogues():
            print(path.relative_to(ROOT))
        return 0
    if options.command == "sync":
        for room in options.rooms or ROOMS:
            added, dropped = sync(room)
            print(f"{room}: {added} added, {dropped} dropped")
        return 0
    found = problems()
    print("\n".join(found), file=sys.stderr)
    print(f"Catalogues: {len(found)} problems." if found else "Catalogues: complete.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
