"""What stands before every application of web and worker: heads, bodies, paces and headers within their bounds."""
