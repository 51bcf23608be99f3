"""Forms of several parts, held against an independent reader."""

from dataclasses import replace
from hashlib import md5, sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_reports import attachment, content
from python_multipart.multipart import FormParser

from kindward.reports.authority import Attachment
from kindward.reports.multipart import form


def read(made):
    """Read a form as the service does."""
    fields, files = {}, {}

    def on_field(field):
        fields[field.field_name.decode()] = field.value.decode()

    def on_file(file):
        file.file_object.seek(0)
        files[file.field_name.decode()] = (file.file_name.decode(), file.file_object.read())

    kind, _, boundary = made.headers["content-type"].partition("; boundary=")
    parser = FormParser(kind, on_field, on_file, boundary=boundary.encode())
    for piece in made.pieces():
        parser.write(piece)
    parser.finalize()
    return fields, files


def test_fields_alone_are_read_back():
    assert ({"id": "4711"}, {}) == read(form({"id": "4711"}))


def test_a_file_is_read_back_under_the_number_of_its_evidence():
    one = replace(attachment(1))

    assert ({"id": "4711"}, {"file": (one.item, content(1))}) == read(form({"id": "4711"}, one))


@pytest.mark.parametrize("file", [None, attachment(1), attachment(2)])
def test_the_length_that_is_told_is_the_length(file):
    made = form({"id": "4711"}, file)

    assert len(b"".join(made.pieces())) == int(made.headers["content-length"])


def test_the_pieces_can_be_given_anew_for_another_try():
    made = form({"id": "4711"}, attachment(1))

    assert list(made.pieces()) == list(made.pieces())


def test_a_file_is_never_held_as_a_whole():
    made = form({"id": "4711"}, attachment(1))

    assert max(map(len, made.pieces())) < 400 < len(content(1))


@given(st.binary(max_size=3000))
def test_any_bytes_survive(data):
    digest, check = sha256(data).hexdigest(), md5(data, usedforsecurity=False).hexdigest()
    one = Attachment("ab", len(data), digest, check, lambda: iter([data]))

    assert ({"id": "1"}, {"file": ("ab", data)}) == read(form({"id": "1"}, one))
