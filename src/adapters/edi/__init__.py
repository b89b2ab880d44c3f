"""Electronic data interchange: documents of trading partners to what channels say, and back."""
