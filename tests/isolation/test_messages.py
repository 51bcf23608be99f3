"""What comes back over the wall is believed only after every field was checked."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kindward.errors import ContentError
from kindward.isolation import messages
from kindward.model import FRAMES_LEFT_OUT, PICTURE_DAMAGED, TURNS, Fingerprint, View
from kindward.signals.pdq import PictureFindings, PictureOptions
from kindward.signals.picture import refusal

OPTIONS = PictureOptions()
MEMORY = 1 << 30
GOOD = ("found", [("pdq/1", b"\1" * 32, 100, 0, False, False, "", None)], "jpeg", 640, 480, 1, ["picture_damaged"])

views = st.builds(
    View,
    turn=st.sampled_from(TURNS),
    inside=st.booleans(),
    stored=st.booleans(),
    backdrop=st.sampled_from(["", "white", "black", "dropped"]),
    frame=st.none() | st.integers(0, 2**40),
)
prints = st.builds(Fingerprint, st.just("pdq/1"), st.binary(min_size=32, max_size=32), st.integers(0, 100), views)
findings = st.builds(
    PictureFindings,
    st.lists(prints, min_size=1, max_size=20).map(tuple),
    st.sampled_from(["jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp"]),
    st.integers(1, 65_535),
    st.integers(1, 65_535),
    st.integers(1, 2000),
    st.sampled_from([(), (FRAMES_LEFT_OUT,), (FRAMES_LEFT_OUT, PICTURE_DAMAGED)]),
)


@given(findings)
def test_findings_come_back_as_they_were_sent(sent):
    assert sent == messages.read_reply(messages.write_findings(sent), OPTIONS, MEMORY)


@pytest.mark.parametrize(
    "error",
    [
        refusal.empty(),
        refusal.too_large(20_000, 10_000, OPTIONS.pixels),
        refusal.too_large(70_000, 2, OPTIONS.pixels),
        refusal.unreadable("webp"),
        refusal.format_unknown(),
        refusal.out_of_memory(MEMORY),
    ],
    ids=lambda error: error.code,
)
def test_refusals_come_back_with_the_same_sentence(error):
    with pytest.raises(ContentError) as refused:
        messages.read_reply(messages.write_refusal(error), OPTIONS, MEMORY)
    assert (error.code, str(error), error.hint) == (refused.value.code, str(refused.value), refused.value.hint)


def test_a_request_comes_back_as_it_was_sent():
    options = PictureOptions(5, 6, fast=False, borders=False, views=False)
    sent = messages.read_request(messages.write_request(77, options))
    assert (77, options, ("pdq/1",)) == (sent.size, sent.options, sent.signals)


def _forged():
    kind, (taken,), *rest = GOOD
    yield ()
    yield ("found",)
    yield ("other", *GOOD[1:])
    yield (kind, [], *rest)
    yield (kind, [taken] * 5000, *rest)
    for place, lie in [
        *((0, lie) for lie in ("pdq/2", "digest/1", 7)),
        *((1, lie) for lie in (b"", b"\1" * 31, b"\1" * 33, 7, "text")),
        *((2, lie) for lie in (-1, 101, None, 1.5)),
        *((3, lie) for lie in (-1, 8, "original")),
        *((4, lie) for lie in (1, None)),
        *((6, lie) for lie in ("red", "<script>", None)),
        *((7, lie) for lie in (-1, 2**63, "0")),
    ]:
        yield (kind, [(*taken[:place], lie, *taken[place + 1 :])], *rest)
    for place, lie in [(0, "exe"), (0, ""), (1, 0), (1, 65_536), (2, -5), (3, 0), (3, 2.5), (4, "yes"), (4, 1)]:
        yield (kind, [taken], *rest[:place], lie, *rest[place + 1 :])
    yield (*GOOD, "more")
    yield (*GOOD[:-1], ["made_up_note"])
    yield (*GOOD[:-1], ["picture_damaged"] * 3)
    yield ("refused", "made_up_code", "", 0, 0)
    yield ("refused", "picture_unreadable", "<b>Format</b>", 0, 0)
    yield ("refused", "picture_too_large", "", -1, 0)
    yield ("refused", "picture_too_large", "", "wide", 0)
    yield ("refused", "check_too_slow", "", 0, 0)


@pytest.mark.parametrize("forged", list(_forged()), ids=lambda forged: repr(forged)[:60])
def test_a_forged_reply_is_a_broken_decoder(forged):
    assert messages.read_reply(msgspec.msgpack.encode(GOOD), OPTIONS, MEMORY)
    with pytest.raises(ContentError) as refused:
        messages.read_reply(msgspec.msgpack.encode(forged), OPTIONS, MEMORY)
    assert "decoder_crashed" == refused.value.code


@example(b"\x91\xa4\x00\x00\x00\x80")
@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_findings_or_a_refusal(reply):
    try:
        said = messages.read_reply(reply, OPTIONS, MEMORY)
    except ContentError as refused:
        said = refused
    assert isinstance(said, PictureFindings | ContentError)


def test_the_most_views_of_the_most_frames_fit_into_one_message():
    one = Fingerprint(
        "pdq/1", b"\xff" * 32, 100, View("rotate90+mirror", inside=True, stored=True, backdrop="dropped", frame=2**40)
    )
    most = PictureFindings((one,) * (4 * 3 * (8 + 1 + 3 * 8)), "webp", 65_535, 65_535, 2**31, (FRAMES_LEFT_OUT,))
    assert messages.LARGEST > len(messages.write_findings(most))
