"""Reading one box of a page again, as the clerk drew it: in a killable child, by both engines (spec F.2, C.0.6)."""

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, urlencode

from PIL import Image
from pydantic import TypeAdapter

from pipeline.domain.document import Box
from pipeline.domain.errors import InvalidInput, MissingDependency
from pipeline.domain.reading import BoxReading
from pipeline.ocr.confirm import confirm
from pipeline.ocr.engine import OcrEngine
from pipeline.ocr.prepare import straighten, turn
from pipeline.ocr.render import OCR_DPI, image_pictures, pdf_picture
from pipeline.ports import BlobStore
from pipeline.process.pool import ReaderPool, Request

BOX_READINGS: TypeAdapter[tuple[BoxReading, ...]] = TypeAdapter(tuple[BoxReading, ...])
SMALLEST, LARGEST = 0.002, 0.5  # of the page's side: a dot says nothing, half a page is no field
SECONDS = 20.0
NOISE = 0.2  # below it an engine only says that something is there


class ChildBoxReader:
    """`App.read_box` over a pool. Raises InvalidInput for a box that is no field, or one that cannot be read."""

    def __init__(self, pool: ReaderPool, blobs: BlobStore) -> None:
        self._pool, self._blobs = pool, blobs

    def __call__(
        self, sha256: str, page: int, box: Box, rotation: int = 0, skew: float = 0.0
    ) -> tuple[BoxReading, ...]:
        if not (SMALLEST <= box.width <= 1 and SMALLEST <= box.height <= LARGEST):
            raise InvalidInput("Draw the box around one value.")
        place = {
            "page": page,
            "rotation": rotation,
            "skew": skew,
            "x0": box.x0,
            "y0": box.y0,
            "x1": box.x1,
            "y1": box.y1,
        }
        result = self._pool.read(Request(sha256, self._blobs.get(sha256), urlencode(place), SECONDS))
        if result.data is None:
            raise InvalidInput(result.reason or "This box cannot be read.", "Type the value instead.")
        return BOX_READINGS.validate_json(result.data)


def read_box(data: bytes, name: str, engines: Sequence[Callable[[], OcrEngine]]) -> bytes:
    """Runs in a child: what each engine reads in the box, as JSON; what both read alike is one reading, and surer."""
    wanted = {key: float(values[0]) for key, values in parse_qs(name).items()}
    box = Box(wanted["x0"], wanted["y0"], wanted["x1"], wanted["y1"])
    image = _picture(data, int(wanted["page"]), int(wanted["rotation"]), wanted["skew"])
    found: list[BoxReading] = []
    for make in engines:
        try:
            engine = make()
            (opinion,) = confirm((), image, (box,), engine)
        except MissingDependency:
            continue
        if opinion.second and opinion.confidence >= NOISE:
            found.append(BoxReading(opinion.second, round(opinion.confidence, 4), engine.name))
    return BOX_READINGS.dump_json(joined(found))


def joined(found: Sequence[BoxReading]) -> tuple[BoxReading, ...]:
    """Equal texts as one: two independent engines that agree are wrong together far more rarely than each alone."""
    by_text: dict[str, BoxReading] = {}
    for each in found:
        known = by_text.get(each.text)
        if known is None:
            by_text[each.text] = each
        else:
            doubt = (1 - known.confidence) * (1 - each.confidence)
            by_text[each.text] = BoxReading(each.text, round(1 - doubt, 4), f"{known.engine} + {each.engine}")
    return tuple(sorted(by_text.values(), key=lambda each: -each.confidence))


def _picture(data: bytes, number: int, rotation: int, skew: float) -> Image.Image:
    """The page as it lies on the desk, at the resolution that engines like."""
    if b"%PDF-" in data[:1024]:
        image = pdf_picture(data, number, OCR_DPI).image
    else:
        drawn = next((p.image for p in image_pictures(data) if p.number == number), None)
        if drawn is None:
            raise InvalidInput(f"There is no page {number}.")
        image = drawn
    return straighten(turn(image, rotation), skew) if rotation or skew else image
