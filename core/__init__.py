"""Mechanisms without a domain noun; imports nothing else of ours."""
