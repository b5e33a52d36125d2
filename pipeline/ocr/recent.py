"""The straightened pictures of the file read last: the second engine and the search for bar codes look at them again."""

import threading

from PIL import Image

from pipeline.domain.document import Page

MOST_PIXELS = 40_000_000
Key = tuple[int, int, float]


class RecentPictures(threading.local):
    """At most MOST_PIXELS (a byte each) of one file per thread; what does not fit is drawn again when asked for."""

    def __init__(self) -> None:
        self._data = b""
        self._pictures: dict[Key, Image.Image] = {}
        self._pixels = 0

    def begin(self, data: bytes) -> None:
        """Forget the last file: what is kept from now on belongs to this one."""
        self._data, self._pictures, self._pixels = data, {}, 0

    def keep(self, page: Page, image: Image.Image) -> None:
        if self._pixels + image.width * image.height <= MOST_PIXELS:
            self._pixels += image.width * image.height
            self._pictures[_key(page)] = image

    def find(self, data: bytes, page: Page) -> Image.Image | None:
        """The picture in which this page's words were read; None when it is not kept, or another file was read since."""
        return self._pictures.get(_key(page)) if data is self._data else None


def _key(page: Page) -> Key:
    return page.number, page.rotation, page.skew


RECENT = RecentPictures()
