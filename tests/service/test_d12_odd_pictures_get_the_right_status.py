"""D12: another service answers 400 to a blank picture, 500 to a corrupt one, and with bodies nobody documented."""

from __future__ import annotations

import io

import pytest
from PIL import Image


def encoded(picture, form="PNG"):
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("colour", ["white", "black", "grey"])
def test_a_blank_picture_gets_a_verdict(service, colour):
    answer = service.check(encoded(Image.new("RGB", (640, 480), colour)), "image/png")
    assert 200 == answer.status_code
    assert "pass" == answer.json()["decision"]


def test_a_picture_of_one_point_gets_a_verdict(service):
    assert 200 == service.check(encoded(Image.new("L", (1, 1)))).status_code


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_corrupt_file_could_not_be_checked_and_says_so(service, known_pictures, form):
    with Image.open(known_pictures[0]) as picture:
        data = encoded(picture.convert("RGB"), form)
    answer = service.check(data[:20] + bytes(len(data) // 2), f"image/{form.lower()}")
    assert 422 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
    assert "hold" == answer.json()["decision"]


def test_what_is_no_picture_could_not_be_checked(service):
    answer = service.check(b"%PDF-1.7 not a picture")
    assert 422 == answer.status_code
    assert "hold" == answer.json()["decision"]


def test_the_policy_decides_about_what_could_not_be_checked(serve):
    service = serve(policy__on_unreadable="pass", simulate="false")
    answer = service.check(b"no picture")
    assert 422 == answer.status_code
    assert "pass" == answer.json()["decision"]
    assert answer.json()["simulated"] is False


def test_every_status_that_occurs_is_documented(service, known_pictures):
    with service.client() as client:
        documented = client.get("/openapi.json").json()["paths"]["/v1/check"]["post"]["responses"]
    contents = [known_pictures[0].read_bytes(), b"", b"junk", encoded(Image.new("L", (9, 9)))]
    assert {str(service.check(data).status_code) for data in contents} <= set(documented)
