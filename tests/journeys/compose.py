"""docker-compose.yml as the tests read it: the services' very commands and settings, filled in from an environment."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
# ${NAME}, ${NAME:-default}, ${NAME:?message}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


class MissingVariable(KeyError):
    """A variable that the file requires is not set."""


def services() -> dict[str, dict]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]


def filled(text: str, environment: dict[str, str]) -> str:
    """:raises MissingVariable: carrying the file's own message"""

    def value(match: re.Match) -> str:
        name, mark, rest = match.groups()
        if environment.get(name):
            return environment[name]
        if mark == "?":
            raise MissingVariable(rest)
        return rest or ""

    return VARIABLE.sub(value, text)


def command(service: str, environment: dict[str, str]) -> list[str]:
    return [filled(part, environment) for part in services()[service]["command"]]


def settings(service: str, environment: dict[str, str]) -> dict[str, str]:
    return {name: filled(value, environment) for name, value in services()[service]["environment"].items()}
