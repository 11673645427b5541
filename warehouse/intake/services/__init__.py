"""Requests to statistical services for declared files: SDMX and PxWeb."""

from __future__ import annotations

from schemas.services import PxWebQuery, Query
from warehouse.intake.services.base import Question
from warehouse.intake.services.pxweb import PxWebQuestion
from warehouse.intake.services.sdmx import SdmxQuestion

__all__ = ["Question", "question_of"]


def question_of(query: Query, where: str) -> Question:
    """A filled-in query as a question. Raises DeclarationError for an unknown service."""
    return PxWebQuestion(query, where) if isinstance(query, PxWebQuery) else SdmxQuestion.of(query, where)
