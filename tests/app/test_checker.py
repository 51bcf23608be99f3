import asyncio
import hashlib
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import kindward
from kindward.banks import Bank, build_bank
from kindward.config import Banks, Limits, Settings
from kindward.errors import ConfigError, ContentError, TrustError
from kindward.model import Content, Decision, Entry, Fingerprint
from kindward.signals import pdq

EXACT = pdq.PictureOptions(fast=False, borders=False, views=False)
EAGER = Settings(banks=Banks(refresh_seconds=0.0))


def known(folder, *files, name="known"):
    entries = []
    for file in files:
        (fingerprint,) = pdq.fingerprints(file.read_bytes(), EXACT).fingerprints
        entries.append(Entry(file.stem, "pdq/1", fingerprint.value))
    build_bank(folder / name, entries)
    return folder / name


def saved(picture, form, **options):
    into = io.BytesIO()
    picture.save(into, form, **options)
    return into.getvalue()


@pytest.fixture(scope="module")
def bank(tmp_path_factory, package_photographs):
    return known(tmp_path_factory.mktemp("banks"), *package_photographs[:5])


@pytest.fixture(scope="module")
def checker(bank):
    with kindward.open_checker([bank], settings=Settings()) as opened:
        yield opened


def test_three_lines_from_import_to_verdict(bank, package_photographs):
    from kindward import open_checker

    with open_checker([bank]) as checker:
        assert "hold" == checker.check(package_photographs[0]).decision


def test_known_photographs_are_found_and_others_are_not(checker, package_photographs):
    found = {file.stem: [match.entry for match in checker.check(file).matches] for file in package_photographs}
    assert {file.stem: [file.stem] if place < 5 else [] for place, file in enumerate(package_photographs)} == found


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, Content, lambda data: Content(data, "a name")])
def test_bytes_may_come_in_any_form(checker, package_photographs, wrap):
    data = package_photographs[1].read_bytes()
    assert checker.check(package_photographs[1]) == checker.check(wrap(data))


def test_a_path_may_be_text(checker, package_photographs):
    verdict = checker.check(package_photographs[1])
    assert verdict == checker.check(str(package_photographs[1]))
    assert verdict == asyncio.run(checker.acheck(str(package_photographs[1])))


@pytest.mark.parametrize("content", [None, 7, ["photo.png"]])
def test_what_is_neither_bytes_nor_a_path_is_said_so(checker, content):
    with pytest.raises(TypeError, match="content must be bytes or a path"):
        checker.check(content)


@pytest.mark.parametrize("form", [str, Path])
def test_a_single_bank_needs_no_list(bank, form):
    with kindward.open_checker(form(bank), settings=Settings()) as opened:
        assert ["known"] == [each.name for each in opened.banks]


def test_a_mirrored_recompressed_copy_is_found_with_its_view(checker, package_photographs):
    picture = Image.open(package_photographs[3]).convert("RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    verdict = checker.check(saved(picture.resize((400, 300)), "JPEG", quality=70))
    assert (package_photographs[3].stem, "mirror") == (verdict.matches[0].entry, str(verdict.matches[0].view))


def test_the_same_verdict_comes_from_threads_and_from_asyncio(checker, package_photographs):
    data = [file.read_bytes() for file in package_photographs]
    one_by_one = [checker.check(each) for each in data]
    with ThreadPoolExecutor(4) as threads:
        assert one_by_one == list(threads.map(checker.check, data))

    async def at_once():
        return await asyncio.gather(*map(checker.acheck, data), checker.acheck(package_photographs[0]))

    assert [*one_by_one, one_by_one[0]] == asyncio.run(at_once())


def test_the_event_loop_goes_on_while_a_content_is_checked(checker):
    large = saved(Image.effect_noise((2500, 2500), 60), "PNG")

    async def beats():
        counted, done = 0, asyncio.create_task(checker.acheck(large))
        while not done.done():
            await asyncio.sleep(0.002)
            counted += 1
        await done
        return counted

    assert asyncio.run(beats()) > 5


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "content_empty"),
        (b"hello", "picture_format_unknown"),
        (b"\xff\xd8\xff\xe0" + bytes(200), "picture_unreadable"),
    ],
)
def test_what_cannot_be_read_was_not_checked(checker, data, code):
    with pytest.raises(ContentError) as told:
        checker.check(data)
    assert code == told.value.code
    with pytest.raises(ContentError) as told:
        asyncio.run(checker.acheck(data))
    assert code == told.value.code


