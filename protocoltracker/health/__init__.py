"""Whether what has to run does run: for a monitor without words (/healthz), for an administrator in words (/system/).

Each part is a function without arguments that returns a `Part`; `settings.HEALTH` names them, so that a room adds its
own. A part that raises has failed.
"""
