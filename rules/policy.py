"""Policy: every limit of the specification as a typed, hashed value."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """`hash` identifies the exact content; it is stored with every decision."""

    policy_id: str
    version: str
    hash: str
