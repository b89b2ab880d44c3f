"""Stories over the whole engine: what people do, and what they then see."""
