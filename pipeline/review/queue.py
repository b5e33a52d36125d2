"""The review queue's order (spec F.3): priority_score descending, due date ascending, id."""

from pipeline.review.priority import priority_score

__all__ = ["priority_score"]
