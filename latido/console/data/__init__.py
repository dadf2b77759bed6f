"""What is kept of one resident: seen in numbers, copied for her, erased when she asks in writing."""
