"""One message to one person for one cause: asked for, then sent, suppressed, or given up.

A notice is named after its kind and what it is about, so that a cause that is told of twice still
asks for one. Whether the person wants it is decided when it is sent, not when it is asked for.
"""
