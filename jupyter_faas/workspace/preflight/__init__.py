"""The checks of a package against a target before anything is uploaded.

Sizes, runtime kinds, requirements and models. Every check reads what the target says of itself and
returns a verdict; none of them uploads anything.
"""
