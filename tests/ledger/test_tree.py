"""The tree against published vectors, and against the definition written down plainly."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import flipped, plain_root

from kindward.errors import TrustError
from kindward.ledger import tree
from kindward.ledger.tree import EMPTY, Frontier, leaf_hash, verify_consistency, verify_inclusion

# Leaves, roots and proofs of the reference implementation of Certificate Transparency (RFC 6962).
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): INCLUSION[0, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
SIZES = st.integers(1, 140)


def made(size):
    return [leaf_hash(b"leaf %d" % number) for number in range(size)]


def subtree_of(hashes):
    return lambda start, end: plain_root(hashes[start:end])


def test_the_roots_are_those_of_certificate_transparency():
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    frontier = Frontier()
    found = [frontier.root().hex()]
    for each in hashes:
        frontier.append(each)
        found.append(frontier.root().hex())

    assert ROOTS == found
    assert ROOTS == [plain_root(hashes[:size]).hex() for size in range(9)]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_those_of_certificate_transparency(index, size):
    proof = tree.prove_inclusion(index, size, subtree_of([leaf_hash(leaf) for leaf in LEAVES]))

    assert INCLUSION[index, size] == tuple(node.hex() for node in proof)
    verify_inclusion(leaf_hash(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "size"), CONSISTENCY)
def test_consistency_proofs_are_those_of_certificate_transparency(old, size):
    proof = tree.prove_consistency(old, size, subtree_of([leaf_hash(leaf) for leaf in LEAVES]))

    assert CONSISTENCY[old, size] == tuple(node.hex() for node in proof)
    verify_consistency(old, bytes.fromhex(ROOTS[old]), size, bytes.fromhex(ROOTS[size]), proof)


@given(st.lists(SIZES, max_size=5))
def test_a_frontier_has_the_root_of_the_plain_definition_however_it_grew(steps):
    hashes, frontier, one_by_one = made(sum(steps)), Frontier(), Frontier()
    for step in steps:
        frontier.extend(hashes[frontier.size : frontier.size + step])
    for each in hashes:
        one_by_one.append(each)

    assert (sum(steps), plain_root(hashes)) == (frontier.size, frontier.root())
    assert (frontier.size, frontier.nodes) == (one_by_one.size, one_by_one.nodes)
    assert frontier.nodes == Frontier(frontier.size, frontier.nodes).nodes


def test_many_hashes_are_taken_in_rows(monkeypatch):
    monkeypatch.setattr(tree, "_AT_ONCE", 7)
    frontier = Frontier()
    frontier.extend(iter(made(100)))

    assert (100, plain_root(made(100))) == (frontier.size, frontier.root())


@pytest.mark.parametrize(
    ("size", "nodes"), [(1, ()), (0, (bytes(32),)), (3, (bytes(32),)), (1, (bytes(31),)), (-1, (bytes(32),))]
)
def test_nodes_that_do_not_fit_the_size_are_refused(size, nodes):
    with pytest.raises(ValueError, match="the nodes do not fit the size"):
        Frontier(size, nodes)


def test_a_copy_grows_on_its_own():
    frontier = Frontier()
    frontier.extend(made(5))
    copied = frontier.copy()
    copied.append(leaf_hash(b"more"))

    assert (5, plain_root(made(5))) == (frontier.size, frontier.root())
    assert 6 == copied.size


@given(SIZES, st.data())
def test_every_inclusion_proof_holds_and_no_other_does(size, data):
    index, seed = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 1000))
    hashes = made(size)
    root = plain_root(hashes)
    proof = tree.prove_inclusion(index, size, subtree_of(hashes))
    verify_inclusion(hashes[index], index, size, proof, root)
    wrong = [
        (flipped(hashes[index], seed=seed), index, size, proof, root),
        (hashes[index], index, size, proof, flipped(root, seed=seed)),
        (hashes[index], index, size, [*proof, bytes(32)], root),
        (hashes[index], size, size, proof, root),
        (hashes[index], -1, size, proof, root),
        (hashes[index], index, 0, [], hashes[index]),
    ]
    if proof:
        at = random.Random(seed).randrange(len(proof))
        wrong += [
            (hashes[index], index, size, [*proof[:at], flipped(proof[at], seed=seed), *proof[at + 1 :]], root),
            (hashes[index], index, size, [*proof[:at], *proof[at + 1 :]], root),
            (hashes[index], index ^ 1, size, proof, root),
        ]
    for arguments in wrong:
        with pytest.raises(TrustError) as refused:
            verify_inclusion(*arguments)
        assert "inclusion_unproven" == refused.value.code


@given(SIZES, st.data())
def test_every_consistency_proof_holds_and_no_other_does(size, data):
    old, seed = data.draw(st.integers(0, size)), data.draw(st.integers(0, 1000))
    hashes = made(size)
    before, root = plain_root(hashes[:old]), plain_root(hashes)
    proof = tree.prove_consistency(old, size, subtree_of(hashes))
    verify_consistency(old, before, size, root, proof)
    wrong = [
        (old, flipped(before, seed=seed), size, root, proof),
        (old, before, size, root, [*proof, bytes(32)]),
        (size + 1, before, size, root, proof),
        (-1, before, size, root, proof),
    ]
    if old:
        wrong += [(old, before, size, flipped(root, seed=seed), proof)]
    if proof:
        at = random.Random(seed).randrange(len(proof))
        wrong += [
            (old, before, size, root, [*proof[:at], flipped(proof[at], seed=seed), *proof[at + 1 :]]),
            (old, before, size, root, [*proof[:at], *proof[at + 1 :]]),
            (old, before, size, root, []),
        ]
    for arguments in wrong:
        with pytest.raises(TrustError) as refused:
            verify_consistency(*arguments)
        assert "log_inconsistent" == refused.value.code


def test_the_empty_tree_begins_every_tree_and_needs_no_proof():
    verify_consistency(0, EMPTY, 5, plain_root(made(5)), [])
    verify_consistency(0, EMPTY, 0, EMPTY, [])

    assert [] == tree.consistency_ranges(0, 5)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_nothing_proves_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="no such leaf"):
        tree.inclusion_ranges(index, size)


@pytest.mark.parametrize(("old", "size"), [(6, 5), (-1, 5)])
def test_nothing_proves_that_a_log_became_shorter(old, size):
    with pytest.raises(ValueError, match="older tree is larger"):
        tree.consistency_ranges(old, size)


@given(SIZES, SIZES)
def test_a_range_is_made_of_its_full_subtrees(start, width):
    start *= 256
    spans = list(tree.full_subtrees(start, start + width))

    assert list(range(start, start + width)) == [at for first, last in spans for at in range(first, last)]
    assert all((last - first).bit_count() == 1 for first, last in spans)
    assert sorted((last - first for first, last in spans), reverse=True) == [last - first for first, last in spans]


def test_the_errors_say_which_leaf_or_log_is_meant():
    with pytest.raises(TrustError, match=r"leaf 3 is in the log of 5 leaves") as refused:
        verify_inclusion(bytes(32), 3, 5, [], bytes(32))
    assert "tell others" in refused.value.hint
    with pytest.raises(TrustError, match=r"log of 5 leaves .* log of 3 leaves") as refused:
        verify_consistency(3, bytes(32), 5, bytes(32), [])
    assert "keep both checkpoints" in refused.value.hint