@pytest.mark.parametrize(("name", "code"), [("none.jpg", "content_missing"), (".", "content_is_folder")])
def test_a_file_that_cannot_be_read_is_said_so(checker, tmp_path, name, code):
    with pytest.raises(ContentError) as told:
        checker.check(tmp_path / name)

    assert code == told.value.code


def test_a_content_over_the_limit_is_refused_before_it_is_read(bank, tmp_path):
    small = replace(Settings(), limits=Limits(bytes=1000))
    (tmp_path / "large").write_bytes(bytes(5000))
    with kindward.open_checker([bank], settings=small) as checker:
        for content in (bytes(5000), tmp_path / "large", Content(bytes(5000))):
            with pytest.raises(ContentError) as told:
                checker.check(content)
            assert "content_too_large" == told.value.code


def test_the_very_bytes_of_an_unreadable_file_can_still_be_known(tmp_path):
    data = b"not a picture at all"
    build_bank(tmp_path / "files", [Entry("file", "digest/1", hashlib.md5(data).digest())])
    with kindward.open_checker([tmp_path / "files"], settings=Settings()) as checker:
        for verdict in (checker.check(data), asyncio.run(checker.acheck(data))):
            assert (Decision.BLOCK, ["file"]) == (verdict.decision, [match.entry for match in verdict.matches])
            assert ("picture_format_unknown",) == verdict.notes
            assert ("digest/1",) == verdict.versions.signals
        with pytest.raises(ContentError):
            checker.check(data + b"!")


def test_large_files_are_digested_beside_the_event_loop(tmp_path):
    data = os.urandom(1 << 20)
    build_bank(tmp_path / "files", [Entry("file", "digest/1", hashlib.sha1(data).digest())])
    with kindward.open_checker([tmp_path / "files"], settings=Settings()) as checker:
        assert ["file"] == [match.entry for match in asyncio.run(checker.acheck(data)).matches]


def test_only_digests_that_a_bank_holds_are_computed(checker, package_photographs):
    assert ("pdq/1+fast",) == checker.check(package_photographs[0]).versions.signals


def test_fingerprints_taken_elsewhere_can_be_matched(checker, package_photographs):
    (taken,) = checker.hash(package_photographs[2].read_bytes()).fingerprints[:1]
    verdict = checker.match([Fingerprint("pdq/1", taken.value)])
    assert ([package_photographs[2].stem], ("pdq/1",)) == ([m.entry for m in verdict.matches], verdict.versions.signals)


def test_hashing_is_exact_or_fast(checker, package_photographs):
    data = package_photographs[7].read_bytes()
    exact = checker.hash(data).fingerprints
    assert pdq.fingerprints(data, pdq.PictureOptions(fast=False)).fingerprints == exact
    assert (
        pdq.fingerprints(data, pdq.PictureOptions(fast=True)).fingerprints
        == checker.hash(data, exact=False).fingerprints
    )


def test_a_change_of_a_bank_counts_for_the_next_check(tmp_path, package_photographs):
    path = known(tmp_path, package_photographs[0])
    with kindward.open_checker([path], settings=EAGER) as checker, Bank.open(path) as elsewhere:
        before = checker.check(package_photographs[0])
        elsewhere.withdraw(package_photographs[0].stem, "test")
        after = checker.check(package_photographs[0])
    assert (1, 0) == (len(before.matches), len(after.matches))
    assert before.versions.banks != after.versions.banks


def test_changes_are_looked_for_no_more_often_than_the_settings_say(tmp_path, package_photographs):
    path = known(tmp_path, package_photographs[0])
    slow = Settings(banks=Banks(refresh_seconds=3600.0))
    with kindward.open_checker([path], settings=slow) as checker, Bank.open(path) as elsewhere:
        elsewhere.withdraw(package_photographs[0].stem, "test")
        assert 1 == len(checker.check(package_photographs[0]).matches)
        assert checker.refresh()
        assert 0 == len(checker.check(package_photographs[0]).matches)
        assert not checker.refresh()


