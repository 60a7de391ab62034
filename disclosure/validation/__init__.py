"""The rules of 双公示 (2018 national standard), the same through form, workbook, API and correction."""

from disclosure.validation.decision import tier_of
from disclosure.validation.ground import Authority, Ground
from disclosure.validation.outcome import Outcome, Problem
from disclosure.validation.party import party_of
from disclosure.validation.validator import Validator

__all__ = ["Authority", "Ground", "Outcome", "Problem", "Validator", "party_of", "tier_of"]
