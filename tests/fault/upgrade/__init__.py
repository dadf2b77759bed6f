"""A new release rehearsed under traffic: schema, bot with another model, actions, worker, web, one after the other."""
