import gettext as standard_gettext
import os

import messages
import polib
import pytest
from messages import Message, compile_catalogues, problems, room_of, sync

PO_HEADER = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""


@pytest.fixture
def project(tmp_path):
    """A small project: `write(path, text)` adds a file to it."""

    def write(path: str, text: str):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    write.root = tmp_path
    return write


def catalogue(project, room: str, entries: str):
    return project(f"{room}/locale/vi/LC_MESSAGES/django.po", f"{PO_HEADER}\n{entries}")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from django.utils.translation import gettext as _\n_('a' 'b')", [(Message("ab"), None)]),
        ("from django.utils.translation import gettext_lazy\ngettext_lazy('x')", [(Message("x"), None)]),
        ("from django.utils.translation import ngettext\nngettext('x', 'xs', 2)", [(Message("x"), "xs")]),
        (
            "from django.utils.translation import pgettext_lazy as p\np('verb', 'x')",
            [(Message("x", "verb"), None)],
        ),
        ("from django.utils import translation\ntranslation.gettext('x')", [(Message("x"), None)]),
        ("def _(x): return x\n_('not translated')", []),
    ],
)
def test_python_texts_are_found(source, expected):
    assert [(use.message, use.plural) for use in messages.python_uses(source, "a.py")] == expected


def test_text_that_is_put_together_is_named(project):
    project(
        "criteria/views.py",
        "from django.utils.translation import gettext as _\nname = 'x'\n_(f'hello {name}')",
    )
    [problem] = problems(project.root)
    assert problem.startswith("criteria/views.py:3: a text that is put together")


def test_text_behind_a_name_counts_where_it_was_marked(project):
    marked = (
        "from django.utils.translation import gettext, gettext_noop\nWORD = gettext_noop('x')\ngettext(WORD)"
    )
    uses = list(messages.python_uses(marked, "a.py"))
    assert [(use.message, use.place) for use in uses] == [(Message("x"), "a.py:2")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% translate 'x' %}", [(Message("x"), None)]),
        ("{% translate \"it's\" context 'c' as y %}", [(Message("it's", "c"), None)]),
        ("{{ _('x') }}{% field f label=_('y') %}", [(Message("x"), None), (Message("y"), None)]),
        (
            "{% blocktranslate count n=x trimmed %}\n {{ n }} unit\n{% plural %}{{ n }} units\n{% endblocktranslate %}",
            [(Message("%(n)s unit"), "%(n)s units")],
        ),
    ],
)
def test_template_texts_are_found(source, expected):
    loaded = "{% load i18n %}" + source
    assert [(use.message, use.plural) for use in messages.template_uses(loaded, "a.html")] == expected


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("assessments/views/sheet.py", "assessments"),
        ("templates/assessments/sheet.html", "assessments"),
        ("par_index/results/models.py", "par_index/results"),
        ("templates/results/page.html", "par_index/results"),
        ("templates/components/field.html", "par_index/core"),
        ("templates/base.html", "par_index/core"),
        ("par_index/settings.py", "par_index/core"),
    ],
)
def test_each_file_belongs_to_one_room(tmp_path, path, room):
    assert room_of(messages.Path(path)) == room


def test_complete_catalogue_has_no_problems(project):
    project(
        "criteria/views.py",
        "from django.utils.translation import ngettext\nngettext('%(n)s unit', '%(n)s units', 2)",
    )
    catalogue(
        project, "criteria", 'msgid "%(n)s unit"\nmsgid_plural "%(n)s units"\nmsgstr[0] "%(n)s đơn vị"\n'
    )
    assert problems(project.root) == []


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ("", "criteria/views.py:2: not in criteria/locale"),
        ('msgid "%(n)s left"\nmsgstr ""\n', "no translation"),
        ('#, fuzzy\nmsgid "%(n)s left"\nmsgstr "còn %(n)s"\n', "fuzzy"),
        ('msgid "%(n)s left"\nmsgstr "còn"\n', "placeholders differ"),
        ('msgid "%(n)s left"\nmsgstr "còn %(m)s"\n', "placeholders differ"),
        ('msgid "%(n)s left"\nmsgid_plural "%(n)s"\nmsgstr[0] "còn %(n)s"\n', "the plural is"),
        (
            '#~ msgid "old"\n#~ msgstr "cũ"\n\nmsgid "%(n)s left"\nmsgstr "còn %(n)s"\n',
            "not used any more: “old”",
        ),
        ('msgid "old"\nmsgstr "cũ"\n\nmsgid "%(n)s left"\nmsgstr "còn %(n)s"\n', "not used any more: “old”"),
    ],
)
def test_each_fault_of_a_catalogue_is_named(project, entries, fault):
    project("criteria/views.py", "from django.utils.translation import gettext as _\n_('%(n)s left')")
    catalogue(project, "criteria", entries)
    [problem] = problems(project.root)
    assert fault in problem


def test_wrong_plural_rule_is_named(project):
    path = catalogue(project, "criteria", "")
    path.write_text(path.read_text("utf-8").replace("nplurals=1", "nplurals=2"), "utf-8")
    [problem] = problems(project.root)
    assert "Plural-Forms" in problem


def test_two_translations_of_one_text_are_named(project):
    for room, text in (("criteria", "khối"), ("surveys", "nhóm")):
        project(f"{room}/views.py", "from django.utils.translation import gettext as _\n_('block')")
        catalogue(project, room, f'msgid "block"\nmsgstr "{text}"\n')
    [problem] = problems(project.root)
    assert "“nhóm”, but “khối”" in problem


def test_compile_writes_what_gettext_reads_and_only_when_it_is_older(project):
    source = catalogue(project, "criteria", 'msgid "block"\nmsgstr "khối"\n')
    [written] = compile_catalogues(project.root)
    with written.open("rb") as file:
        assert standard_gettext.GNUTranslations(file).gettext("block") == "khối"
    assert compile_catalogues(project.root) == []
    os.utime(source, (written.stat().st_mtime + 1, written.stat().st_mtime + 1))
    assert compile_catalogues(project.root) == [written]
    assert [file.name for file in written.parent.iterdir() if file.suffix not in (".po", ".mo")] == []


def test_sync_adds_new_texts_and_drops_unused_ones(project):
    project("criteria/views.py", "from django.utils.translation import gettext as _\n_('new')\n_('kept')")
    path = catalogue(project, "criteria", 'msgid "kept"\nmsgstr "giữ"\n\nmsgid "old"\nmsgstr "cũ"\n')
    assert sync("criteria", project.root) == (1, 1)
    assert [(entry.msgid, entry.msgstr) for entry in polib.pofile(str(path))] == [
        ("kept", "giữ"),
        ("new", ""),
    ]
