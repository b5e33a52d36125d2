"""What scanning and reading do to words: confusions, lost, merged and split words, shaken and skewed boxes."""

import math
from dataclasses import replace
from random import Random

from models.pages.canvas import Placed
from models.pages.lines import split_line
from pipeline.domain.document import Box

CONFUSIONS = {
    "0": "O8Do",
    "1": "lI7|i",
    "2": "Z7",
    "3": "8",
    "4": "A",
    "5": "S6",
    "6": "58b",
    "7": "1T",
    "8": "B3",
    "9": "g4",
    "O": "0Q",
    "I": "l1|",
    "l": "1I|i",
    "S": "5",
    "B": "8",
    "o": "0",
    "e": "c",
    "c": "e",
    "m": "rn",
    "n": "ri",
    "u": "v",
    "g": "9",
    "Z": "2",
    ".": ",",
    ",": ".",
    ":": ".;",
    "-": "~_",
    "a": "o",
    "t": "f",
    "i": "l",
    "é": "e",
    "è": "e",
    "ü": "u",
    "ö": "o",
    "ä": "a",
    "ß": "B",
    "N": "H",
    "V": "Y",
    "°": "o",
    "#": "H",
    "/": "I",
    "€": "EC",
    "£": "E",
    "$": "S",
}


def shuffle(rng: Random, words: list[Placed]) -> list[Placed]:
    """A different, still plausible order of words (blocks before blocks, or lost order)."""
    if rng.random() < 0.5:
        return sorted(words, key=lambda w: (round(w.y0 / 6), w.x0))
    return words


def jitter(rng: Random, words: list[Placed], amount: float) -> list[Placed]:
    """Boxes shaken by up to `amount` of the word's height."""
    out = []
    for w in words:
        h = (w.y1 - w.y0) * amount
        x0, y0 = w.x0 + rng.gauss(0, h), w.y0 + rng.gauss(0, h * 0.7)
        x1, y1 = max(w.x1 + rng.gauss(0, h), x0 + 1), max(w.y1 + rng.gauss(0, h * 0.7), y0 + 1)
        out.append(replace(w, x0=x0, y0=y0, x1=x1, y1=y1))
    return out


def skew(rng: Random, words: list[Placed], width: float, height: float) -> list[Placed]:
    """The page turned by a small angle, scaled and shifted, perhaps seen in perspective."""
    angle = math.radians(rng.gauss(0, 0.5))
    scale = rng.uniform(0.86, 1.03)
    lean = rng.gauss(0, 0.015) if rng.random() < 0.3 else 0.0
    dx, dy = rng.gauss(0, 8), rng.gauss(0, 8)
    cx, cy, cos, sin = width / 2, height / 2, math.cos(angle), math.sin(angle)
    out = []
    for w in words:
        mx, my = (w.x0 + w.x1) / 2 - cx, (w.y0 + w.y1) / 2 - cy
        local = scale * (1 + lean * my / cy)
        x, y = (mx * cos - my * sin) * local + cx + dx, (mx * sin + my * cos) * local + cy + dy
        hw, hh = (w.x1 - w.x0) / 2 * local, (w.y1 - w.y0) / 2 * local
        out.append(replace(w, x0=x - hw, x1=x + hw, y0=y - hh, y1=y + hh))
    return out


def misread(rng: Random, words: list[Placed], rate: float) -> list[Placed]:
    """Characters confused, dropped or doubled at `rate` per character; case lost now and then."""
    out = []
    for w in words:
        chars = []
        for c in w.text:
            if rng.random() < rate:
                how = rng.random()
                if how < 0.7:
                    chars.append(rng.choice(CONFUSIONS.get(c, c)) if c in CONFUSIONS else c)
                elif how < 0.85:
                    continue
                else:
                    chars.append(c + rng.choice("'.,-|"))
            else:
                chars.append(c)
        text = "".join(chars)
        if text:
            out.append(replace(w, text=text))
    return out


def lose(rng: Random, words: list[Placed], rate: float) -> list[Placed]:
    """Words not found at all, and specks read as words."""
    out = [w for w in words if rng.random() >= rate]
    for _ in range(int(rate * 40 * rng.random())):
        w = rng.choice(words)
        x, y = w.x0 + rng.uniform(-200, 200), w.y0 + rng.uniform(-200, 200)
        out.append(
            Placed(
                rng.choice((".", "|", "'", "-", "_", "=", "~", "l", "Paid", "OK", "RECEIVED", "ll", "J")),
                x,
                y,
                x + 6,
                y + 8,
            )
        )
    return out


