"""Whether a text is one of some: a long list, which becomes a table, counts as a short one does."""

from __future__ import annotations

import pytest

from transforms.duck import FEW, SEPARATOR, connect, one_of

TEXTS = ["FJI", "it's", "", "C7", "c7", "C7 ", None, "TON"]


@pytest.mark.parametrize("more", [0, FEW, 2000], ids=["few", "many", "very many"])
def test_a_text_is_found_whatever_the_length_of_the_list(more: int) -> None:
    values = ["FJI", "it's", "", "C7", *(f"X{number}" for number in range(more))]
    with connect() as connection:
        query = f"select {one_of('word', values)} from (select unnest(?) as word)"
        found = [answer for (answer,) in connection.execute(query, [TEXTS]).fetchall()]
    assert found == [True, True, True, True, False, False, None, False]


def test_a_text_with_the_separator_in_it_is_one_text() -> None:
    values = [f"A{SEPARATOR}B", *(f"X{number}" for number in range(2 * FEW))]
    with connect() as connection:
        query = f"select {one_of('word', values)} from (select unnest(['A', 'A' || chr(31) || 'B']) as word)"
        assert connection.execute(query).fetchall() == [(False,), (True,)]
