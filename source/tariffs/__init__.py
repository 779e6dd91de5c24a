"""What a kilowatt hour costs and earns at any time, and where the market's prices come from."""
