"""The real ``tx`` loads kindward's signal and index."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

pytest.importorskip("threatexchange", reason="the package threatexchange is not installed (group oracles)")
from threatexchange.exchanges.fetch_state import FetchedSignalMetadata, SignalOpinion

from kindward.doors.threatexchange import MAGIC, TX_MANIFEST, KindwardIndex, KindwardPdqSignal
from kindward.errors import TrustError

TX = Path(sys.executable).with_name("tx")


@pytest.fixture
def tx(tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def run(*arguments, status=0):
        done = subprocess.run(
            [TX, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        )
        assert status == done.returncode, done.stderr
        return done.stdout

    return run


@pytest.fixture
def photograph():
    return Path(skimage.data.__file__).parent / "astronaut.png"


def test_tx_finds_a_recompressed_copy_through_kindward_also_in_a_list_of_one(tx, tmp_path, photograph):
    copy = tmp_path / "copy.jpg"
    with Image.open(photograph) as picture:
        picture.convert("RGB").save(copy, quality=40)
    tx("config", "extensions", "add", "kindward.doors.threatexchange")
    name, _, known = tx("hash", "-S", "kindward_pdq", "photo", str(photograph)).strip().partition(" ")
    assert "kindward_pdq" == name
    listed = tmp_path / "list.txt"
    listed.write_text(f"kindward_pdq {known}\n")
    tx("config", "collab", "edit", "local_file", "--create", "known", "--filename", str(listed))
    tx("fetch")

    told = tx("match", "-S", "kindward_pdq", "photo", str(copy))

    signal, distance, collab, *_ = told.split()
    assert ("kindward_pdq", "(known)") == (signal, collab)
    assert 0 <= int(distance) <= 31


def test_the_signal_reads_a_palette_picture_like_the_picture_it_was_made_from(photograph):
    with Image.open(photograph) as picture:
        rgb, palette = io.BytesIO(), io.BytesIO()
        picture.convert("RGB").save(rgb, "PNG")
        picture.convert("RGB").quantize(256).save(palette, "GIF")
    one, other = map(KindwardPdqSignal.hash_from_bytes, (rgb.getvalue(), palette.getvalue()))
    assert KindwardPdqSignal.compare_hash(one, other).match


def test_what_is_no_picture_gets_the_empty_hash_that_tx_expects():
    assert "" == KindwardPdqSignal.hash_from_bytes(b"no picture")


def test_capital_letters_are_understood():
    assert "ab" * 32 == KindwardPdqSignal.validate_signal_str("AB" * 32)


def test_what_is_no_fingerprint_is_refused():
    with pytest.raises(ValueError, match="64"):
        KindwardPdqSignal.validate_signal_str("ab" * 31)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 8, 100])
def test_every_entry_is_found_after_storing_and_loading(count):
    rng = np.random.default_rng(count)
    entries = [(rng.bytes(32).hex(), {"number": n}) for n in range(count)]
    stored = io.BytesIO()
    KindwardIndex.build(entries).serialize(stored)
    loaded = KindwardIndex.deserialize(io.BytesIO(stored.getvalue()))
    found = [[(one.similarity_info.distance, one.metadata) for one in loaded.query(signal)] for signal, _ in entries]
    assert [[(0, held)] for _, held in entries] == found


def test_entries_added_after_the_first_query_are_found_and_copies_are_all_told():
    index = KindwardIndex.build([("00" * 32, "first")])
    assert ["first"] == [one.metadata for one in index.query("00" * 32)]
    index.add("00" * 32, "second")
    index.add("0" * 63 + "1", "near")
    assert [(0, "first"), (0, "second"), (1, "near")] == [
        (one.similarity_info.distance, one.metadata) for one in index.query("00" * 32)
    ]


def test_records_of_threatexchange_survive_storing():
    held = [("known", FetchedSignalMetadata()), ("other", SignalOpinion.get_trivial())]
    stored = io.BytesIO()
    KindwardIndex.build([("0f" * 32, held)]).serialize(stored)
    loaded = KindwardIndex.deserialize(io.BytesIO(stored.getvalue()))
    assert [held] == [one.metadata for one in loaded.query("0f" * 32)]


@pytest.mark.parametrize("content", [subprocess.Popen, object(), print])
def test_what_is_no_record_cannot_be_stored(content):
    with pytest.raises(TypeError):
        KindwardIndex.build([("0f" * 32, content)]).serialize(io.BytesIO())


@pytest.mark.parametrize(
    "named",
    [
        '{"class": "subprocess:Popen", "fields": {}}',
        '{"class": "threatexchange.exchanges.fetch_state:t.Any", "fields": {}}',
        '{"class": "threatexchange.exchanges.impl.file_api:os.system", "fields": {}}',
        '{"class": "threatexchange.exchanges.impl.file_api:Path", "fields": {}}',
        '{"frozen": []}',
        '{"list": [], "tuple": []}',
        "[" * 100_000,
    ],
)
def test_a_stored_index_builds_nothing_but_records(named):
    body = (1).to_bytes(8, "little") + bytes(32) + b'{"list": [' + named.encode() + b"]}"
    stored = MAGIC + hashlib.sha256(body).digest() + body
    with pytest.raises(TrustError):
        KindwardIndex.deserialize(io.BytesIO(stored))


def test_a_stored_index_with_a_changed_byte_is_refused():
    stored = io.BytesIO()
    KindwardIndex.build([("0f" * 32, 1)]).serialize(stored)
    for at in range(len(stored.getvalue())):
        changed = bytearray(stored.getvalue())
        changed[at] ^= 1
        with pytest.raises(TrustError):
            KindwardIndex.deserialize(io.BytesIO(bytes(changed)))


def test_a_pickle_of_another_index_is_refused():
    with pytest.raises(TrustError):
        KindwardIndex.deserialize(io.BytesIO(b"\x80\x04}\x94."))


def test_the_manifest_names_the_one_signal():
    assert (KindwardPdqSignal,) == TX_MANIFEST.signal_types
