"""What only the app's source can say (`doctor --app`)."""
