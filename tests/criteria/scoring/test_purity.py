import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_scoring_imports_neither_django_nor_anything_of_the_project_outside_itself():
    modules = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "criteria" / "scoring").rglob("*.py")
    )
    program = f"""
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
foreign = {{"django", "par_index", "assessments", "criteria.models"}}
print(sorted(foreign & set(sys.modules)))
"""

    finished = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    assert finished.stdout.strip() == "[]"
