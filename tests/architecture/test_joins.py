"""What counts as an equality of an outer join. Over the whole project the rule is held where it is built."""

import pytest

from tests.architecture.joins import outer_joins_without_equality


@pytest.mark.parametrize(
    "condition",
    [
        "a.k = b.k",
        "b.k = a.k and a.z > b.z",
        "coalesce(b.k, '') = case when a.k is null then a.j else '' end",
        "a.z > 1 and (b.z is null and a.k = b.k)",
    ],
)
def test_a_column_of_the_one_side_that_equals_one_of_the_other_is_an_equality(condition: str) -> None:
    assert outer_joins_without_equality(f"select 1 from t as a left join u as b on {condition}") == []


@pytest.mark.parametrize(
    "condition",
    [
        "a.z > b.z",
        "a.z <> b.z",
        "b.k = 'default'",
        "a.k = a.j",
        "a.k = b.k or a.j = b.j",
        "not a.k = b.k",
        "a.k || b.k = b.j",
        "true",
    ],
)
def test_anything_else_is_none(condition: str) -> None:
    found = outer_joins_without_equality(f"select 1 from t as a left join u as b on {condition}")

    assert found == ["a with b"]


def test_joins_are_found_wherever_they_stand_and_inner_ones_need_none() -> None:
    statement = """
        with x as (
            select 1 from t as a full join (select 1 from v right join w on v.i > w.i) as b on a.i < b.i
        )
        select * from x inner join y on x.i > y.i cross join z
        left join u on z.k = u.k left join u as q using (k)
    """

    assert sorted(outer_joins_without_equality(statement)) == ["a with b", "v with w"]


def test_what_cannot_be_read_is_not_taken_for_right() -> None:
    with pytest.raises(ValueError, match="no select statement"):
        outer_joins_without_equality("select from where")
