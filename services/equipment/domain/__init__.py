"""Decisions about equipment: requests and authorisations, orders and loans, deadlines, and what adds up."""
