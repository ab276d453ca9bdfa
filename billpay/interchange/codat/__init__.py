"""
Codat's documents, in and out.

`shapes` says what they hold, `reading` turns JSON into them (pure), `documents` and `payments` check that they
add up (pure), `importing` stores them by the same actions as the screens, `exporting` writes them.
"""
