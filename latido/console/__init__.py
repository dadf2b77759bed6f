"""The operators' web pages: server-rendered, live by polling, readable without JavaScript."""
