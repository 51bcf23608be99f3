"""Read the forms of our own pages: small, plain, and with the proof that they are ours."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from kindward.errors import ContentError
from kindward.locale import N_

LARGEST = 64 * 1024
FIELDS = 40


async def form(request: Request) -> dict[str, str]:
    """Give the fields of a form; of a field that is there twice, the last. Raises: ContentError ``form_wrong``."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise _wrong()
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict")
    except ValueError:
        raise _wrong() from None
    # A carriage return belongs to the way over the wire; what people wrote has line feeds.
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def _wrong() -> ContentError:
    return ContentError(
        "form_wrong",
        N_("This form could not be read."),
        N_("Open the page again and repeat what you wanted to do."),
    )
