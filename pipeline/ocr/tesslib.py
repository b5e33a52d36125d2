"""Tesseract's own library in this process, for single lines: starting its program for a crop costs ten times the reading.

The C interface of Tesseract 4 and 5 (tesseract/capi.h). Where the library is not found the program is used instead, with
the same results: both are the same code of the same installation.
"""

import csv
import ctypes
import ctypes.util
import threading
from functools import lru_cache
from typing import Any

from PIL import Image

LSTM_ONLY = 1
NAMES = ("tesseract", "libtesseract.so.5", "libtesseract.so.4", "libtesseract.5.dylib")
Row = dict[str, str]


class LineReader:
    """One loaded engine. Not for whole pages: these run in a process of their own, which can be stopped."""

    def __init__(self, library: Any, languages: str, segmentation: int, seconds: int) -> None:
        self._library, self._seconds, self._lock = library, seconds, threading.Lock()
        self._handle = library.TessBaseAPICreate()
        if library.TessBaseAPIInit2(self._handle, None, languages.encode(), LSTM_ONLY):
            library.TessBaseAPIDelete(self._handle)
            raise OSError(f"no data for {languages}")
        library.TessBaseAPISetVariable(self._handle, b"debug_file", b"/dev/null")
        library.TessBaseAPISetPageSegMode(self._handle, segmentation)

    def rows(self, image: Image.Image) -> list[Row] | None:
        """Tesseract's table of words (TSV) for a picture; None when it gave up or ran out of time."""
        grey = image.convert("L")
        with self._lock:
            self._library.TessBaseAPISetImage(self._handle, grey.tobytes(), grey.width, grey.height, 1, grey.width)
            monitor = self._library.TessMonitorCreate()
            try:
                self._library.TessMonitorSetDeadlineMSecs(monitor, self._seconds * 1000)
                if self._library.TessBaseAPIRecognize(self._handle, monitor):
                    return None
                return self._table()
            finally:
                self._library.TessMonitorDelete(monitor)
                self._library.TessBaseAPIClear(self._handle)

    def _table(self) -> list[Row] | None:
        found = self._library.TessBaseAPIGetTsvText(self._handle, 0)
        if not found:
            return None
        text = ctypes.string_at(found).decode("utf-8", "replace")
        self._library.TessDeleteText(found)
        return list(csv.DictReader(text.splitlines(), COLUMNS, delimiter="\t", quoting=csv.QUOTE_NONE))


COLUMNS = ("level", "page_num", "block_num", "par_num", "line_num", "word_num", "left", "top", "width", "height", "conf",
           "text")  # fmt: skip


@lru_cache(maxsize=4)
def line_reader(languages: str, segmentation: int, seconds: int) -> LineReader | None:
    """The reader of this process; None where the library or its data for these languages is not installed."""
    library = _library()
    if library is None:
        return None
    try:
        return LineReader(library, languages, segmentation, seconds)
    except OSError:
        return None


def _library() -> Any:
    for name in (ctypes.util.find_library(NAMES[0]), *NAMES[1:]):
        try:
            if name:
                return _typed(ctypes.CDLL(name))
        except (OSError, AttributeError):
            continue
    return None


def _typed(library: Any) -> Any:
    """The functions used here with their types. Raises AttributeError for a library that lacks one."""
    handle, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, *arguments in (
        ("TessBaseAPICreate", handle),
        ("TessBaseAPIInit2", number, handle, text, text, number),
        ("TessBaseAPIDelete", None, handle),
        ("TessBaseAPISetVariable", number, handle, text, text),
        ("TessBaseAPISetPageSegMode", None, handle, number),
        ("TessBaseAPISetImage", None, handle, text, number, number, number, number),
        ("TessBaseAPIRecognize", number, handle, handle),
        ("TessBaseAPIGetTsvText", handle, handle, number),
        ("TessBaseAPIClear", None, handle),
        ("TessDeleteText", None, handle),
        ("TessMonitorCreate", handle),
        ("TessMonitorSetDeadlineMSecs", None, handle, number),
        ("TessMonitorDelete", None, handle),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
