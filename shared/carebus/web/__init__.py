"""The one look of every page: templates, forms, charts, problems and the headers that keep patient data in the page."""

from carebus.errors import BrokenRule
from carebus.web.forms import Form, body_of, day_typed, errors_of
from carebus.web.limits import LimitedRoute
from carebus.web.links import Link, links_from
from carebus.web.pages import Pages, pages
from carebus.web.problems import install_problems
from carebus.web.security import SecureHeaders

__all__ = [
    "BrokenRule",
    "Form",
    "LimitedRoute",
    "Link",
    "Pages",
    "SecureHeaders",
    "body_of",
    "day_typed",
    "errors_of",
    "install_problems",
    "links_from",
    "pages",
]
