"""The pages and commands of wishes."""

from fastapi import APIRouter

from services.wishes.api import commands, conversations, documents, fhir, filing, lists, patient, summary

router = APIRouter()
for _part in (lists, summary, filing, conversations, patient, documents, commands, fhir):
    router.include_router(_part.router)
router.include_router(filing.api)
router.include_router(conversations.api)
