"""Trade, investment and promises."""
