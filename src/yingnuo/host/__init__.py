"""How does Yingnuo live on one machine? The embedded database, the supervised processes, the browser files."""
