"""The audit log: what operators did that somebody may have to answer for, chained so that a change is found out."""