def test_without_refreshes_no_look_up_takes_changes_over(tmp_path, package_photographs):
    path = known(tmp_path, package_photographs[0])
    opened = kindward.open_checker([path], settings=EAGER, refreshes=False)
    with opened as checker, Bank.open(path) as elsewhere:
        fingerprint = checker.hash(package_photographs[0].read_bytes()).fingerprints[0]
        elsewhere.withdraw(package_photographs[0].stem, "test")
        assert 1 == len(checker.match([fingerprint]).matches)
        assert 1 == len(asyncio.run(checker.acheck(package_photographs[0])).matches)
        assert checker.refresh()
        assert 0 == len(checker.match([fingerprint]).matches)


def test_a_bank_that_breaks_while_in_use_makes_every_check_fail_until_it_is_whole(tmp_path, package_photographs):
    path = known(tmp_path, package_photographs[0])
    with kindward.open_checker([path], settings=EAGER) as checker:
        whole = (path / "manifest.json").read_bytes()
        (path / "manifest.json").write_bytes(b"{")
        for content in package_photographs[:2]:
            with pytest.raises(TrustError):
                checker.check(content)
        with pytest.raises(TrustError):
            asyncio.run(checker.acheck(package_photographs[0]))
        with pytest.raises(TrustError):
            checker.refresh()
        (path / "manifest.json").write_bytes(whole)
        assert 1 == len(checker.check(package_photographs[0]).matches)


def test_two_banks_are_both_asked(tmp_path, package_photographs):
    paths = [known(tmp_path, file, name=file.stem) for file in package_photographs[:2]]
    with kindward.open_checker(paths, settings=Settings()) as checker:
        assert [file.stem for file in package_photographs[:2]] == [
            checker.check(file).matches[0].bank for file in package_photographs[:2]
        ]


def test_no_bank_is_an_error_and_not_an_empty_answer():
    with pytest.raises(TrustError, match="No bank is given") as told:
        kindward.open_checker([], settings=Settings())
    assert "no_bank" == told.value.code
    assert "--bank" in told.value.hint


def test_banks_of_the_settings_are_taken_if_none_is_named(bank, tmp_path):
    (tmp_path / "kindward.toml").write_text(f'simulate = false\n[banks]\npaths = ["{bank}"]\n')
    with kindward.open_checker(config=tmp_path / "kindward.toml") as checker:
        assert ["known"] == [opened.name for opened in checker.banks]
        assert not checker.settings.simulate


def test_two_banks_of_one_name_are_refused(tmp_path, bank, package_photographs):
    again = known(tmp_path, package_photographs[0])
    with pytest.raises(TrustError) as told:
        kindward.open_checker([bank, again], settings=Settings())
    assert "bank_name_twice" == told.value.code


@pytest.mark.parametrize("place", ["nowhere", "file", "folder"])
def test_what_is_no_bank_is_refused_at_once(tmp_path, bank, place):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    before = threading.active_count()
    with pytest.raises(TrustError):
        kindward.open_checker([bank, tmp_path / place], settings=Settings())
    assert before == threading.active_count()


def test_a_wrong_policy_is_refused_at_once(tmp_path, bank):
    (tmp_path / "policy.toml").write_text("otherwise = 3")
    settings = replace(Settings(), policy=replace(Settings().policy, file=str(tmp_path / "policy.toml")))
    with pytest.raises(ConfigError):
        kindward.open_checker([bank], settings=settings)


def test_a_policy_of_ones_own_decides(tmp_path, bank, package_photographs):
    (tmp_path / "policy.toml").write_text('name = "mild"\ndate = 2026-11-01\notherwise = "pass"\n')
    settings = replace(Settings(), policy=replace(Settings().policy, file=str(tmp_path / "policy.toml")))
    with kindward.open_checker([bank], settings=settings) as checker:
        verdict = checker.check(package_photographs[0])
    assert (Decision.PASS, 1) == (verdict.decision, len(verdict.matches))
    assert verdict.versions.policy.startswith("mild/2026-11-01.")


def test_a_pipe_without_a_writer_is_refused_and_never_waited_for(checker, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ContentError) as refused:
        checker.check(pipe)

    assert "content_not_a_file" == refused.value.code
