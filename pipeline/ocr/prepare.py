"""Makes a scan readable: turned upright, straightened, dark on light, fax dots joined. Cheap steps first."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter, ImageOps

MAX_SKEW = 6.0
WORKING_SIDE = 1000
LEAST_INK = 200
MAX_INK = 120_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """An upright, straight picture. `rotation` degrees clockwise were turned, `skew` degrees clockwise removed."""

    image: Image.Image
    rotation: int
    skew: float


def prepare(image: Image.Image, rotation: int | None = None, skew: float | None = None) -> Prepared:
    """The picture ready for OCR. Given `rotation` and `skew` are applied as they are, so that a page read earlier is
    rebuilt exactly; else a quarter turn and the skew are measured. Upside down is not seen here: see `orient`."""
    clean = _dark_on_light(_joined_dots(image.convert("L")))
    if rotation is not None and skew is not None:
        return Prepared(straighten(turn(clean, rotation), skew), rotation, skew)
    dark = _dark(clean)
    if rotation is None:
        rotation = 90 if _runs_sideways(dark) else 0
    turned = turn(clean, rotation)
    if skew is None:
        skew = _skew(dark if rotation == 0 else _dark(turned))
    return Prepared(straighten(turned, skew), rotation, skew)


def turn(image: Image.Image, degrees: int) -> Image.Image:
    """Turned clockwise by a multiple of 90 degrees."""
    steps = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return image.transpose(steps[degrees % 360]) if degrees % 360 else image


def straighten(image: Image.Image, skew: float) -> Image.Image:
    """Turned counterclockwise by `skew` degrees about its middle, same size, white corners."""
    if abs(skew) < 0.05:
        return image
    return image.rotate(skew, Image.Resampling.BICUBIC, fillcolor=255)


def measure_skew(image: Image.Image) -> float:
    """Degrees clockwise by which lines of print fall; 0 where nothing clear is seen. Within about 0.1 degree.

    The right angle is the one at which ink falls into the fewest rows (projection profile).
    """
    return _skew(_dark(image))


def _skew(dark: np.ndarray) -> float:
    xs, ys = _ink(dark)
    if xs.size < LEAST_INK:
        return 0.0
    coarse = np.arange(-MAX_SKEW, MAX_SKEW + 0.01, 0.5)
    scores = [_sharpness(xs, ys, angle) for angle in coarse]
    best = float(coarse[int(np.argmax(scores))])
    if max(scores) < 1.05 * float(np.median(scores)):
        return 0.0
    fine = np.arange(best - 0.5, best + 0.51, 0.1)
    best = float(fine[int(np.argmax([_sharpness(xs, ys, angle) for angle in fine]))])
    return round(best, 2) if abs(best) >= 0.1 else 0.0


def is_sideways(image: Image.Image) -> bool:
    """Whether lines of print run up and down: nearly all words, as blobs of ink, are taller than wide.

    Pictures of single letters (small receipts) are undecided and count as upright; OCR shows whether they are.
    """
    return _runs_sideways(_dark(image))


def _runs_sideways(dark: np.ndarray) -> bool:
    from scipy import ndimage  # 0.3 s to import, which a page with its own text need not wait for

    blobs, _ = ndimage.label(ndimage.binary_dilation(dark, np.ones((3, 3))))
    wide = tall = 0
    for down, across in ndimage.find_objects(blobs):
        height, width = down.stop - down.start, across.stop - across.start
        if min(height, width) < 5 or max(height, width) < 14 or min(height, width) > 60:
            continue
        wide += width > 1.6 * height
        tall += height > 1.6 * width
    return tall >= 8 and tall > 6 * wide


def _ink(dark: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of dark dots."""
    ys, xs = np.nonzero(dark)
    step = max(1, ys.size // MAX_INK)
    return xs[::step].astype(np.float64), ys[::step].astype(np.float64)


def _dark(image: Image.Image) -> np.ndarray:
    """Dark dots of a small copy, without the scanner's black borders and drawn lines."""
    small = image.copy()
    small.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.int16)
    ground = np.asarray(small.filter(ImageFilter.BoxBlur(15)), dtype=np.int16)
    dark: np.ndarray = pixels < ground - 25
    margin = max(2, min(dark.shape) // 50)
    dark[:margin], dark[-margin:], dark[:, :margin], dark[:, -margin:] = False, False, False, False
    dark[dark.mean(axis=1) > 0.5] = False
    dark[:, dark.mean(axis=0) > 0.5] = False
    return dark


def _sharpness(along: np.ndarray, across: np.ndarray, degrees: float) -> float:
    """Mean square of the profile's steps: large when lines of print and white between them alternate."""
    return float(np.square(np.diff(_profile(along, across, degrees))).sum())


def _profile(along: np.ndarray, across: np.ndarray, degrees: float) -> np.ndarray:
    """Ink in each row of the page slanted by some degrees."""
    rows = across - along * np.tan(np.radians(degrees))
    return np.bincount((rows - rows.min()).astype(np.int64)).astype(np.float64)


def _dark_on_light(image: Image.Image) -> Image.Image:
    """Inverted where the ground is dark; contrast stretched where print is pale."""
    histogram = np.asarray(image.histogram(), dtype=np.float64)
    total = histogram.sum() or 1.0
    if histogram[:100].sum() / total > 0.7:
        image = ImageOps.invert(image)
        histogram = histogram[::-1]
    cumulated = np.cumsum(histogram) / total
    low, high = int(np.searchsorted(cumulated, 0.005)), int(np.searchsorted(cumulated, 0.6))
    if 20 <= high - low < 170:
        scale = 255.0 / (high - low)
        image = image.point([max(0, min(255, round((v - low) * scale))) for v in range(256)])
    return image


def _joined_dots(image: Image.Image) -> Image.Image:
    """A two-tone fax gets its stair steps smoothed, because the engines were taught on grey print."""
    histogram = image.histogram()
    if histogram[0] + histogram[255] == image.width * image.height:
        return image.filter(ImageFilter.MedianFilter(3)).filter(ImageFilter.GaussianBlur(0.8))
    return image
