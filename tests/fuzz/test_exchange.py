"""Whatever lies in the folder that authorities share, and in a stored index of ``tx``, is used or refused."""

import hashlib
import io
import random
import shutil

import pytest
from broken import broken
from ceremonies import DE, FR, Ceremony

from kindward.authority.exchange import Exchange
from kindward.authority.publishing import cosigned_by, publish
from kindward.authority.signing import sign
from kindward.authority.standing import standing
from kindward.errors import KindwardError


@pytest.fixture(scope="module")
def waiting(tmp_path_factory):
    """Let a release and a root wait, so that every kind of file lies in the folder."""
    ceremony = Ceremony(tmp_path_factory.mktemp("fuzzed"))
    ceremony.agree("a", "b")
    ceremony.release()
    ceremony.agree("c")
    ceremony.withdraw(FR, "a")
    ceremony.rotate(FR)
    ceremony.sign(DE)
    return ceremony


@pytest.mark.parametrize("count", [120, pytest.param(4_000, marks=pytest.mark.long)])
def test_a_folder_with_one_broken_file_is_used_or_refused(waiting, tmp_path, count):
    codes, used = set(), 0
    files = sorted(
        file.relative_to(waiting.exchange.path) for file in waiting.exchange.path.rglob("*") if file.is_file()
    )
    cosigners = [cosigned_by(key, waiting.now) for key in waiting.witnesses]
    for number in range(count):
        rng = random.Random(number)
        copy = tmp_path / str(number)
        shutil.copytree(waiting.exchange.path, copy)
        file = copy / rng.choice(files)
        file.write_bytes(broken(file.read_bytes(), rng))
        for act in (
            lambda there: standing(there, waiting.now),
            lambda there: sign(waiting.homes[FR], there, waiting.now),
            lambda there, copy=copy: publish(waiting.publisher, there, copy / "out", cosigners, waiting.now),
        ):
            try:
                act(Exchange(copy))
            except KindwardError as refused:
                codes.add(refused.code)
            else:
                used += 1
        shutil.rmtree(copy)
    assert used > 0
    assert len(codes) > 3


def _stored(body):
    from kindward.doors.threatexchange import MAGIC

    return MAGIC + hashlib.sha256(body).digest() + body


def test_a_stored_index_is_read_or_refused_whatever_stands_in_it():
    pytest.importorskip("threatexchange", reason="threatexchange is not installed")
    from kindward.doors.threatexchange import MAGIC, KindwardIndex

    whole = io.BytesIO()
    KindwardIndex([("ab" * 32, {"a": [1]}), ("cd" * 32, None)]).serialize(whole)
    body, read = whole.getvalue()[len(MAGIC) + 32 :], 0
    for number in range(600):
        rng = random.Random(number)
        # Mostly the digest is right, so that what stands behind it is read.
        data = broken(whole.getvalue(), rng) if number % 3 == 0 else _stored(broken(body, rng))
        try:
            index = KindwardIndex.deserialize(io.BytesIO(data))
            index.query("ab" * 32)
        except KindwardError:
            continue
        read += 1
    assert read < 600
