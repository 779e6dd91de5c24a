"""Reports: periods, prices, costs and the text files."""
