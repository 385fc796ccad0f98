"""What commands write as JSON: a type for each result, of which docs/json.md is generated, and one function for all."""
