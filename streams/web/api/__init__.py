"""The routes, one module per subject. Each takes what it needs from `request.app.state.reading`."""
