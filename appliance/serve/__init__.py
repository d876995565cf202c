"""The dashboard: the log as pages, on this node, for the hall and the desk."""
