"""The read side: status logs over HTTP, from a view that follows sync.status. It writes nothing and owns nothing."""
