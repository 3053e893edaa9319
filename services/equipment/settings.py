"""What the service can be told by its environment, beside the kit's settings."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

import carebus.settings
from carebus.contracts.equipment import Supplier
from carebus.errors import BrokenRule


class KnownSupplier(BaseModel):
    """A supplier that orders go to. email: where orders are written to; without it they are printed, or told."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)
    id: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    name: str = Field(min_length=1, max_length=100)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=40)

    @property
    def as_told(self) -> Supplier:
        """As events name it."""
        return Supplier(supplier_id=self.id, name=self.name)


class Settings(carebus.settings.Settings):
    """Who delivers, what may be asked for, and what private links are made with."""

    suppliers: tuple[KnownSupplier, ...] = ()
    """Who delivers, as JSON: `[{"id": "acme", "name": "Acme Medical", "email": "orders@acme.example", "phone":
    "800-555-0101"}]`. Keep the id of a supplier that delivered something. Without any nothing can be ordered."""
    catalogue: Path | None = None
    """A file with the clinic's own catalogue, in place of the service's (services/equipment/catalogue)."""
    order_link_secret: SecretStr | None = Field(None, min_length=32)
    """What the links are made with by which a supplier confirms; the notifications service has the same. Without it
    staff record what was delivered."""
    days_ahead: int = Field(7, ge=0, le=90)
    """How many days ahead the list shows what is due."""

    @field_validator("suppliers")
    @classmethod
    def _have_ids_of_their_own(cls, suppliers: tuple[KnownSupplier, ...]) -> tuple[KnownSupplier, ...]:
        if len({one.id for one in suppliers}) != len(suppliers):
            raise BrokenRule("Give each supplier an id of its own.")
        return suppliers

    def supplier(self, supplier_id: str) -> KnownSupplier | None:
        """The supplier with this id."""
        return next((one for one in self.suppliers if one.id == supplier_id), None)
