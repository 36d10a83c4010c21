from decimal import Decimal

from criteria.scoring.messages import Message, expression, points_phrase


def test_message_reads_as_english_with_decimal_points():
    message = Message(
        "Ratio %(percent)s %%. %(rest)s", {"percent": Decimal("97.490"), "rest": Message("Good.")}
    )
    assert str(message) == "Ratio 97.49 %. Good."


def test_messages_of_equal_content_are_equal_and_hashable():
    one, other = (Message("%(n)s", {"n": Decimal(1)}) for _ in range(2))
    assert one == other
    assert len({one, other}) == 1
    assert one != Message("%(n)s", {"n": Decimal(2)})


def test_expression_keeps_signs_and_formats_numbers():
    assert str(expression([Decimal("1.50"), " × ", 2, " %"])) == "1.5 × 2 %"


def test_points_phrase_knows_the_singular():
    assert [str(points_phrase(Decimal(points))) for points in ("0", "1.00", "1.5")] == [
        "0 points",
        "1 point",
        "1.5 points",
    ]
