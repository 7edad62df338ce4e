"""What travels on the bus: channels, message types, headers. Depends on nothing of ours.

Start with `contracts.channels`: every topic of the system is one row of its table.
"""
