"""A stand-in for a platform above: a separate process that receives, checks and holds what is reported to it.

It knows nothing of our models and shares one thing with them: how requests are signed (`sharing.signing`,
`core.signing`).
"""
