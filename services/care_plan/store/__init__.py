"""Where care, its visits and the clinicians are kept, and what pages and queries read. All of the service's SQL."""

from carebus.storage.states import tables
from services.care_plan.store.bereavement import BEREAVEMENT
from services.care_plan.store.episode import CARE
from services.care_plan.store.hospice import HOSPICE
from services.care_plan.store.nights import NIGHTS
from services.care_plan.store.sharing import SHARING
from services.care_plan.store.team import CLINICIANS
from services.care_plan.store.told import TOLD
from services.care_plan.store.visits import RECORDS

STATES = tables(CARE, CLINICIANS, RECORDS, SHARING, TOLD, NIGHTS, HOSPICE, BEREAVEMENT)
