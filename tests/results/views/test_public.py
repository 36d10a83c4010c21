import pytest
from django.urls import reverse
from django.utils import translation

from assessments.models import UnitSuccession
from par_index.results.models import Publication
from tests.factories import (
    AssessmentFactory,
    BlockFactory,
    complete_cycle,
    decide,
    decide_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"
    yield
    translation.deactivate()


@pytest.fixture
def cycle():
    found = complete_cycle(code="KY2025", name="Chỉ số CCHC tỉnh Mẫu năm 2025")
    decide(found.assessments.get(unit__code="B"), "1.2", 0, reason="Không có tài liệu kiểm chứng")
    return found


@pytest.fixture
def publication(cycle, published) -> Publication:
    return published(cycle)


def get(client, name: str, *arguments, **query):
    return client.get(reverse(f"results:{name}", args=arguments), query)


def text_of(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_front_page_and_list_lead_to_the_ranking(client, publication):
    link = f'href="{reverse("results:ranking", args=["KY2025"])}"'
    assert link in text_of(client.get("/"))
    assert link in text_of(get(client, "index"))


def test_ranking_shows_places_points_and_bands(client, publication):
    text = text_of(get(client, "ranking", "KY2025"))

    assert "Sở A leads khối sở, ban, ngành with 100.00%" in text
    places = [text.index(f">Sở {code}</a>") for code in "ABC"]
    assert places == sorted(places)
    assert '18.00 <span class="max">/ 20</span>' in text
    assert "from 90 up · 2 units" in text
    assert "from 50 to below 70 · 1 unit<" in text


def test_facts_are_computed_on_exact_indices(client, publication):
    facts = get(client, "ranking", "KY2025").context["facts"]

    assert (facts.ranked, facts.mean, facts.gap) == (3, 80, 50)
    assert facts.strongest == ("Kết quả", 90)
    assert facts.weakest == ("Chỉ đạo, điều hành", 70)


def test_ranking_finds_names_without_case_and_accents(client, publication):
    rows = get(client, "ranking", "KY2025", tim="so b").context["groups"]
    assert [row.unit.unit_code for group in rows for row in group.rows] == ["B"]


def test_ranking_that_finds_nothing_says_what_to_do(client, publication):
    assert "No unit has this name" in text_of(get(client, "ranking", "KY2025", tim="xyz"))


def test_ranking_sorts_by_area(client, publication):
    (group,) = get(client, "ranking", "KY2025", theo="1").context["groups"]
    assert [(row.unit.unit_code, row.rank, row.index) for row in group.rows] == [
        ("A", 1, 100),
        ("B", 2, 80),
        ("C", 3, 30),
    ]


def test_ranking_shows_the_chosen_block_alone(client, cycle, published):
    block = BlockFactory(cycle=cycle, code="XA", name="Khối xã", position=99)
    decide_all(AssessmentFactory(block=block, unit__code="X1", unit__name="Xã Một"), {})
    published(cycle)

    text = text_of(get(client, "ranking", "KY2025", khoi="XA"))

    assert ">Xã Một</a>" in text
    assert ">Sở A</a>" not in text


def test_ranking_compares_with_the_year_before(client, cycle, publication, published):
    next_year = complete_cycle(owner=cycle.owner, code="KY2026", year=2026)
    decide(next_year.assessments.get(unit__code="A"), "1.1", 0, reason="Sai số liệu")
    taken_over = UnitSuccession(
        predecessor=cycle.assessments.get(unit__code="C").unit,
        successor=next_year.assessments.get(unit__code="B").unit,
    )
    taken_over.save()
    published(next_year)

    groups = get(client, "ranking", "KY2026").context["groups"]

    changes = {row.unit.unit_code: row.change for group in groups for row in group.rows}
    assert (changes["A"].difference, changes["A"].rank, changes["A"].direction) == (-20, 1, "down")
    assert (changes["C"].difference, changes["C"].direction) == (0, "")
    assert not changes["B"].comparable
    text = text_of(get(client, "ranking", "KY2026"))
    assert "not comparable" in text
    assert "Against 2025" in text


def test_unit_page_says_what_was_lost_and_why(client, publication):
    answer = get(client, "unit", "KY2025", "B")

    profile = answer.context["profile"]
    assert [(loss.leaf.code, loss.lost, loss.reason) for loss in profile.heaviest] == [
        ("1.2", 2, "Không có tài liệu kiểm chứng")
    ]
    assert [(line.area.code, line.area.rank, line.mean) for line in profile.areas] == [
        ("1", 2, 70),
        ("2", 1, 90),
    ]
    assert profile.to_next == ("Sở A", 10)
    assert "Không có tài liệu kiểm chứng" in text_of(answer)


def test_unit_page_of_an_unknown_unit_is_not_found(client, publication):
    assert get(client, "unit", "KY2025", "Z").status_code == 404


def test_pages_read_a_fixed_number_of_queries(client, cycle, published, django_assert_max_num_queries):
    for number in range(5):
        sheet = AssessmentFactory(block=cycle.blocks.get(), unit__code=f"D{number}", position=9)
        decide_all(sheet, {})
    published(cycle)

    with django_assert_max_num_queries(12):
        get(client, "ranking", "KY2025")
    with django_assert_max_num_queries(12):
        get(client, "unit", "KY2025", "A")


def test_page_is_not_sent_again_while_its_edition_is_the_newest(client, publication):
    get(client, "ranking", "KY2025")  # sets the cookie that the page's form needs
    first = get(client, "ranking", "KY2025")

    url = reverse("results:ranking", args=["KY2025"])
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    client.cookies["django_language"] = "vi"
    other_language = client.get(url, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert other_language.status_code == 200


def test_download_gives_the_stored_bytes(client, publication):
    for document in publication.documents.all():
        answer = get(client, "download", "KY2025", document.name)
        assert answer.content == bytes(document.content)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="KY2025-{document.name}"'
        assert answer.headers["ETag"] == f'"{document.digest}"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_download_of_an_unknown_name_is_not_found(client, publication):
    assert get(client, "download", "KY2025", "manage.py").status_code == 404


def test_texts_of_people_are_escaped(client, cycle, published):
    decide(cycle.assessments.get(unit__code="B"), "1.2", 0, reason="<script>alert(1)</script>")
    published(cycle)

    text = text_of(get(client, "unit", "KY2025", "B"))

    assert "<script>alert(1)</script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_demo_cycle_says_so(client, cycle, published):
    cycle.is_demo = True
    cycle.save()
    published(cycle)
    assert "illustrative data" in text_of(get(client, "ranking", "KY2025"))
    assert "illustrative data" in text_of(get(client, "unit", "KY2025", "A"))
