"""Reader processes that may die: foreign bytes are parsed only in children with hard limits, never in the parent.

PDFium aborts its process when memory runs out, and any parser may hang; neither may take the service down (design:
security, finding 1). A child is warm, reads one document at a time, and is replaced after a death or enough documents.
"""

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType

from pipeline.domain.document import Limits
from pipeline.process.child import Child, ChildEnd

DOCUMENTS_PER_CHILD = 200
# A reader that a few large scans have swollen is replaced, unless it is that large from the start (its models are).
SWOLLEN_BYTES, SETTLED_AFTER = 850_000_000, 8


class Exit(StrEnum):
    """How a reading ended."""

    OK = "ok"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASH = "crash"
    ERROR = "error"


REASONS = {
    Exit.TIMEOUT: "Reading the document took longer than {seconds:.0f} seconds and was stopped.",
    Exit.MEMORY: "Reading the document needs more memory than a document may take.",
    Exit.CRASH: "The document made its reader break down.",
    Exit.ERROR: "The document could not be read because of an unforeseen fault.",
}


@dataclass(frozen=True, slots=True)
class Request:
    """`key` is handed back with the result. `seconds` replaces the limit for a document known to be long."""

    key: str
    data: bytes
    name: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """`data` is what the target returned; None when it did not end well, with `reason` as one plain sentence.

    `detail` is for the log: the exception's name and text, or the signal.
    """

    key: str
    data: bytes | None
    exit: Exit
    reason: str | None
    seconds: float
    detail: str = ""


class ReaderPool:
    """`jobs` warm children that each run `target`, an importable `module:function` of (bytes, name) -> bytes.

    Use as a context manager. Thread-safe: `read` may be called from several threads, up to `jobs` at once run.
    """

    def __init__(self, jobs: int, target: str, limits: Limits, documents_per_child: int = DOCUMENTS_PER_CHILD) -> None:
        self._limits = limits
        self._target = target
        self._most = documents_per_child
        self._idle: queue.LifoQueue[Child | None] = queue.LifoQueue()
        self._jobs = max(1, jobs)
        self._lock = threading.Lock()
        self._alive: set[Child] = set()
        self._closed = False
        for _ in range(self._jobs):
            self._idle.put(None)

    def __enter__(self) -> "ReaderPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, request: Request) -> Result:
        """Run one document in a child and wait for it. Never raises for what the document does."""
        child = self._idle.get()
        started = time.monotonic()
        try:
            if child is None:
                child = self._start()
                started = time.monotonic()
            allowed = request.seconds or self._limits.seconds
            end = child.run(request.data, request.name, allowed)
            return self._result(request.key, end, time.monotonic() - started, allowed)
        finally:
            self._idle.put(self._kept(child))

    def imap(self, requests: Iterable[Request]) -> Iterator[Result]:
        """Results in the order of the requests; at most twice as many requests as children are taken ahead."""
        waiting: queue.Queue[tuple[Request, queue.Queue[Result]] | None] = queue.Queue()
        order: list[queue.Queue[Result]] = []
        threads = [threading.Thread(target=self._work, args=(waiting,), daemon=True) for _ in range(self._jobs)]
        for thread in threads:
            thread.start()
        try:
            for request in requests:
                slot: queue.Queue[Result] = queue.Queue(1)
                order.append(slot)
                waiting.put((request, slot))
                while len(order) >= 2 * self._jobs:
                    yield order.pop(0).get()
            while order:
                yield order.pop(0).get()
        finally:
            for _ in threads:
                waiting.put(None)

    def close(self) -> None:
        """Ends every child. A reading under way ends as a crash."""
        with self._lock:
            self._closed = True
            children, self._alive = list(self._alive), set()
        for child in children:
            child.stop()

    def _work(self, waiting: "queue.Queue[tuple[Request, queue.Queue[Result]] | None]") -> None:
        while (job := waiting.get()) is not None:
            request, slot = job
            try:
                slot.put(self.read(request))
            except Exception as error:  # a fault of the pool itself must not leave the caller waiting
                detail = f"{type(error).__name__}: {error}"
                slot.put(Result(request.key, None, Exit.ERROR, REASONS[Exit.ERROR], 0.0, detail))

    def _start(self) -> Child:
        child = Child(self._target, self._limits)
        with self._lock:
            self._alive.add(child)
        return child

    def _kept(self, child: Child | None) -> Child | None:
        """The child again while it may serve on, else None: the next reading starts a fresh one."""
        if child is None:
            return None
        swollen = child.served >= SETTLED_AFTER and child.resident > SWOLLEN_BYTES
        if child.alive and child.served < self._most and not self._closed and not swollen:
            return child
        child.stop()
        with self._lock:
            self._alive.discard(child)
        return None

    def _result(self, key: str, end: ChildEnd, seconds: float, allowed: float) -> Result:
        exit_ = Exit(end.exit)
        reason = None if exit_ is Exit.OK else REASONS[exit_].format(seconds=allowed)
        return Result(key, end.data, exit_, reason, seconds, end.detail)
