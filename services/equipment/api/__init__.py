"""The pages and commands of equipment."""

from fastapi import APIRouter

from services.equipment.api import commands, doing, lists, patient, suppliers

router = APIRouter()
for _part in (lists, suppliers, patient, doing, commands):
    router.include_router(_part.router)
