"""How would the tickets of another system have stood under these promises?

log (CSV) + mapping (YAML) -> rows -> one story of commands per ticket -> promises, by the engine alone (`by_engine`)
or by the whole journey in a scratch database (`by_journey`) -> one report. Both ways give the same figures.
"""
