"""All that is kept of one resident, for her or who asks in her name: counted, copied, erased (docs/rights.md)."""
