"""What stands between ASGI and the rooms: the edge every request passes, and what routes share."""
