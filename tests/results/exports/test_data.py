import csv
import io
import json

import pytest

from par_index.results.exports.data import criteria_csv, results_csv, results_json

pytestmark = pytest.mark.django_db


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_results_csv_has_a_row_per_unit_in_printed_order(edition):
    head, *rows = table(results_csv(edition))

    assert ",".join(head[:9]) == (
        "cycle,block,unit_code,unit_name,max_points,self_points,appraised_points,survey_points,bonus_points"
    )
    assert ",".join(head[9:]) == "penalty_points,total_points,index_percent,index_unrounded,rank,band"
    assert [",".join(row) for row in rows] == [
        "KY2025,SO,A,Sở A,20,10,13,7,0,0,20,100.00,100.000000000,1,Xuất sắc",
        "KY2025,SO,B,Sở B,20,8,11,7,0,0,18,90.00,90.0000000000,2,Xuất sắc",
        "KY2025,SO,C,Sở C,10,3,3,0,0,0,3,30.00,30.0000000000,3,Yếu",
    ]


def test_results_csv_begins_with_a_byte_order_mark(edition):
    assert results_csv(edition).startswith(b"\xef\xbb\xbfcycle,block,")


def test_criteria_csv_has_a_row_per_unit_and_leaf(edition):
    rows = table(criteria_csv(edition))

    assert ",".join(rows[0]) == (
        "cycle,block,unit_code,criterion_code,applicable,max_points,self_points,decided_points,source,reason"
    )
    assert len(rows) == 1 + 3 * 9
    assert rows[11] == ["KY2025", "SO", "B", "1.2", "yes", "2", "0", "0", "self", "=SUM(A1) thiếu tài liệu"]
    assert rows[24] == ["KY2025", "SO", "C", "2.2", "no", "5", "", "", "survey", "Không có nhiệm vụ"]


def test_results_json_holds_the_same_as_strings_with_areas(edition):
    document = json.loads(results_json(edition))

    assert (document["cycle"], document["edition"]) == ("KY2025", 1)
    (block,) = document["blocks"]
    assert block["block"] == "SO"
    assert [unit["unit_code"] for unit in block["units"]] == ["A", "B", "C"]
    unit = block["units"][1]
    assert (unit["index_percent"], unit["rank"], unit["max_points"]) == ("90.00", 2, "20")
    assert unit["areas"] == [
        {"code": "1", "max_points": "10", "points": "8", "index_percent": "80.00", "rank": 2},
        {"code": "2", "max_points": "10", "points": "10", "index_percent": "100.00", "rank": 1},
    ]


def test_results_json_has_nothing_for_an_area_that_does_not_apply(edition):
    (block,) = json.loads(results_json(edition))["blocks"]
    assert block["units"][2]["areas"][1] == {
        "code": "2",
        "max_points": "0",
        "points": "0",
        "index_percent": "",
        "rank": None,
    }
