"""D9: feedback was sent with the names of our own constants, or could not be written at all."""

import json

import pytest

from kindward.banks.sources import Opinion, Response
from kindward.banks.sources.ncmec import NcmecSource
from kindward.banks.sources.stopncii import StopNciiSource
from kindward.sandbox.stopncii import invented

SPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
REASONS = (
    f'<availableFeedbackReasons xmlns="{SPACE}"><reason guid="g-1" name="Wrong"/></availableFeedbackReasons>'.encode()
)
VALUE = bytes.fromhex(invented(1))


def told(source, opinion):
    """Give the body of what is sent."""
    sent = []

    def transport(request):
        sent.append(request)
        return Response(200, {}, REASONS)

    source.tell(opinion, transport)
    return sent[-1]


@pytest.mark.parametrize(("wrong", "expected"), [(True, "NotBlocked"), (False, "Blocked")])
def test_stopncii_gets_its_own_words(wrong, expected):
    keys = {"subscription_key": "s", "fetch_key": "f", "feedback_key": "b"}
    sent = told(StopNciiSource({}, keys), Opinion("x", "pdq/1", VALUE, wrong=wrong, reason="seen"))

    assert {
        "count": 1,
        "hashFeedbacks": [{"hashValue": invented(1), "feedbackValue": expected, "tags": ["seen"]}],
    } == json.loads(sent.body)
    assert b"Type." not in sent.body


def test_ncmec_gets_its_own_words():
    source = NcmecSource({"url": "https://provider.test"}, {"user": "u", "password": "p"})
    sent = told(source, Opinion("42-one", "pdq/1", VALUE, wrong=True, reason="wrong"))

    assert ("PUT", "https://provider.test/v2/entries/42/one/PDQ/feedback") == (sent.method, sent.url)
    assert b"<negative><reasonIds><guid>g-1</guid></reasonIds></negative>" in sent.body


def test_ncmec_gets_a_vote_in_favour_in_its_own_words():
    source = NcmecSource({"url": "https://provider.test"}, {"user": "u", "password": "p"})
    sent = told(source, Opinion("42-one", "pdq/1", VALUE, wrong=False))

    assert b"<affirmative/>" in sent.body
