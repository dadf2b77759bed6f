"""Where a resident is, and which health centres are near."""
