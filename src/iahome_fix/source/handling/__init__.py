"""What the webhook's handler does with an event, kind by kind; each part yields faults with their lines."""
