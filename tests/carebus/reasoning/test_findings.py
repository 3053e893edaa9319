"""Three values by Kleene's logic: the least of all, the greatest of any, and unknown is neither."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.criteria import CriterionValue
from carebus.reasoning.findings import MET, NOT_MET, UNKNOWN, Judgement, all_of, any_of, opposite

RANK = {NOT_MET: 0, UNKNOWN: 1, MET: 2}
finding = st.builds(
    Judgement,
    st.sampled_from(CriterionValue),
    st.lists(st.sampled_from(["a=1", "b=2"]), max_size=2).map(tuple),
    st.just(()),
)


def values(findings: list[Judgement]) -> list[int]:
    return [RANK[each.value] for each in findings]


@given(st.lists(finding, min_size=1, max_size=5))
def test_all_is_the_least_and_any_the_greatest_of_its_parts(findings: list[Judgement]) -> None:
    assert RANK[all_of(findings).value] == min(values(findings))
    assert RANK[any_of(findings).value] == max(values(findings))


@given(st.lists(finding, min_size=1, max_size=5))
def test_not_turns_all_into_any_and_back(findings: list[Judgement]) -> None:
    turned = [opposite(each) for each in findings]
    assert opposite(all_of(findings)).value is any_of(turned).value
    assert opposite(any_of(findings)).value is all_of(turned).value
    assert [opposite(each) for each in turned] == findings


@given(finding, finding, finding)
def test_the_order_and_the_brackets_do_not_matter(a: Judgement, b: Judgement, c: Judgement) -> None:
    for joined in (all_of, any_of):
        assert joined([a, b]).value is joined([b, a]).value
        assert joined([a, joined([b, c])]).value is joined([joined([a, b]), c]).value
        assert joined([a, a]).value is a.value


def test_what_is_not_known_is_neither_met_nor_not() -> None:
    unknown = Judgement(UNKNOWN, (), ("x",))
    assert opposite(unknown).value is UNKNOWN
    assert all_of([unknown, Judgement(MET)]) == Judgement(UNKNOWN, (), ("x",))
    assert all_of([unknown, Judgement(NOT_MET, ("b",))]) == Judgement(NOT_MET, ("b",))
    assert any_of([unknown, Judgement(MET, ("a",))]) == Judgement(MET, ("a",))
