"""The rules of campaigns: who belongs to a segment, who may be written to, what may be shown. Pure."""
