"""`latido up`: all parts on one machine, in the foreground, restarted when they die."""
