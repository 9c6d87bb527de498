"""The local workspace: somebody else's servers that ship with us, to try the bot with no account anywhere.

Nothing here imports the rest of `bot`, and only `app.py` starts it: the bot meets these stand-ins through addresses
and tokens in its normal settings, as it would meet the real systems.
"""