def merge(rng: Random, words: list[Placed], rate: float) -> list[Placed]:
    """Neighbours on a line read as one word; the tagged one gives the tag."""
    out: list[Placed] = []
    for w in words:
        last = out[-1] if out else None
        if (
            last
            and rng.random() < rate
            and abs(last.y0 - w.y0) < 2
            and 0 <= w.x0 - last.x1 < (w.y1 - w.y0) * 0.6
            and not (last.tag and w.tag and last.tag != w.tag)
        ):
            keep = last if last.tag else w
            out[-1] = Placed(
                last.text + w.text,
                last.x0,
                min(last.y0, w.y0),
                w.x1,
                max(last.y1, w.y1),
                keep.tag,
                last.begin or (w.begin and not last.tag),
                keep.item,
                last.bold,
            )
        else:
            out.append(w)
    return out


def split(rng: Random, words: list[Placed], rate: float) -> list[Placed]:
    """Words torn in two, mostly beside punctuation."""
    out = []
    for w in words:
        cuts = [n for n, c in enumerate(w.text) if 0 < n < len(w.text) - 1 and c in ".,:-/#$ "]
        if len(w.text) > 3 and rng.random() < rate * (3 if cuts else 0.5):
            at = (rng.choice(cuts) + rng.choice((0, 1))) if cuts else rng.randrange(1, len(w.text))
            mid = w.x0 + (w.x1 - w.x0) * at / len(w.text)
            out += [replace(w, text=w.text[:at], x1=mid - 0.5), replace(w, text=w.text[at:], x0=mid + 0.5, begin=False)]
        else:
            out.append(w)
    return [w for w in out if w.text]


def relined(rng: Random, words: list[Placed]) -> list[Placed]:
    """What a line-wise reader gives: close words in one box, cut again in proportion to their characters."""
    room, pad = rng.uniform(0.5, 1.6), rng.uniform(0.0, 0.25)
    runs: list[list[Placed]] = []
    for w in words:
        last = runs[-1][-1] if runs else None
        if last and abs(last.y0 - w.y0) < 1.5 and 0 <= w.x0 - last.x1 < (w.y1 - w.y0) * room:
            runs[-1].append(w)
        else:
            runs.append([w])
    out: list[Placed] = []
    for run in runs:
        x0, x1 = run[0].x0, run[-1].x1
        y0, y1 = min(w.y0 for w in run), max(w.y1 for w in run)
        grow = (y1 - y0) * pad
        box = Box(x0 - grow * 0.5, y0 - grow, x1 + grow * 0.5, y1 + grow)
        for w, cut in zip(run, split_line(" ".join(w.text for w in run), box, 1.0), strict=True):
            out.append(replace(w, x0=cut.box.x0, x1=cut.box.x1, y0=cut.box.y0, y1=cut.box.y1))
    return out


def degrade(rng: Random, words: list[Placed], width: float, height: float) -> tuple[list[Placed], str]:
    """A page as one of three readers would give it: `pdf_text`, a light scan, a bad scan."""
    kind = rng.choices(("text", "light", "heavy"), (50, 33, 17))[0]
    if kind == "text":
        if rng.random() < 0.25:
            words = merge(rng, words, 0.04)
        if rng.random() < 0.12:
            words = split(rng, words, rng.uniform(0.01, 0.15))
        return shuffle(rng, jitter(rng, words, 0.02)), "pdf_text"
    words = relined(rng, words) if rng.random() < 0.75 else words
    rate = rng.uniform(0.0, 0.012) if kind == "light" else rng.uniform(0.01, 0.07)
    words = merge(rng, words, rng.uniform(0, 0.25) if kind == "light" else rng.uniform(0, 0.4))
    words = split(rng, words, rate)
    words = misread(rng, words, rate)
    if kind == "heavy":
        words = lose(rng, words, rng.uniform(0, 0.04))
    return jitter(rng, skew(rng, words, width, height), 0.06 if kind == "light" else 0.12), "ocr"
