"""Reasons why a request is not answered with a verdict that have nothing to do with its content.

These are the statuses that only the service knows (400, 401, 403, 408, 413, 415, 429, and 422 for a question that is no
question). They are errors like all others: a code, a sentence, advice, in German or English.
"""

from __future__ import annotations

from kindward.errors import KindwardError
from kindward.locale import N_
from kindward.service.answers import Headers


class Refusal(KindwardError):  # noqa: N818 - a refusal is no fault
    """A request that the service does not take."""

    kind = "request"

    def __init__(
        self,
        code: str,
        template: str,
        hint: str = "",
        /,
        *,
        status: int,
        headers: Headers = (),
        **facts: object,
    ) -> None:
        super().__init__(code, template, hint, **facts)
        self.status = status
        self.headers = headers


class ClientGoneError(Exception):
    """The client closed the connection; there is nobody to answer."""


_BEARER: Headers = ((b"www-authenticate", b'Bearer realm="kindward"'),)


def token_missing() -> Refusal:
    """Say that a token is needed."""
    return Refusal(
        "token_missing",
        N_("This route needs a token."),
        N_("Send the header `Authorization: Bearer …`; `kindward token create` makes a token."),
        status=401,
        headers=_BEARER,
    )


def token_wrong() -> Refusal:
    """Say that the token is no good; the caller is not told why, the right holder finds out otherwise."""
    return Refusal(
        "token_wrong",
        N_("The token is not valid."),
        N_("It may be mistyped, revoked or past its time; `kindward token list` shows all tokens."),
        status=401,
        headers=((b"www-authenticate", b'Bearer realm="kindward", error="invalid_token"'),),
    )


def role_wrong(needed: str) -> Refusal:
    """Say that the token is for another part of the work."""
    return Refusal(
        "role_wrong",
        N_("This token may not use this route; it needs the role {role}."),
        N_("`kindward token create --role {role}` makes one."),
        status=403,
        headers=((b"www-authenticate", b'Bearer realm="kindward", error="insufficient_scope"'),),
        role=needed,
    )


def encrypted() -> Refusal:
    """Refuse end-to-end encrypted content, which is checked where it is written or not at all."""
    return Refusal(
        "content_end_to_end_encrypted",
        N_("The content is marked as end-to-end encrypted, so it is not checked outside the sender's device."),
        N_("A fingerprint lets its receiver recognise the picture; leave both where the picture is written."),
        status=403,
    )


def kind_wrong(expected: str) -> Refusal:
    """Say which content types the route takes."""
    return Refusal(
        "content_type_wrong",
        N_("This route does not take a body of this content type."),
        N_("Set the header Content-Type to one of: {expected}."),
        status=415,
        headers=((b"accept-post", expected.encode("ascii")),),
        expected=expected,
    )


def coding_wrong() -> Refusal:
    """Refuse a compressed body, which would hide its true size and hinder the look-up by digest."""
    return Refusal(
        "content_encoding_wrong",
        N_("This route does not take a compressed body."),
        N_("Send the bytes as they are, without the header Content-Encoding."),
        status=415,
        headers=((b"accept-encoding", b"identity"),),
    )


def body_too_large(limit: int) -> Refusal:
    """Say that the body is larger than the limit; it was not read further."""
    return Refusal(
        "body_too_large",
        N_("The body is larger than {limit} bytes."),
        N_("limits.bytes sets the limit; send larger content in a form that people really send."),
        status=413,
        limit=limit,
    )


def body_too_slow(seconds: float) -> Refusal:
    """Say that the body did not arrive in time."""
    return Refusal(
        "body_too_slow",
        N_("The body did not arrive within {seconds:g} seconds."),
        N_("service.body_seconds sets the limit."),
        status=408,
        seconds=seconds,
    )


def busy(seconds: int = 1) -> Refusal:
    """Ask the caller to wait, which is better than a queue that grows."""
    return Refusal(
        "busy",
        N_("The service has all it can do."),
        N_("Try again in {seconds} s; more cores or service.workers raise what it can do."),
        status=429,
        headers=((b"retry-after", b"%d" % seconds),),
        seconds=seconds,
    )


def rate_exceeded(per_minute: int, seconds: int) -> Refusal:
    """Say that the token has looked up too many fingerprints in the last minute."""
    return Refusal(
        "rate_exceeded",
        N_("This token may look up {per_minute} fingerprints in a minute, and has."),
        N_("Try again in {seconds} s; service.match_per_minute sets the limit."),
        status=429,
        headers=((b"retry-after", b"%d" % seconds),),
        per_minute=per_minute,
        seconds=seconds,
    )


def more_than_a_minute(per_minute: int, count: int) -> Refusal:
    """Say that waiting would not help, because one request asks for more than a whole minute allows."""
    return Refusal(
        "batch_beyond_rate",
        N_("The request holds {count} fingerprints, but a token may look up only {per_minute} in a minute."),
        N_("Send smaller requests; service.match_per_minute sets the limit."),
        status=422,
        per_minute=per_minute,
        count=count,
    )


def question_unreadable(what: str) -> Refusal:
    """Say what is wrong with a body of the right type; ``what`` never repeats any of it."""
    return Refusal("question_unreadable", N_("The body cannot be used: {what}."), status=422, what=what)


def form_ambiguous(what: str) -> Refusal:
    """Refuse a form that two readers could understand in two ways; ``what`` never repeats any of it."""
    return Refusal(
        "form_ambiguous",
        N_("The form could be understood in more than one way: {what}."),
        N_("Send a form with one part, the file, or send the file as the body."),
        status=422,
        what=what,
    )


def header_repeated(name: str) -> Refusal:
    """Refuse a header that may occur only once, because others may believe another of its values."""
    return Refusal(
        "header_repeated",
        N_("The header {name} occurs more than once."),
        N_("Send it once."),
        status=400,
        name=name,
    )


def account_unusable(longest: int) -> Refusal:
    """Refuse an account that is not one; what it was is not repeated."""
    return Refusal(
        "account_unusable",
        N_("The header Kindward-Account does not hold 1 to {longest} printable ASCII characters."),
        N_("Send the same opaque name for one account every time, or leave the header out."),
        status=400,
        longest=longest,
    )


def not_ready() -> Refusal:
    """Say that no bank has proven itself, or that the tokens cannot be read; the log says which and why."""
    return Refusal(
        "not_ready",
        N_("The service cannot check anything at the moment."),
        N_("Its log and `kindward doctor` say why."),
        status=503,
        headers=((b"retry-after", b"5"),),
    )


def no_such_route() -> Refusal:
    """Say that there is nothing at this address."""
    return Refusal(
        "route_unknown", N_("There is nothing at this address."), N_("/openapi.json lists all routes."), status=404
    )


def wrong_method() -> Refusal:
    """Say that the address is right and the method is not."""
    return Refusal(
        "method_wrong", N_("This address does not take this method."), N_("/openapi.json lists all routes."), status=405
    )


def internal() -> Refusal:
    """Own up to a fault; its text could hold content, so it goes nowhere."""
    return Refusal("internal", N_("kindward failed by a fault of its own."), N_("The log names the place."), status=500)
