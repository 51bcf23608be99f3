"""Show the main job on real photographs: build a bank, check changed copies and strangers, open the service.

The photographs are those that scikit-image ships under free licences; here they stand for pictures that a list knows.
Everything is written below ``.work/demo`` in the checkout.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import demo_lists
import demo_office
import demo_sources
import skimage.data
from PIL import Image, ImageDraw, ImageOps

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".work" / "demo"
KINDWARD = [str(Path(sys.executable).with_name("kindward"))]
KNOWN = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
STRANGERS = ("camera.png", "hubble_deep_field.jpg", "motorcycle_left.png", "retina.jpg")


def main() -> int:
    """Run the demonstration; ``--once`` stops before the service. Returns the exit status."""
    photographs = Path(skimage.data.__file__).parent
    shutil.rmtree(WORK, ignore_errors=True)
    for folder in ("known", "sent"):
        (WORK / folder).mkdir(parents=True)
    for name in KNOWN:
        shutil.copy(photographs / name, WORK / "known" / name)
    for name in KNOWN:
        change(photographs / name, WORK / "sent")
    for name in STRANGERS:
        shutil.copy(photographs / name, WORK / "sent" / f"other-{name}")

    print("Four photographs stand for the pictures that a list knows. Their fingerprints become a bank:\n")
    run("bank", "build", "demo.bank", "--from-pictures", "known", "--name", "demo")
    print("\nSomebody sends changed copies of them, and four other photographs:\n")
    status = run("check", "sent", "--bank", "demo.bank", expect=1)
    if not as_expected() or not demo_lists.show(WORK / "signed") or not demo_sources.show(WORK / "followed"):
        return 1
    if not demo_office.show(demo_office.OFFICE):
        return 1
    if "--once" in sys.argv[1:]:
        print("\nThat is all. `./demo` without --once leaves service, console and reporting centre running.")
        return 0 if status == 1 else 1
    print("\nService, console and reporting centre stay for you:\n")
    with contextlib.suppress(KeyboardInterrupt):
        demo_office.stay(demo_office.OFFICE)
    return 0


def change(source: Path, folder: Path) -> None:
    """Write the copies that a sender might make of one photograph."""
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    stem = source.stem
    picture.save(folder / f"{stem}-recompressed.jpg", quality=40)
    picture.resize((picture.width // 2, picture.height // 2)).save(folder / f"{stem}-half-size.png")
    ImageOps.mirror(picture).save(folder / f"{stem}-mirrored.jpg", quality=90)
    screenshot(picture).save(folder / f"{stem}-screenshot.png")
    picture.save(folder / f"{stem}-saved-as.gif")
    picture.save(folder / f"{stem}-saved-as.webp", quality=80)
    picture.convert("CMYK").save(folder / f"{stem}-cmyk.jpg", quality=90)


def screenshot(picture: Image.Image) -> Image.Image:
    """Draw a phone's screen with the picture across its width, a clock above and a bar below."""
    screen = Image.new("RGB", (1080, 2340), "black")
    fitted = picture.resize((1080, round(picture.height * 1080 / picture.width)), Image.Resampling.BICUBIC)
    screen.paste(fitted, (0, (2340 - fitted.height) // 2))
    draw = ImageDraw.Draw(screen)
    draw.text((60, 40), "12:34", fill="white", font_size=44)
    draw.rounded_rectangle((940, 45, 1010, 80), 8, outline="white", width=4)
    draw.rounded_rectangle((390, 2300, 690, 2312), 6, fill="white")
    return screen


def run(*arguments: str, expect: int = 0) -> int:
    """Run one command as a person would type it, and stop with its status if it is not the expected one."""
    print("$ kindward", *arguments, flush=True)
    status = subprocess.run([*KINDWARD, *arguments], cwd=WORK, check=False).returncode  # noqa: S603 - our own program
    if status != expect:
        sys.exit(status or 1)
    return status


def as_expected() -> bool:
    """Compare every verdict with what is true: copies of the known match, the others do not."""
    answer = subprocess.run(  # noqa: S603 - our own program
        [*KINDWARD, "check", "sent", "--bank", "demo.bank", "-o", "jsonl"],
        cwd=WORK,
        check=False,
        capture_output=True,
        text=True,
    )
    verdicts = [json.loads(line) for line in answer.stdout.splitlines()]
    wrong = [v["path"] for v in verdicts if bool(v["matches"]) == Path(v["path"]).name.startswith("other-")]
    expected = len(KNOWN) * 7 + len(STRANGERS)
    print(f"\n{expected - len(wrong)} of {expected} verdicts are as they should be.")
    for path in wrong:
        print(f"  wrong: {path}")
    return len(verdicts) == expected and not wrong


if __name__ == "__main__":
    sys.exit(main())
