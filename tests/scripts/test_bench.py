from bench import Figure, seconds, table


def test_table_gives_the_median_and_its_part_of_the_limit():
    measured = [(Figure("Import", 10.0, 3, print), [4.0, 2.0, 9.0])]
    assert table(measured).splitlines()[-1] == "| Import | 4.00 s | 2.00 – 9.00 s | 10 s | 40% |"


def test_preparation_before_the_yield_is_not_measured():
    steps = []

    def figure():
        steps.append("prepared")
        yield
        steps.append("done")

    assert seconds(figure) >= 0
    assert steps == ["prepared", "done"]
