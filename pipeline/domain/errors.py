"""One error class per way of failing, each with an exit code and advice (contract: exit codes)."""


class ApdeskError(Exception):
    """A failure with one plain sentence and what to do. `retryable` is all that a flow looks at."""

    exit_code = 15
    retryable = False

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class InvalidInput(ApdeskError):
    """Wrong use, or input that cannot be taken."""

    exit_code = 2


class MissingDependency(ApdeskError):
    exit_code = 3


class InvalidPolicy(ApdeskError):
    """A policy with mistakes; `problems` names every one."""

    exit_code = 4

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The policy has mistakes: " + "; ".join(problems) + ".", "Nothing was changed.")
        self.problems = problems


class StorageFailed(ApdeskError):
    exit_code = 5
    retryable = True


class AuditBroken(ApdeskError):
    exit_code = 6


class StaleVersion(ApdeskError):
    """Somebody else changed the record meanwhile; `current` is its version now."""

    exit_code = 2

    def __init__(self, message: str, current: int) -> None:
        super().__init__(message, "Reload and compare.")
        self.current = current


class NotAllowed(ApdeskError):
    """Refused by role, authority or segregation of duties; `rule` names it (SOD-nn, E.4 ...)."""

    exit_code = 2

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(message)
        self.rule = rule


class DuplicateDocument(InvalidInput):
    """The same bytes were accepted before, as document `first`."""

    retryable = True

    def __init__(self, sha256: str, first: str) -> None:
        super().__init__(f"These bytes ({sha256[:12]}) were registered before as document {first}.")
        self.sha256, self.first = sha256, first
