"""The rules engine. Pure: a change goes in, a reaction (effects, queue entries, trace) comes out."""
