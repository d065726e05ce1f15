"""A proof leads from a part to the root and no other way, and the root carries the sum of all."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.repair.sum_tree import Leaf, SumTree, climb, joined, leaf_of, root_of, salt_of

KEY = b"k" * 32


def leaves(amounts: list[int]) -> list[Leaf]:
    """A leaf for each amount, and one for the venue that makes their sum zero."""
    return [
        leaf_of(b"%d" % account_id, salt=salt_of(KEY, account_id), sums={"USDT": amount})
        for account_id, amount in enumerate([*amounts, -sum(amounts)])
    ]


@pytest.mark.slow
@given(st.lists(st.integers(min_value=-(2**61), max_value=2**61), max_size=40))
def test_every_leaf_proves_itself_and_the_sum_is_zero(amounts: list[int]) -> None:
    """Whatever their number: pairs, odd ones, one alone."""
    all_of_them = leaves(amounts)
    tree = SumTree(all_of_them)

    assert tree.top.sums == {}
    for leaf in all_of_them:
        assert climb(leaf, tree.proof(leaf)) == tree.top


@pytest.mark.slow
@given(st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=9), st.data())
def test_a_part_that_is_not_in_it_proves_nothing(amounts: list[int], data: st.DataObject) -> None:
    """With the steps of any other."""
    all_of_them = leaves(amounts)
    tree = SumTree(all_of_them)
    leaf = data.draw(st.sampled_from(all_of_them))
    stranger = leaf_of(b"0", salt=salt_of(KEY, 999), sums=leaf.sums)

    assert climb(stranger, tree.proof(leaf)).digest != tree.top.digest


def test_money_that_is_missing_shows_at_the_top() -> None:
    """One who gets what nobody pays."""
    tree = SumTree([*leaves([5]), leaf_of(b"x", salt=salt_of(KEY, 9), sums={"USDT": 1})])

    assert tree.top.sums == {"USDT": 1}


def test_sums_are_part_of_the_hash() -> None:
    """Else a step could claim others."""
    left, right = leaves([5])
    other = Leaf(right.digest, {"USDT": -4})

    assert joined(left, right).digest != joined(left, other).digest
    assert root_of(Leaf(left.digest, {})) != root_of(left)


def test_a_leaf_is_no_node_and_sides_are_not_exchanged() -> None:
    """A node given out as a part, or steps from the other side, lead elsewhere."""
    left, right = leaves([5])
    node = joined(left, right)

    assert joined(right, left).digest != node.digest
    assert leaf_of(node.digest, salt=b"", sums={}).digest != node.digest


def test_salts_differ_and_need_the_key() -> None:
    """So nobody tries amounts until a neighbour's hash fits."""
    salts = {salt_of(KEY, account_id) for account_id in range(100)}

    assert len(salts) == 100
    assert salt_of(b"l" * 32, 1) not in salts


def test_a_proof_names_nobody() -> None:
    """Hashes, sides and sums, nothing else."""
    all_of_them = leaves([5, 6, 7])
    steps = SumTree(all_of_them).proof(all_of_them[0])

    assert steps
    for step in steps:
        assert set(msgspec.to_builtins(step)) == {"side", "hash", "sums"}
