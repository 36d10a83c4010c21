from bench import Figure, Floor, Row, seconds, table


def test_table_gives_each_figure_as_a_ratio_to_its_floor():
    row = Row(
        Figure("Import", print, over=Floor("read the cells", print), aim=8), seconds=4.5, floor_seconds=1.5
    )

    assert table([row]).splitlines()[-1] == "| Import | 4.500 s | read the cells | 1.500 s | 3.0 | ≤ 8 |"


def test_preparation_before_the_yield_is_not_measured():
    steps = []

    def figure():
        steps.append("prepared")
        yield
        steps.append("done")

    assert seconds(figure) >= 0
    assert steps == ["prepared", "done"]
