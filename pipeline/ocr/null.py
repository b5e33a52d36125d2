"""The engine that reads nothing: for installations and tests without OCR. Scans are then held, never guessed."""

from PIL import Image

from pipeline.domain.document import Word


class NullEngine:
    name = "none"
    version = "1"

    def read(self, image: Image.Image) -> tuple[Word, ...]:
        return ()
