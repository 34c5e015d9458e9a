"""The senders against every way in which a process and a provider can fail together.

`stand_in` is the provider, `http_destination` what is called, `ticks` one tick, `children` where ticks run
that may be killed, `scenarios` what is done and what has to come of it. Vendors are not tested here: each
has its own contract.
"""
